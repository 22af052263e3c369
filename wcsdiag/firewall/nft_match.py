"""A `match` of nft's JSON as conditions of the model."""

from __future__ import annotations

from wcsdiag.firewall.json_shape import Json, UnexpectedError, as_list, as_map
from wcsdiag.firewall.model import (
    AnyOf,
    InElements,
    InSet,
    Key,
    Match,
    NotKnown,
    Range,
    ReversePath,
    Value,
)
from wcsdiag.firewall.nft_fields import BITS, Field, fields, implied
from wcsdiag.firewall.nft_text import match_text
from wcsdiag.firewall.nft_values import bits, element, value

_TOP = {Key.SPORT: 0xFFFF, Key.DPORT: 0xFFFF, Key.ICMP_TYPE: 0xFF, Key.L4PROTO: 0xFF}


def match(body: dict[str, Json]) -> tuple[Match, ...]:
    """The conditions of one match, with those that nft implies first."""
    left, right, operator = body.get("left"), body.get("right"), str(body.get("op", "=="))
    try:
        found = _match(left, right, operator, body)
    except (ValueError, KeyError):
        found = NotKnown(match_text(body))
    return (*implied(left), found)


def _match(left: Json, right: Json, operator: str, body: dict[str, Json]) -> Match:
    path = _reverse_path(left, right, operator, body)
    if path is not None:
        return path
    mask_raw: Json = None
    if isinstance(left, dict) and "&" in left:
        left, mask_raw = as_list(left["&"])
    read = fields(left)
    negated = operator == "!="
    if isinstance(right, str) and right.startswith("@"):
        return _in_set(read, right[1:], mask_raw, operator)
    if len(read) > 1:
        return _in_elements(read, right, operator)
    return _any_of(read[0], right, operator, mask_raw, negated=negated)


def _in_set(read: tuple[Field, ...], name: str, mask: Json, operator: str) -> Match:
    if mask is not None or operator not in {"==", "!=", "in"}:
        raise UnexpectedError("a set with a mask or another operator")
    return InSet(tuple(field.key for field in read), name, operator == "!=")


def _in_elements(read: tuple[Field, ...], right: Json, operator: str) -> Match:
    if operator not in {"==", "!=", "in"}:
        raise UnexpectedError("a concatenation with another operator")
    raw = as_list(right["set"]) if isinstance(right, dict) and "set" in right else [right]
    found = tuple(element(part, read) for part in raw)
    return InElements(tuple(field.key for field in read), found, operator == "!=")


def _any_of(field: Field, right: Json, operator: str, mask_raw: Json, *, negated: bool) -> Match:
    key = field.key
    mask = None if mask_raw is None else bits(mask_raw, field)
    if operator in {"<", ">", "<=", ">="}:
        return AnyOf(key, (_compared(field, operator, right),), mask=mask)
    if operator not in {"==", "!=", "in"}:
        raise UnexpectedError(f"operator {operator}")
    if key is Key.CT_STATUS and operator != "in":
        raise UnexpectedError("an exact status")
    if isinstance(right, dict) and "set" in right:
        # Anonymous sets hold bits too, but each element stands for exactly its value.
        found = tuple(element(part, (field,))[0] for part in as_list(right["set"]))
        return AnyOf(key, found, negated, mask)
    if key is Key.TCP_FLAGS:
        return _flags(field, right, operator, mask)
    if key is Key.CT_STATE and isinstance(right, dict) and len(as_list(right.get("|"))) > 1:
        # Compared with all the bits at once, of which a packet has one.
        return AnyOf(key, (), negated)
    if isinstance(right, list) and not (operator == "in" and key in BITS):
        raise UnexpectedError("a list for a key without bits")
    return AnyOf(key, tuple(value(part, field) for part in as_list(right)), negated, mask)


def _flags(field: Field, right: Json, operator: str, mask: int | None) -> AnyOf:
    wanted = bits(right, field)
    if operator == "in":
        return AnyOf(field.key, (0,), negated=True, mask=wanted)
    return AnyOf(field.key, (wanted,), operator == "!=", mask)


def _compared(field: Field, operator: str, right: Json) -> Value:
    limit = value(right, field)
    if not isinstance(limit, int) or field.key not in {*_TOP, Key.MARK, Key.SKUID, Key.SKGID}:
        raise UnexpectedError("an order of something that is no number")
    if operator.startswith(">"):
        return Range(limit + (operator == ">"), _TOP.get(field.key, 0xFFFFFFFF))
    return Range(0, limit - (operator == "<"))


def _reverse_path(
    left: Json, right: Json, operator: str, body: dict[str, Json]
) -> ReversePath | None:
    if not (isinstance(left, dict) and "fib" in left and isinstance(right, bool)):
        return None
    fib = as_map(left["fib"])
    flags = as_list(fib.get("flags"))
    if fib.get("result") not in {"oif", "oifname"} or "saddr" not in flags or operator != "==":
        raise UnexpectedError("not known: fib")
    return ReversePath(match_text(body), strict="iif" in flags, missing=not right)
