"""Hooks of the host as they pass, captured there and understood here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from wcsdiag.capture.reader import CaptureReader
from wcsdiag.cli.deliver_traffic import deliver_traffic
from wcsdiag.cli.interrupts import LOOK_UP_S, Interrupts
from wcsdiag.cli.messages import tell
from wcsdiag.cli.on_host import OnHost, could_not_tell, on_host
from wcsdiag.cli.options import TrafficOptions
from wcsdiag.cli.settings import TrafficOutput
from wcsdiag.cli.status_line import StatusLine
from wcsdiag.cli.trace_files import Span, take
from wcsdiag.errors import UsageError
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps
from wcsdiag.facts.expected import expected_of
from wcsdiag.facts.live_capture import (
    DELIVERED_S,
    CaptureError,
    LiveCapture,
    start_capture,
)
from wcsdiag.gathering import FactMissingError
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.hooks.traffic import Contact
from wcsdiag.host.interface import HostError
from wcsdiag.wcs.rest_url import parse_rest_url
from wcsdiag.wcs.settings import Settings

MOST_BYTES = 256 << 20
"""More is not taken through one SSH connection."""


@dataclass(frozen=True)
class LiveLimits:
    """When a capture ends, if nobody ends it before."""

    duration: timedelta
    hooks: int | None


def trace_live(
    ports: frozenset[int],
    limits: LiveLimits,
    scenarios: tuple[str, ...],
    options: TrafficOptions,
    output: TrafficOutput,
) -> int:
    """Capture on the host, show what was seen, give the exit code. Raises `UsageError`."""
    # A port that is named asks for no login to the WCS CLI.
    wanted: tuple[type, ...] = (HostAccess,) if ports else (HostAccess, Apps, Settings)
    with on_host(options, wanted, goes_on_for=limits.duration) as known:
        try:
            host = known.facts.get(HostAccess).host
            aim = _Aim(ports, None, Expected(scenarios=scenarios))
            if not ports:
                aim = _at_rest_urls(known, scenarios)
            capture = start_capture(host, aim.ports, known.lifetime.timeout())
        except (FactMissingError, CaptureError, HostError) as error:
            return could_not_tell(error)
        live = _Live(capture, aim, limits, host.name)
        tell(
            f"capturing TCP port {aim.named} on {host.name} "
            "(Ctrl-C ends it and shows what was seen)"
        )
        return live.run(output)


@dataclass(frozen=True)
class _Aim:
    """What is captured, and what it is held against. `names` of web servers, where known."""

    ports: frozenset[int]
    names: frozenset[str] | None
    expected: Expected

    @property
    def named(self) -> str:
        return " and ".join(map(str, sorted(self.ports)))


def _at_rest_urls(known: OnHost, scenarios: tuple[str, ...]) -> _Aim:
    """The ports of the REST URLs in use. Raises `UsageError` where there is none."""
    try:
        apps = known.facts.get(Apps)
    except FactMissingError as error:
        error.hint = f"{error.hint} Or name the web server's port: --port PORT".strip()
        raise
    parsed = [parse_rest_url(text).url for text in apps.urls_in_use]
    urls = [url for url in parsed if url is not None]
    if not urls:
        raise UsageError("no app has a REST URL that hooks could go to: name a port with --port")
    expected = expected_of(apps, known.facts.find(Settings), scenarios)
    names = frozenset(url.host for url in urls)
    return _Aim(frozenset(url.port for url in urls), names, expected)


class _Live:
    """One capture, from its start to what is shown of it."""

    def __init__(
        self,
        capture: LiveCapture,
        aim: _Aim,
        limits: LiveLimits,
        host: str,
    ) -> None:
        self._capture = capture
        self._aim = aim
        self._reader = CaptureReader(ports=aim.ports, names=aim.names)
        self._limits = limits
        self._host = host
        place = f"{host}: tcpdump, TCP port {aim.named}"
        self._collector = TrafficCollector(Source.CAPTURE, place, aim.expected)
        self._began = time.monotonic()
        self._hooks = self._contacts = 0
        self._bytes = 0
        self._has_ended = False
        self._is_whole = True

    def run(self, output: TrafficOutput) -> int:
        """Until a limit, the end of the capture, or Ctrl-C."""
        line = StatusLine()
        with Interrupts() as interrupts:
            try:
                self._take(self._capture.head)
                while not interrupts.asked and self._goes_on() and self._read():
                    line.show(f"{self._seconds:.0f} s, {self._hooks} hooks")
                self._read_what_waits()
            except HostError as error:
                self._cut_short(f"after {self._seconds:.0f} s {error}")
            self._capture.command.close()
            line.close()
            if dropped := self._capture.dropped:
                self._cut_short(f"tcpdump dropped {dropped} packets: the host was too busy for it")
            for item in self._reader.finish():
                self._keep(item)
        span = Span()
        span.add(self._reader, self._collector)
        if interrupts.asked:
            self._collector.note(f"interrupted after {self._seconds:.0f} s")
        if not self._hooks and not self._contacts:
            self._collector.note(self._nothing_seen)
        traffic = self._collector.traffic(span.began, span.ended)
        return deliver_traffic(
            traffic, output, is_whole=self._is_whole, was_interrupted=interrupts.asked
        )

    @property
    def _nothing_seen(self) -> str:
        return (
            f"no hook was seen on TCP port {self._aim.named} in {self._seconds:.0f} s: nothing "
            "happened that WCS would report, or WCS sends nothing there, or a rule of the host "
            f"drops it before tcpdump sees it: `wcsdiag all --host {self._host}`"
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def _is_enough(self) -> bool:
        has_hooks = self._limits.hooks is not None and self._hooks >= self._limits.hooks
        return has_hooks or self._bytes > MOST_BYTES

    def _goes_on(self) -> bool:
        if self._bytes > MOST_BYTES:
            self._cut_short(f"the capture was ended at {MOST_BYTES >> 20} MiB (wcsdiag's limit)")
        return not self._is_enough and self._seconds < self._limits.duration.total_seconds()

    def _read(self) -> bool:
        """What came; False where the capture has ended."""
        data = self._capture.command.read(LOOK_UP_S)
        if data == b"":
            self._ended_by_itself()
        self._take(data or b"")
        return data != b""

    def _read_what_waits(self) -> None:
        """What has passed already, and waits in the host's kernel."""
        end = time.monotonic() + DELIVERED_S
        while not self._has_ended and not self._is_enough and time.monotonic() < end:
            self._read()

    def _take(self, data: bytes) -> None:
        self._bytes += len(data)
        for item in self._reader.feed(data):
            self._hooks += isinstance(item, Exchange)
            self._keep(item)

    def _keep(self, item: Exchange | Contact) -> None:
        """A name that failed is a failure only where it is known to be a web server's."""
        is_any_name = self._aim.names is None
        if is_any_name and isinstance(item, Contact) and item.failure is Failure.NAME_NOT_FOUND:
            self._collector.note(
                f"DNS: {item.peer} failed ({item.detail}); this concerns hooks only if a REST URL "
                "names it"
            )
        else:
            self._contacts += isinstance(item, Contact)
            take(item, self._collector)

    def _ended_by_itself(self) -> None:
        self._has_ended = True
        said = self._capture.command.error_text.splitlines()
        words = f": {said[-1][:300]}" if said else ""
        self._cut_short(f"tcpdump ended by itself after {self._seconds:.0f} s{words}")

    def _cut_short(self, note: str) -> None:
        self._is_whole = False
        self._collector.note(note)
