"""The right side of a match in nft's JSON: values, ranges, prefixes, sets, elements."""

from __future__ import annotations

from wcsdiag.firewall import values
from wcsdiag.firewall.json_shape import Json, UnexpectedError, as_list, as_map, as_number, as_text
from wcsdiag.firewall.model import Key, Value
from wcsdiag.firewall.nft_fields import Field, named

Element = tuple[Value, ...]

_NFPROTO_NUMBERS = {2: "ipv4", 10: "ipv6"}


def value(raw: Json, field: Field) -> Value:
    """One value of a key. ValueError or KeyError where it is not one that the model has."""
    if isinstance(raw, str):
        return named(raw, field)
    if isinstance(raw, bool):
        raise UnexpectedError("a truth value")
    if isinstance(raw, int):
        return _numbered(raw, field)
    content = as_map(raw)
    if "prefix" in content:
        prefix = as_map(content["prefix"])
        return values.network(f"{as_text(prefix['addr'])}/{as_number(prefix['len'])}")
    if "range" in content:
        low, high = as_list(content["range"])
        return values.span(value(low, field), value(high, field))
    if "elem" in content:
        return value(as_map(content["elem"])["val"], field)
    raise UnexpectedError("not a value")


def _numbered(raw: int, field: Field) -> Value:
    if field.key is Key.NFPROTO:
        return _NFPROTO_NUMBERS[raw]
    if field.key is Key.L4PROTO:
        return values.PROTOCOLS.get(raw, raw)
    if field.key in {Key.IIFNAME, Key.OIFNAME, Key.CT_STATE, Key.CT_STATUS, Key.PKTTYPE}:
        raise UnexpectedError("a number for something that has a name")
    return raw


def element(raw: Json, fields: tuple[Field, ...]) -> Element:
    """One element of a set, with a value for each of its fields."""
    if isinstance(raw, dict) and "elem" in raw:
        raw = as_map(raw["elem"])["val"]
    if raw == "*":
        return ("*",) * len(fields)
    if isinstance(raw, dict) and "concat" in raw:
        parts = as_list(raw["concat"])
        if len(parts) != len(fields):
            raise UnexpectedError("an element of another length")
        return tuple(map(value, parts, fields))
    if len(fields) != 1:
        raise UnexpectedError("an element of another length")
    return (value(raw, fields[0]),)


def bits(raw: Json, field: Field) -> int:
    """Flags or-ed together: a number, a name, a list of them, or an `|` expression."""
    if isinstance(raw, dict) and "|" in raw:
        raw = raw["|"]
    if isinstance(raw, list):
        total = 0
        for part in raw:
            total |= bits(part, field)
        return total
    if isinstance(raw, dict) and "set" in raw:
        raise UnexpectedError("a set of flags")
    found = raw if isinstance(raw, int) else value(raw, field)
    if not isinstance(found, int):
        raise UnexpectedError("not a number")
    return found
