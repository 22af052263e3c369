"""In what two answers to the same hook differ."""

from __future__ import annotations

from collections.abc import Iterator

from wcsdiag.hooks.exchange import Exchange, JsonObject
from wcsdiag.sender.judgement import answer_of

_MOST_NAMES = 10


def differences(before: Exchange, after: Exchange) -> tuple[str, ...]:
    """Clauses, without values: status, whether the body is JSON, fields that came, went, changed.

    What one of the two does not say (a log says no status) is not compared.
    """
    return tuple(_differences(before, after))


def _differences(before: Exchange, after: Exchange) -> Iterator[str]:
    if before.status is not None and after.status is not None and before.status != after.status:
        yield f"status {before.status}, then {after.status}"
        return
    if before.answer_truncated or after.answer_truncated or before.answer_text is None:
        return
    old, new = answer_of(before), answer_of(after)
    if old is None or new is None:
        if (old is None) != (new is None):
            yield "a JSON object only " + ("now" if old is None else "before")
        return
    yield from _of_fields(old, new)


def _of_fields(old: JsonObject, new: JsonObject) -> Iterator[str]:
    groups = (
        ("fields gone", [name for name in old if name not in new]),
        ("fields added", [name for name in new if name not in old]),
        ("fields changed", [name for name in old if name in new and old[name] != new[name]]),
    )
    for title, names in groups:
        if names:
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            yield f"{title}: {', '.join(names[:_MOST_NAMES])}{more}"
