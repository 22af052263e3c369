"""Errors that say the same, taken together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wcsdiag.logs.errors_seen import LoggedError
from wcsdiag.logs.java import JavaException
from wcsdiag.logs.known import Known

_LONGEST = 300

_VARIABLE = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<id>"),
        (r"\"[^\"]{0,300}\"|(?<!\w)'[^']{0,300}'", "<text>"),
        (r"\b\w{32}@(?=\d)", "<id>@"),
        (r"/?\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b", "<address>"),
        (r"\[?\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){3,7}\]?", "<address>"),
        (r"\b0x[0-9a-fA-F]+\b|@[0-9a-f]{5,16}\b", "<hex>"),
        (r"\b(?=[0-9a-fA-F]{0,40}\d)(?=[0-9a-fA-F]{0,40}[a-fA-F])[0-9a-fA-F]{8,64}\b", "<hex>"),
        (r"\d+", "<n>"),
    )
)


@dataclass(frozen=True)
class Group:
    """Errors with one logger and signature. `sample` is the newest of them.

    `urls` are those of the hooks among them, with their counts, most frequent first.
    """

    logger: str | None
    signature: str
    count: int
    first: datetime
    last: datetime
    sample: LoggedError
    exception: JavaException | None
    known: Known | None
    urls: tuple[tuple[str, int], ...] = ()


def signature(text: str) -> str:
    """The text with what differs from case to case (numbers, ids, addresses) taken out."""
    text = " ".join(text[:_LONGEST].split())
    for pattern, name in _VARIABLE:
        text = pattern.sub(name, text)
    return text


def group(errors: Iterable[LoggedError], *, by_exception: bool = False) -> tuple[Group, ...]:
    """The errors by logger and signature, most frequent first.

    With `by_exception` what they mean decides, then the exception alone: one fault of a web
    server is one group, whatever thread or REST method met it.
    """
    members: dict[tuple[str, ...], list[LoggedError]] = {}
    for error in errors:
        members.setdefault(_key(error, by_exception=by_exception), []).append(error)
    groups = [_group(key[-1], errors) for key, errors in members.items()]
    return tuple(sorted(groups, key=lambda found: (-found.count, found.first)))


def _key(error: LoggedError, *, by_exception: bool) -> tuple[str, ...]:
    record, exception = error.dated.record, error.exception
    said = signature(str(exception)) if exception is not None else signature(record.message)
    if by_exception and error.known is not None:
        return (error.known.kind,)
    if by_exception:
        return ("", said)
    if exception is not None and record.message:
        said = f"{signature(record.message)}: {said}"
    return (record.logger or "", record.level or "", said)


def _group(key: str, errors: list[LoggedError]) -> Group:
    counts: dict[str, int] = {}
    for error in errors:
        if error.url:
            counts[error.url] = counts.get(error.url, 0) + 1
    newest = max(reversed(errors), key=lambda error: error.at)
    return Group(
        logger=newest.dated.record.logger,
        signature=key,
        count=len(errors),
        first=min(error.at for error in errors),
        last=newest.at,
        sample=newest,
        exception=newest.exception,
        known=newest.known,
        urls=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
    )
