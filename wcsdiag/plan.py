"""Which facts a selection of checks needs. Everything that does not fit is found here, before
any connection is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from wcsdiag.errors import PlanError
from wcsdiag.registry import Check, Fact

Node = TypeVar("Node")


@dataclass(frozen=True)
class Plan:
    """The facts to gather, each after those it needs, and the checks, in the report's order."""

    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]


def make_plan(
    checks: Sequence[Check], providers: Mapping[type, Fact], inputs: Collection[type]
) -> Plan:
    """Plan `checks`, with `inputs` as the types of the facts that are given.

    Raises `PlanError`: a duplicate code, a fact without a provider, facts that need each other,
    checks that explain each other.
    """
    _refuse_duplicates(checks)
    _order({check.code: set(check.explained_by) for check in checks}, "checks explain each other")
    wanted = {need.fact: check.code for check in checks for need in check.needs}
    return Plan(_facts(wanted, providers, inputs), tuple(checks))


def facts_behind(
    wanted: Sequence[type], providers: Mapping[type, Fact], inputs: Collection[type]
) -> tuple[Fact, ...]:
    """The providers of the facts that are wanted and of all that these need, in that order.

    Raises `PlanError` as `make_plan` does.
    """
    return _facts(dict.fromkeys(wanted, "the command"), providers, inputs)


def _facts(
    wanted: dict[type, str], providers: Mapping[type, Fact], inputs: Collection[type]
) -> tuple[Fact, ...]:
    order = _order(_graph(wanted, providers, inputs), "facts need each other")
    return tuple(providers[provided] for provided in order if provided in providers)


def _refuse_duplicates(checks: Sequence[Check]) -> None:
    counts = Counter(check.code for check in checks)
    duplicates = sorted(code for code, count in counts.items() if count > 1)
    if duplicates:
        raise PlanError(f"declared more than once: {', '.join(duplicates)}")


def _graph(
    wanted: dict[type, str], providers: Mapping[type, Fact], inputs: Collection[type]
) -> dict[type, set[type]]:
    graph: dict[type, set[type]] = {}
    while wanted:
        fact, wanted_by = wanted.popitem()
        if fact in graph or fact in inputs:
            continue
        if fact not in providers:
            raise PlanError(f"{wanted_by} needs {fact.__name__}, which nothing provides")
        needs = {need.fact for need in providers[fact].needs}
        graph[fact] = needs - set(inputs)
        wanted |= dict.fromkeys(needs, fact.__name__)
    return graph


def _order(graph: Mapping[Node, set[Node]], problem: str) -> tuple[Node, ...]:
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        names = [node.__name__ if isinstance(node, type) else str(node) for node in error.args[1]]
        raise PlanError(f"{problem}: {' -> '.join(names)}") from error
