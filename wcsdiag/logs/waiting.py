"""Hooks whose answer has not come yet, and which of them an answer or a failure belongs to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from wcsdiag.logs.blocks import Block

_MOST = 10_000
_MOST_TEXT = 32 << 20
_IDENTITY = ("sessionId", "callId", "mediaSessionId")


class Sent(NamedTuple):
    """A hook that was sent: `at` is aware, `second` the same moment in POSIX time."""

    number: int
    at: datetime
    second: float
    thread: str | None
    block: Block
    place: str


class Waiting:
    """Hooks that were sent, in the order of the log; at most ten thousand, with 32 MiB of text."""

    def __init__(self) -> None:
        self._all: OrderedDict[int, Sent] = OrderedDict()
        self._by_thread: dict[str | None, OrderedDict[int, Sent]] = {}
        self._text = 0

    def __len__(self) -> int:
        return len(self._all)

    def add(self, sent: Sent) -> None:
        """One more."""
        self._all[sent.number] = sent
        self._by_thread.setdefault(sent.thread, OrderedDict())[sent.number] = sent
        self._text += len(sent.block.text)

    def remove(self, sent: Sent) -> None:
        """It has ended."""
        del self._all[sent.number]
        self._text -= len(sent.block.text)
        of_thread = self._by_thread[sent.thread]
        del of_thread[sent.number]
        if not of_thread:
            del self._by_thread[sent.thread]

    def has_too_old(self, before: float) -> bool:
        """True where `too_old` gives any."""
        if not self._all:
            return False
        is_full = len(self._all) > _MOST or self._text > _MOST_TEXT
        return is_full or next(iter(self._all.values())).second < before

    def too_old(self, before: float) -> Iterator[Sent]:
        """Remove and give those sent before that second, and the oldest where there are too many.

        A clock that was set back hides the ones behind it for as long.
        """
        while self.has_too_old(before):
            oldest = next(iter(self._all.values()))
            self.remove(oldest)
            yield oldest

    def answered(self, thread: str | None, block: Block) -> Sent | None:
        """The one that an answer belongs to.

        With a thread the last one that it sent to the URL; without, the first that waits, of the
        same session where the bodies say it.
        """
        fitting = [
            sent
            for sent in self._by_thread.get(thread, {}).values()
            if block.url in ("", sent.block.url) and _may_match(sent.block.fields, block.fields)
        ]
        if not fitting:
            return None
        if thread is not None:
            return fitting[-1]
        same = (sent for sent in fitting if _is_same(sent.block.fields, block.fields))
        return next(same, fitting[0])

    def failed(self, thread: str | None, url: str) -> tuple[Sent | None, bool]:
        """The one that a failure belongs to, and whether that is beyond doubt.

        `url` is what the exception names, where it names one.
        """
        candidates = list(self._by_thread.get(thread, {}).values())
        fitting = [sent for sent in candidates if sent.block.url == url] if url else []
        fitting = fitting or candidates
        if not fitting:
            return None, True
        if thread is not None:
            return fitting[-1], True
        return fitting[0], len(fitting) == 1


def _may_match(sent: Mapping[str, object], answered: Mapping[str, object]) -> bool:
    """False where both name what cannot be redefined (wcs.md 3.3), and name it differently."""
    return all(
        sent[name] == answered[name] for name in _IDENTITY if name in sent and name in answered
    )


def _is_same(sent: Mapping[str, object], answered: Mapping[str, object]) -> bool:
    return any(name in sent and sent[name] == answered.get(name) for name in _IDENTITY)
