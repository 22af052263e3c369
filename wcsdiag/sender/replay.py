"""The hooks of a trace, sent once more, and how the new answers compare with the old ones."""

from __future__ import annotations

import heapq
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count

from wcsdiag.hooks.exchange import Exchange, JsonObject, Source
from wcsdiag.hooks.synthetic import body_of
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact.forms import MASK
from wcsdiag.sender.background import results_of
from wcsdiag.sender.comparison import differences
from wcsdiag.sender.connection import HookConnection, OutgoingHook
from wcsdiag.sender.destination import Destination
from wcsdiag.sender.pacing import Pacer, sleep_until
from wcsdiag.sender.remarks import Remark, Tone

MOST_HOOKS = 100_000
FASTEST_PER_SECOND = 50.0

_GIVE_UP_AFTER = 10
_REORDERED = 256
_COMPARED = "comparison"
_SKIPPED = "skipped"


@dataclass(frozen=True)
class Replayed:
    """One hook of the trace with its answer there, and the exchange of now."""

    before: Exchange
    now: Exchange


class Replay:
    """One trace being sent again, in its order, over one connection. Iterate once.

    `speed` 1 keeps the pauses of the trace, 10 makes them ten times shorter; None leaves them out,
    at no more than fifty hooks per second. `only` are REST methods, lower-cased; empty: all.
    """

    def __init__(
        self,
        destination: Destination,
        lifetime: Lifetime,
        *,
        speed: float | None = None,
        only: frozenset[str] = frozenset(),
    ) -> None:
        self._destination = destination
        self._lifetime = lifetime
        self._speed = speed
        self._only = only
        self._skipped: Counter[str] = Counter()
        self._different: Counter[str] = Counter()
        self._alike = self._masked = 0
        self._slower: list[tuple[float, float]] = []
        self.connection = HookConnection(destination, lifetime)

    def run(self, trace: Iterable[Exchange]) -> Iterator[Replayed]:
        """Send each hook that is whole. Raises `VantageLostError` and what `trace` raises."""
        yield from results_of([partial(self._work, trace)], self._lifetime)

    def _work(self, trace: Iterable[Exchange], give: Callable[[Replayed], None]) -> None:
        pacer = Pacer(None if self._speed else FASTEST_PER_SECOND, self._lifetime)
        clock = _TraceClock(self._speed, self._lifetime)
        sent = unanswered = 0
        for before in in_order(trace):
            hook = self._hook(before)
            if hook is None:
                continue
            if sent == MOST_HOOKS:
                self._skipped[f"beyond the first {MOST_HOOKS} hooks, wcsdiag's own limit"] += 1
                continue
            if not (pacer.wait() and clock.wait(before.sent_at)):
                return
            now = self.connection.post(hook)
            sent += 1
            self._compare(before, now)
            give(Replayed(before, now))
            unanswered = unanswered + 1 if now.failure else 0
            if unanswered == _GIVE_UP_AFTER:
                self._skipped["the rest: ten hooks in a row got no answer"] += 1
                return

    def remarks(self) -> Iterator[Remark]:
        """What was left out, and how the answers compare; whole once `run` has ended."""
        for reason, number in self._skipped.items():
            yield Remark(Tone.NOTE, _SKIPPED, reason, count=number)
        if self._masked:
            text = "the bodies were recorded with their secrets masked, and are sent so"
            yield Remark(Tone.NOTE, "masked", text, count=self._masked)
        for what, number in self._different.most_common(20):
            yield Remark(Tone.NOTE, _COMPARED, what, count=number)
        if self._alike:
            yield Remark(Tone.GOOD, _COMPARED, "the same answer as in the trace", count=self._alike)
        if self._slower:
            before, now = (sorted(each) for each in zip(*self._slower, strict=True))
            middle = len(before) // 2
            text = f"median latency {before[middle] * 1000:.1f} ms in the trace"
            yield Remark(Tone.NOTE, _COMPARED, f"{text}, {now[middle] * 1000:.1f} ms now")

    def _hook(self, before: Exchange) -> OutgoingHook | None:
        if self._only and before.method.lower() not in self._only:
            return None
        request = _whole(before)
        if request is None:
            self._skipped[f"{before.method}: its body is cut or not a JSON object"] += 1
            return None
        body = _body(before, request)
        if MASK.encode() in body:
            self._masked += 1
        credentials = self._destination.credentials
        return OutgoingHook(before.method, request, body, credentials.header(body))

    def _compare(self, before: Exchange, now: Exchange) -> None:
        if now.failure is not None:
            return  # said by the judgement of the answers
        other = differences(before, now)
        for what in other:
            self._different[f"{now.method}: {what}"] += 1
        if not other and (before.status is not None or before.answer_text is not None):
            self._alike += 1
        if before.seconds is not None and now.seconds is not None:
            self._slower.append((before.seconds, now.seconds))


class _TraceClock:
    """Keeps the pauses of a trace, made shorter by `speed`."""

    def __init__(self, speed: float | None, lifetime: Lifetime) -> None:
        self._speed = speed
        self._lifetime = lifetime
        self._before: datetime | None = None
        self._turn = time.monotonic()

    def wait(self, sent_at: datetime | None) -> bool:
        """Wait as long as the trace did before this moment; False where the run ended."""
        if self._speed is None or sent_at is None:
            return self._lifetime.remaining() > 0
        if self._before is not None:
            pause = max(0.0, (sent_at - self._before).total_seconds())
            self._turn = max(self._turn + pause / self._speed, time.monotonic())
        self._before = sent_at
        return sleep_until(self._turn, self._lifetime)


def in_order(trace: Iterable[Exchange]) -> Iterator[Exchange]:
    """By the moment of the hook: readers give an exchange when it ends. Holds 256 at a time."""
    waiting: list[tuple[datetime, int, Exchange]] = []
    numbers = count()
    last: datetime | None = None
    for exchange in trace:
        last = exchange.sent_at or last
        if last is None:
            yield exchange
            continue
        heapq.heappush(waiting, (last, next(numbers), exchange))
        if len(waiting) > _REORDERED:
            yield heapq.heappop(waiting)[2]
    while waiting:
        yield heapq.heappop(waiting)[2]


def _whole(exchange: Exchange) -> JsonObject | None:
    """The body as an object; None where it is not whole or is none."""
    if exchange.request_truncated:
        return None
    if exchange.request_text is None:
        return exchange.request or None
    try:
        request = json.loads(exchange.request_text)
    except (ValueError, RecursionError):
        return None
    return request if isinstance(request, dict) else None


def _body(exchange: Exchange, request: JsonObject) -> bytes:
    """As it was; a log prints a pretty form of what went over the wire, so there compact."""
    if exchange.source is Source.LOG or exchange.request_text is None:
        return body_of(request)
    return exchange.request_text.encode("utf-8", "replace")
