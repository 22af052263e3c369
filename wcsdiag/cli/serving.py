"""What `wcsdiag serve` was asked for, done: hooks answered, shown, recorded and judged."""

from __future__ import annotations

import difflib
import os
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from wcsdiag.cli import values
from wcsdiag.cli.deliver_traffic import INTERRUPTED, deliver_traffic
from wcsdiag.cli.hook_lines import HookLines
from wcsdiag.cli.interrupts import LOOK_UP_S, Interrupts
from wcsdiag.cli.messages import tell
from wcsdiag.cli.on_host import show_debug_log
from wcsdiag.cli.scenarios import known_scenario
from wcsdiag.cli.serve_options import ServeOptions
from wcsdiag.cli.settings import TrafficOutput, settle_traffic_output
from wcsdiag.cli.stream import write_error, write_line, write_out
from wcsdiag.config import variable_of
from wcsdiag.errors import UsageError
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Source
from wcsdiag.hooks.traffic import Contact, Traffic
from wcsdiag.receiver.behaviour import FAULTS
from wcsdiag.receiver.forwarding import DEFAULT_TIMEOUT_S, Forwarder
from wcsdiag.receiver.hook_site import FaultPlan, HookSite, SeenHook
from wcsdiag.receiver.recording import Recorder
from wcsdiag.receiver.reply import Admission
from wcsdiag.receiver.server import LOOPBACK, ReceiverServer
from wcsdiag.redact import Secret
from wcsdiag.report.interface import TrafficFormat

DEFAULT_PORT = 9091
_UNHEALTHY = 1
_MOST = 1_000_000_000
_DEFAULT_DELAY_S = 20.0


@dataclass(frozen=True)
class _Ends:
    """What ends it beside Ctrl-C."""

    count: int | None
    duration: timedelta | None
    expect: tuple[str, ...]

    @property
    def awaited(self) -> bool:
        """True where Ctrl-C comes before what was waited for."""
        return bool(self.count or self.duration or self.expect)


def list_of_faults() -> int:
    """Print the faults' names."""
    widest = max(map(len, FAULTS))
    write_out("".join(f"{name:{widest}}  {each.value}\n" for name, each in FAULTS.items()))
    return 0


def serve(options: ServeOptions) -> int:
    """Serve until the end, show what came, give the exit code. Raises `UsageError`."""
    output = settle_traffic_output(options)
    ends = _Ends(
        _number("--count", options.count),
        _duration("--duration", options.duration),
        tuple(known_scenario(name, option="--expect") for name in options.expect or ()),
    )
    port = values.at("--port", values.port_or_any, options.port or str(DEFAULT_PORT))
    site = _site(options)
    show_debug_log(options)
    addresses = LOOPBACK if options.bind is None else (options.bind,)
    with Interrupts() as interrupts:
        server = ReceiverServer(site, addresses, port)
        try:
            serving = _Serving(options, ends, site, _place(server), _lines(options, output))
            server.start()
            tell(_greeting(server, options))
            serving.until_the_end(interrupts)
        finally:
            unfinished = server.close()
        traffic = serving.finished(unfinished)
    if output.format is TrafficFormat.TEXT and output.file is None and traffic.count:
        write_out("\n")
    code = deliver_traffic(traffic, output)
    if interrupts.asked:
        return INTERRUPTED if ends.awaited else 0
    return max(code, _UNHEALTHY) if serving.missing else code


