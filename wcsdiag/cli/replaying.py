"""What `wcsdiag replay` was asked for, done: the hooks of a file, sent once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path

from wcsdiag.cli import values
from wcsdiag.cli.deliver_sent import deliver_sent
from wcsdiag.cli.destinations import Way, from_here, learn, rest_url
from wcsdiag.cli.messages import tell
from wcsdiag.cli.on_host import show_debug_log
from wcsdiag.cli.options import TrafficOutputOptions
from wcsdiag.cli.settings import settle_traffic_output
from wcsdiag.cli.status_line import StatusLine
from wcsdiag.cli.traces import hooks_in
from wcsdiag.errors import UsageError
from wcsdiag.hooks.catalogue import find
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Source
from wcsdiag.lifetime import Lifetime
from wcsdiag.sender.destination import Destination
from wcsdiag.sender.judgement import remarks_on
from wcsdiag.sender.latencies import Latencies
from wcsdiag.sender.opening import VantageLostError
from wcsdiag.sender.remarks import Remark, Remarks, Tone
from wcsdiag.sender.replay import Replay

DEFAULT_DEADLINE = timedelta(hours=1)

_SPEEDS = {"1": 1.0, "10": 10.0, "max": None}
_TIMEOUT_S = 5.0
_SUBJECT = "replay"


@dataclass(frozen=True)
class Asked:
    """The command line's own words."""

    file: Path
    url: str
    speed: str = "max"
    only: tuple[str, ...] = ()
    deadline: str | None = None


def replay(asked: Asked, options: TrafficOutputOptions) -> int:
    """Send, compare, show; give the exit code. Raises `UsageError`."""
    output = settle_traffic_output(options)
    url = rest_url(asked.url)
    if asked.speed not in _SPEEDS:
        raise UsageError(f"--speed: {asked.speed!r} is not one of {', '.join(_SPEEDS)}")
    deadline = (
        values.at("--deadline", values.duration, asked.deadline)
        if asked.deadline
        else DEFAULT_DEADLINE
    )
    show_debug_log(options)
    lifetime = Lifetime(_TIMEOUT_S, deadline.total_seconds())
    way = from_here(url, None, lifetime)
    learn(way.destination.credentials)
    again = Replay(
        way.destination, lifetime, speed=_SPEEDS[asked.speed], only=frozenset(_only(asked.only))
    )
    done = _Replayed(again, _collector(asked.file, way))
    try:
        was_interrupted = done.carry_out(asked.file, way.place, lifetime)
    finally:
        lifetime.end()
    remarks = done.remarks(way.destination)
    return deliver_sent(done.collector.traffic(), remarks, output, was_interrupted=was_interrupted)


def _collector(file: Path, way: Way) -> TrafficCollector:
    expected = Expected(limit_s=way.destination.answer_limit_s)
    return TrafficCollector(Source.PROBE, f"{file}, to {way.place}", expected)


def _only(methods: tuple[str, ...]) -> Iterator[str]:
    for method in methods:
        if find(method) is None:
            tell(f"warning: --only: {method!r} is not a REST method that the vendor's docs name")
        yield method.lower()


class _Replayed:
    """One file being sent again, and what is known of it so far."""

    def __init__(self, again: Replay, collector: TrafficCollector) -> None:
        self.collector = collector
        self._again = again
        self._remarks = Remarks()
        self._latencies = Latencies()
        self._count = 0

    def carry_out(self, file: Path, place: str, lifetime: Lifetime) -> bool:
        """Send all; True where a person interrupted. Raises `UsageError` for the file."""
        hooks = hooks_in(file, self.collector.note)
        first = next(hooks, None)
        if first is None:
            return False
        tell(f"POSTs the hooks of {file} to {place}; the web server may act on them once more")
        line = StatusLine()
        try:
            with closing(line):
                for each in self._again.run(chain((first,), hooks)):
                    self._count += 1
                    self.collector.add(each.now)
                    self._latencies.add(each.now)
                    self._remarks.add(remarks_on(each.now))
                    line.show(f"{self._count} hooks")
        except VantageLostError as error:
            self._remarks.add([Remark(Tone.UNKNOWN, _SUBJECT, str(error))])
        except KeyboardInterrupt:
            lifetime.end()
            self._remarks.add([Remark(Tone.NOTE, _SUBJECT, "interrupted: this was known by then")])
            return True
        if not lifetime.remaining():
            text = "the time of --deadline was over before the end of the file"
            self._remarks.add([Remark(Tone.UNKNOWN, _SUBJECT, text)])
        return False

    def remarks(self, destination: Destination) -> tuple[Remark, ...]:
        """The judgement and the comparison, what is wrong first."""
        if not self._count:
            text = "the file holds no hook that could be sent"
            self._remarks.add([Remark(Tone.UNKNOWN, _SUBJECT, text)])
        self._remarks.add(self._again.remarks())
        latency = self._latencies.remark(destination.answer_limit_s, through_host=False)
        self._remarks.add([latency] if latency else [])
        return self._remarks.all()
