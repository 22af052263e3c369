"""Narrowing of parsed JSON, whose shape is never trusted."""

from __future__ import annotations

import json

Json = object
"""Whatever `json.loads` returns."""


class UnexpectedError(ValueError):
    """The JSON has another shape than the schema says."""


def as_map(value: Json) -> dict[str, Json]:
    """An object; UnexpectedError where it is none."""
    if not isinstance(value, dict):
        raise UnexpectedError(f"an object was expected: {compact(value)}")
    return value


def as_list(value: Json) -> list[Json]:
    """A list; a lone value is a list of one, as nft prints them."""
    return value if isinstance(value, list) else [value]


def as_text(value: Json) -> str:
    """A string; UnexpectedError where it is none."""
    if not isinstance(value, str):
        raise UnexpectedError(f"a string was expected: {compact(value)}")
    return value


def as_number(value: Json) -> int:
    """A whole number; UnexpectedError where it is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnexpectedError(f"a number was expected: {compact(value)}")
    return value


def only_item(value: Json) -> tuple[str, Json]:
    """Name and content of an object with one member, which is how nft tags its alternatives."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, content),) = value.items()
        return str(name), content
    raise UnexpectedError(f"one member was expected: {compact(value)}")


def compact(value: Json, limit: int = 300) -> str:
    """The literal JSON in one line, cut where it is very long."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)
    except (ValueError, RecursionError):
        return "(nested too deep)"
    return text if len(text) <= limit else text[:limit] + "..."
