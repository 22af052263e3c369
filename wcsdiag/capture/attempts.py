"""Attempts to open a connection, and what came of them, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wcsdiag.hooks.exchange import Failure

MOST_OPEN = 16_384
_MOST_PEERS = 1_024
_UNANSWERED_AFTER_NS = 3 * 1_000_000_000


@dataclass(slots=True)
class _Attempt:
    first_seq: int
    at: int
    number: int
    count: int = 1


@dataclass(slots=True)
class Failed:
    """Attempts to reach one server that failed in one way. `server` is its address and port."""

    server: bytes
    failure: Failure
    detail: str
    at: int
    number: int
    count: int = 1


class Attempts:
    """SYNs that wait for an answer, by the key of the client's packets, and those that failed."""

    def __init__(self) -> None:
        self._open: dict[bytes, _Attempt] = {}
        self._failed: dict[tuple[bytes, Failure, str], Failed] = {}
        self.given_up = 0
        self.crowded_out = 0
        self.is_full = False

    def begun(self, key: bytes, first_seq: int, at: int, number: int) -> None:
        """A SYN was sent, maybe once more."""
        known = self._open.get(key)
        if known is not None and known.first_seq == first_seq:
            known.count += 1
            return
        if known is not None:
            self._unanswered(key, self._open.pop(key), at)
        self._open[key] = _Attempt(first_seq, at, number)
        if len(self._open) > MOST_OPEN:
            oldest = next(iter(self._open))
            attempt = self._open.pop(oldest)
            if at - attempt.at < _UNANSWERED_AFTER_NS:
                self.crowded_out += 1
            else:
                self._unanswered(oldest, attempt, at)

    def first_seq(self, key: bytes) -> int | None:
        """The first sequence number behind the SYN of an attempt that still waits."""
        attempt = self._open.get(key)
        return attempt.first_seq if attempt else None

    def answered(self, key: bytes) -> None:
        """The connection is there."""
        self._open.pop(key, None)

    def refused(self, key: bytes) -> None:
        """A RST came back."""
        attempt = self._open.pop(key, None)
        if attempt is not None:
            self._fail(key, attempt, Failure.REFUSED, "a RST answered the SYN")

    def unreachable(self, key: bytes, detail: str) -> None:
        """An ICMP message came that quotes the SYN."""
        attempt = self._open.pop(key, None)
        if attempt is not None:
            self._fail(key, attempt, Failure.UNREACHABLE, detail)

    def failed(self, at: int) -> Iterator[Failed]:
        """What failed up to now, each server and way once; SYNs are unanswered after 3 s."""
        for key, attempt in self._open.items():
            self._unanswered(key, attempt, at)
        self._open = {}
        yield from self._failed.values()

    def _unanswered(self, key: bytes, attempt: _Attempt, at: int) -> None:
        if at - attempt.at < _UNANSWERED_AFTER_NS:
            self.given_up += 1
            return
        detail = "nothing answered the SYN"
        if attempt.count > 1:
            detail += ", nor its repetitions"
        self._fail(key, attempt, Failure.CONNECT_TIMED_OUT, detail)

    def _fail(self, key: bytes, attempt: _Attempt, failure: Failure, detail: str) -> None:
        size = (len(key) - 4) // 2
        server = key[size:-4] + key[-2:]
        known = self._failed.get((server, failure, detail))
        if known is not None:
            known.count += 1
        elif len(self._failed) < _MOST_PEERS:
            entry = Failed(server, failure, detail, attempt.at, attempt.number)
            self._failed[server, failure, detail] = entry
        else:
            self.is_full = True
