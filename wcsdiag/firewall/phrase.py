"""Conditions and values in a few words, for what a decision depends on."""

from __future__ import annotations

from wcsdiag.firewall.model import (
    AnyOf,
    Either,
    InElements,
    InIpset,
    InSet,
    Key,
    Match,
    Range,
    Value,
)


def value_phrase(value: Value) -> str:
    """One value, as both tools write it."""
    return f"{value.low}-{value.high}" if isinstance(value, Range) else str(value)


def element_text(keys: tuple[Key, ...], element: tuple[Value, ...]) -> str:
    """One element of a set or map."""
    pairs = zip(keys, element, strict=False)
    return " . ".join(f"{key.value} {value_phrase(value)}" for key, value in pairs)


def match_phrase(match: Match) -> str:
    """A condition; its literal text where it has one."""
    if isinstance(match, Either):
        inner = " or ".join(match_phrase(one) for one in match.conditions)
        return f"not ({inner})" if match.negated else f"({inner})"
    if isinstance(match, AnyOf):
        return f"{match.key.value} {_sign(match)}{','.join(map(value_phrase, match.values))}"
    if isinstance(match, InSet):
        return f"{_names(match.keys)} {_sign(match)}@{match.name}"
    if isinstance(match, InElements):
        inner = ", ".join(" . ".join(map(value_phrase, one)) for one in match.elements[:3])
        return f"{_names(match.keys)} {_sign(match)}{{ {inner} }}"
    if isinstance(match, InIpset):
        return f"{_sign(match)}--match-set {match.name} {','.join(match.directions)}"
    return match.text


def _names(keys: tuple[Key, ...]) -> str:
    return " . ".join(key.value for key in keys)


def _sign(match: AnyOf | InSet | InElements | InIpset) -> str:
    return "!= " if match.negated else ""
