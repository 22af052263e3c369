"""What does not fit is an error before any connection is made."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.engine.helpers import as_check, as_facts
from wcsdiag.errors import PlanError
from wcsdiag.model import passed
from wcsdiag.plan import make_plan
from wcsdiag.registry import Observations, check, fact


@dataclass(frozen=True)
class Apps:
    names: tuple[str, ...]


@dataclass(frozen=True)
class Cli:
    prompt: str


@fact
def apps(cli: Cli) -> Apps:
    return Apps((cli.prompt,))


@fact
def cli() -> Cli:
    return Cli("%")


@fact
def cli_from_apps(apps: Apps) -> Cli:
    return Cli(apps.names[0])


@check("URL104", "apps")
def uses_apps(apps: Apps) -> Observations:
    yield passed(str(apps))


def test_facts_come_after_those_that_they_need() -> None:
    plan = make_plan([as_check(uses_apps)], as_facts(apps, cli), {})
    assert [fact.provides for fact in plan.facts] == [Cli, Apps]


def test_facts_that_no_check_needs_are_left_out() -> None:
    @check("HST101", "needs nothing")
    def needs_nothing() -> Observations:
        yield passed("fine")

    assert make_plan([as_check(needs_nothing)], as_facts(apps, cli), {}).facts == ()


def test_a_missing_provider_is_named_with_who_needs_it() -> None:
    with pytest.raises(PlanError, match="Apps needs Cli, which nothing provides"):
        make_plan([as_check(uses_apps)], as_facts(apps), {})


def test_facts_that_need_each_other_are_refused() -> None:
    with pytest.raises(PlanError, match=r"facts need each other: .*Apps.*Cli"):
        make_plan([as_check(uses_apps)], as_facts(apps, cli_from_apps), {})


def test_a_code_declared_twice_is_refused() -> None:
    with pytest.raises(PlanError, match="declared more than once: URL104"):
        make_plan([as_check(uses_apps), as_check(uses_apps)], as_facts(apps, cli), {})


def test_checks_that_explain_each_other_are_refused() -> None:
    @check("WEB101", "a", explained_by=("WEB102",))
    def first() -> Observations:
        yield passed("a")

    @check("WEB102", "b", explained_by=("WEB101",))
    def second() -> Observations:
        yield passed("b")

    with pytest.raises(PlanError, match="checks explain each other"):
        make_plan([as_check(first), as_check(second)], {}, {})


def test_a_malformed_code_is_refused_where_it_is_declared() -> None:
    with pytest.raises(PlanError, match="'XYZ101' is not a check's code"):
        check("XYZ101", "no such group")


def test_a_parameter_without_a_fact_type_is_refused() -> None:
    def untyped(apps) -> Observations:  # type: ignore[no-untyped-def] # noqa: ANN001
        yield passed(str(apps))

    with pytest.raises(PlanError, match="parameter 'apps' must name one fact type"):
        check("URL104", "untyped")(untyped)
