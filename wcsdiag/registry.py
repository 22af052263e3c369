"""Checks and facts: how they are declared.

A decorated function stays an ordinary function; the declaration is attached to it, and
`wcsdiag.plugins` collects the declarations. Nothing is registered by being imported.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from wcsdiag.errors import PlanError
from wcsdiag.model import Finding, Group, NotApplicable, Unavailable, Undetermined

Observations = Iterator[Finding | Undetermined]
"""What a check yields: at least one observation."""

Declared = TypeVar("Declared", bound=Callable[..., object])

_CODE = re.compile(r"[A-Z]{3}[0-9]{3}")
_ATTRIBUTE = "__wcsdiag__"


@dataclass(frozen=True)
class Need:
    """One parameter of a check or a fact.

    `fact` is the type that is asked for. `tolerates` holds `Unavailable` and `NotApplicable`
    where the function was declared with `Fact | Unavailable`, and so wants to be called with the
    reason when the fact cannot be had.
    """

    parameter: str
    fact: type
    tolerates: frozenset[type]


@dataclass(frozen=True)
class Check:
    """A declared check. Where a code of `explained_by` fails too, this one is its effect."""

    code: str
    title: str
    group: Group
    needs: tuple[Need, ...]
    explained_by: tuple[str, ...]
    judge: Callable[..., Observations]

    @property
    def doc(self) -> str:
        """The check's documentation, as written in its docstring."""
        return inspect.getdoc(self.judge) or ""


@dataclass(frozen=True)
class Fact:
    """A declared provider: `gather`, called with its needs, gives a `provides`."""

    provides: type
    needs: tuple[Need, ...]
    gather: Callable[..., object]


def check(
    code: str, title: str, *, explained_by: tuple[str, ...] = ()
) -> Callable[[Declared], Declared]:
    """Declare a judgement over facts.

    `code` is three letters of a `Group` and three digits, never reused. `title` states the
    healthy state. `explained_by` names the codes whose failure explains a failure of this one,
    for the same subject; `wcsdiag.verdict` follows them further.

    Raises `PlanError` where the code is malformed or a parameter has no type.
    """
    if not _CODE.fullmatch(code) or code[:3] not in Group.__members__:
        groups = ", ".join(Group.__members__)
        raise PlanError(f"{code!r} is not a check's code: one of {groups} and three digits")
    group = Group[code[:3]]

    def declare(function: Declared) -> Declared:
        declared = Check(code, title, group, _needs(function), explained_by, function)  # type: ignore[arg-type]
        setattr(function, _ATTRIBUTE, declared)
        return function

    return declare


def fact(function: Declared) -> Declared:
    """Declare the provider of the fact that the function's return type names.

    A provider raises `Unavailable` or `NotApplicable` where the fact cannot be had; anything else
    that it raises is a bug.
    """
    provides = _hints(function).get("return")
    if not isinstance(provides, type):
        raise PlanError(f"{_name(function)}: the return type must name the fact")
    setattr(function, _ATTRIBUTE, Fact(provides, _needs(function), function))
    return function


def declaration(value: object) -> Check | Fact | None:
    """The declaration attached to `value` by `check` or `fact`, if there is one."""
    declared = getattr(value, _ATTRIBUTE, None)
    return declared if isinstance(declared, Check | Fact) else None


def _needs(function: Callable[..., object]) -> tuple[Need, ...]:
    hints = _hints(function)
    return tuple(_need(function, name, hints) for name in inspect.signature(function).parameters)


def _need(function: Callable[..., object], parameter: str, hints: dict[str, object]) -> Need:
    hint = hints.get(parameter)
    alternatives = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    tolerates = frozenset(alternatives) & {Unavailable, NotApplicable}
    facts = [alternative for alternative in alternatives if alternative not in tolerates]
    if len(facts) != 1 or not isinstance(facts[0], type):
        raise PlanError(f"{_name(function)}: parameter {parameter!r} must name one fact type")
    return Need(parameter, facts[0], frozenset(t for t in tolerates if isinstance(t, type)))


def _hints(function: Callable[..., object]) -> dict[str, object]:
    try:
        return typing.get_type_hints(function)
    except NameError as error:
        raise PlanError(
            f"{_name(function)}: {error}",
            hint="The types of a check must be imported at run time, not under TYPE_CHECKING.",
        ) from error


def _name(function: Callable[..., object]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
