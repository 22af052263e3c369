"""One direction of a TCP connection: its bytes in order, whatever order they came in (RFC 9293)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import NamedTuple

MASK = 0xFFFF_FFFF
_HALF = 0x8000_0000

_MOST_HELD = 256
_MOST_HELD_BYTES = 512 << 10
_FARTHEST = 16 << 20
_PATIENCE_NS = 10 * 1_000_000_000
_PATIENCE_ACKNOWLEDGED_NS = 1_000_000_000
_PROOF_OF_JUMP = 3

Take = Callable[[bytes, int, int, int], None]
"""Gets bytes in order, with the time, the frame and the mark of the segment that held them."""


def ahead(number: int, of: int) -> int:
    """How far a sequence number is ahead of another; negative where it is behind it."""
    return ((number - of + _HALF) & MASK) - _HALF


class Segment(NamedTuple):
    """Bytes that begin at `seq`. `wire` of them were sent, of which `data` was caught."""

    seq: int
    data: bytes
    wire: int
    at: int
    number: int
    mark: int


class Stream:
    """Puts segments in order. A hole is waited for a while, and then passed over with `gap`."""

    __slots__ = (
        "_base",
        "_far",
        "_held",
        "_held_bytes",
        "_since",
        "close",
        "end_seq",
        "gap",
        "held",
        "is_server",
        "next",
        "peer",
        "take",
    )

    peer: Stream

    def __init__(self, next_seq: int | None, *, is_server: bool) -> None:
        self.next = next_seq
        self.is_server = is_server
        self.take: Take | None = None
        self.gap: Callable[[int | None, int], None] | None = None
        self.close: Callable[[int], None] | None = None
        self.end_seq: int | None = None
        self.held = False
        self._held: list[tuple[int, int, Segment]] = []
        self._held_bytes = 0
        self._base = 0
        self._since = 0
        self._far = 0

    def drop(self) -> None:
        """Nothing more of this direction is wanted."""
        self.take = self.gap = self.close = None
        self._release()

    def add(self, segment: Segment) -> None:
        """A segment that is not simply the next one, whole and with nothing held."""
        if self.take is None:
            return
        if self.next is None:
            self.next = segment.seq
        if not self.held:
            self._base = self.next
        distance = ahead(segment.seq, self.next)
        if abs(distance) > _FARTHEST:
            self._jump(segment)
            return
        self._far = 0
        if distance <= 0:
            self._deliver(segment, -distance)
        else:
            self._hold(segment)
        if self.held:
            self._fill(segment.at)

    def acknowledged(self, ack: int, at: int) -> None:
        """The receiver has all before `ack`: what is missing before it will not come again."""
        waited = at - self._since
        known = self._held and ahead(ack, self._held[0][2].seq) >= 0
        if waited > (_PATIENCE_ACKNOWLEDGED_NS if known else _PATIENCE_NS):
            self._pass_over()
            self._fill(at)

    def flush(self) -> None:
        """Hand over all that is held: nothing comes that could fill the holes."""
        while self._held:
            self._pass_over()
            self._fill(self._since)

    def ends_at(self, seq: int, at: int) -> None:
        """The sender closes its direction there."""
        self.end_seq = seq
        if self.next is None:
            self.next = seq
        self._check_end(at)

    def _check_end(self, at: int) -> None:
        if self.end_seq is None or self.held or self.next is None:
            return
        if ahead(self.next, self.end_seq) >= 0 and self.close is not None:
            close, self.close = self.close, None
            close(at)

    def _deliver(self, segment: Segment, known: int) -> None:
        """Hand over a segment whose first `known` bytes came before."""
        if known >= segment.wire:
            return
        assert self.next is not None
        data = segment.data[known:]
        missing = segment.wire - known - len(data)
        self.next = (self.next + segment.wire - known) & MASK
        if data and self.take is not None:
            self.take(data, segment.at, segment.number, segment.mark)
        if missing and self.gap is not None:
            self.gap(missing, segment.at)

    def _hold(self, segment: Segment) -> None:
        if not self.held:
            self.held = True
            self._since = segment.at
        insort(self._held, (ahead(segment.seq, self._base), segment.number, segment))
        self._held_bytes += len(segment.data)
        if len(self._held) > _MOST_HELD or self._held_bytes > _MOST_HELD_BYTES:
            self._pass_over()

    def _fill(self, at: int) -> None:
        """Hand over what is held and has become the next."""
        assert self.next is not None
        done = 0
        for _, _, segment in self._held:
            distance = ahead(segment.seq, self.next)
            if distance > 0:
                break
            self._deliver(segment, -distance)
            self._held_bytes -= len(segment.data)
            done += 1
        if done:
            del self._held[:done]
            self._since = at
        if not self._held:
            self._release()
            self._check_end(at)

    def _pass_over(self) -> None:
        """Give up the bytes that are missing before the first segment that is held."""
        if not self._held or self.next is None:
            return
        first = self._held[0][2]
        missing = ahead(first.seq, self.next)
        if missing > 0:
            self.next = first.seq
            if self.gap is not None:
                self.gap(missing, first.at)

    def _jump(self, segment: Segment) -> None:
        """Far from anything known: damage if it comes once, a great loss if it goes on so."""
        self._far += 1
        if self._far >= _PROOF_OF_JUMP:
            self.flush()
            self._far = 0
            if self.gap is not None:
                self.gap(None, segment.at)
            self.next = segment.seq
            self._deliver(segment, 0)

    def _release(self) -> None:
        self._held = []
        self._held_bytes = 0
        self.held = False