class _Serving:
    """What comes, shown, recorded and collected, in the one thread that prints."""

    def __init__(
        self, options: ServeOptions, ends: _Ends, site: HookSite, place: str, lines: HookLines
    ) -> None:
        self._ends = ends
        self._site = site
        self._lines = lines
        self._collector = TrafficCollector(Source.RECEIVED, place, Expected(scenarios=ends.expect))
        self._began = datetime.now().astimezone()
        self._hooks = 0
        self._recorder: Recorder | None = None
        if options.record is not None:
            self._recorder = Recorder(
                options.record, append=options.append, keep_secrets=options.record_secrets
            )

    @property
    def missing(self) -> int:
        """How many hooks of those that were waited for did not come."""
        return max(0, (self._ends.count or 0) - self._hooks)

    def until_the_end(self, interrupts: Interrupts) -> None:
        """Take what comes until somebody or something ends it."""
        wanted = self._ends.duration
        ends_at = None if wanted is None else time.monotonic() + wanted.total_seconds()
        while not interrupts.asked and (self._ends.count is None or self.missing):
            left = LOOK_UP_S if ends_at is None else min(LOOK_UP_S, ends_at - time.monotonic())
            if left <= 0:
                return
            try:
                self._take(self._site.seen.get(timeout=left))
            except queue.Empty:
                continue

    def finished(self, unfinished: int) -> Traffic:
        """The traffic, with what came last."""
        while not self._site.seen.empty():
            self._take(self._site.seen.get())
        if self._recorder is not None:
            self._recorder.close()
        for note in self._notes(unfinished):
            self._collector.note(note)
        return self._collector.traffic(self._began, datetime.now().astimezone())

    def _take(self, seen: SeenHook | Contact) -> None:
        if isinstance(seen, SeenHook):
            self._hooks += 1
            self._collector.add(seen.exchange)
            self._record(seen)
        else:
            self._collector.add_contact(seen)
        self._lines.show(seen)

    def _record(self, seen: SeenHook) -> None:
        if self._recorder is None:
            return
        try:
            self._recorder.write(seen.exchange)
        except OSError as error:
            text = f"the recording ends here, it takes no more: {error.strerror or error}"
            tell(text)
            self._collector.note(text)
            self._recorder = None

    def _notes(self, unfinished: int) -> Iterator[str]:
        if self.missing:
            yield f"{self._hooks} of the {self._ends.count} hooks of --count came"
        if unfinished:
            yield f"connections still in the middle of a hook at the end: {unfinished}"
        if self._site.overlooked:
            yield f"came faster than they could be shown, and are not here: {self._site.overlooked}"
        if self._site.forwarder is not None:
            yield f"the answers are those of {self._site.forwarder.url}, passed on"


def _lines(options: ServeOptions, output: TrafficOutput) -> HookLines:
    is_document = output.format is not TrafficFormat.TEXT and output.file is None
    # One document alone goes to stdout, else the lines would stand in its way.
    return HookLines(write_error if is_document else write_line, verbose=options.verbose)


def _site(options: ServeOptions) -> HookSite:
    key = os.environ.get(variable_of("hook-hash-key"), "")
    forwarder = None
    if options.forward is not None:
        timeout = _duration("--timeout", options.timeout) or timedelta(seconds=DEFAULT_TIMEOUT_S)
        forwarder = Forwarder(_forward_url(options.forward), timeout.total_seconds())
    elif options.timeout is not None:
        raise UsageError("--timeout goes with --forward: it is for that web server's answer")
    if options.record is None and (options.append or options.record_secrets):
        raise UsageError("--append and --record-secrets go with --record FILE")
    return HookSite(
        Admission(hash_key=Secret(key) if key else None), _fault_plan(options), forwarder
    )


def _fault_plan(options: ServeOptions) -> FaultPlan | None:
    if options.fault is None:
        if options.fault_every or options.fault_method or options.delay:
            raise UsageError("--fault-every, --fault-method and --delay go with --fault NAME")
        return None
    if options.fault not in FAULTS:
        near = difflib.get_close_matches(options.fault, FAULTS, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else "--list-faults names them"
        raise UsageError(f"there is no fault {options.fault!r}", hint=hint)
    if options.delay is not None and options.fault != "slow":
        raise UsageError("--delay goes with --fault slow")
    delay = _duration("--delay", options.delay)
    return FaultPlan(
        FAULTS[options.fault],
        delay.total_seconds() if delay else _DEFAULT_DELAY_S,
        _number("--fault-every", options.fault_every) or 1,
        frozenset(method.lower() for method in options.fault_method or ()),
    )


def _forward_url(text: str) -> str:
    url = values.at("--forward", values.rest_url, text)
    if "@" in urlsplit(url).netloc:
        raise UsageError("--forward: no credentials in the URL: those of WCS are passed on")
    return url


def _number(option: str, text: str | None) -> int | None:
    return None if text is None else values.at(option, values.whole_number(_MOST), text)


def _duration(option: str, text: str | None) -> timedelta | None:
    return None if text is None else values.at(option, values.duration, text)


def _place(server: ReceiverServer) -> str:
    return " and ".join(f"http://{address}" for address in server.addresses)


def _greeting(server: ReceiverServer, options: ServeOptions) -> str:
    url = f"http://{server.addresses[0]}/hooks"
    passes_on = f", passing on to {options.forward}" if options.forward else ""
    return f"listening on {_place(server)}{passes_on}; a REST URL for it is {url}; Ctrl-C ends it"
