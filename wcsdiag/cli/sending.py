"""What `wcsdiag send` was asked for, done: hooks sent, answers judged and measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from wcsdiag.cli import values
from wcsdiag.cli.debug import current_redactor
from wcsdiag.cli.deliver_sent import deliver_sent
from wcsdiag.cli.destinations import WANTED, Way, from_here, from_host, learn, rest_url
from wcsdiag.cli.messages import tell, warn
from wcsdiag.cli.on_host import could_not_tell, on_host, require_host, show_debug_log
from wcsdiag.cli.options import TrafficOptions
from wcsdiag.cli.scenarios import known_scenario
from wcsdiag.cli.settings import settle_operator, settle_traffic_output
from wcsdiag.cli.status_line import StatusLine
from wcsdiag.gathering import FactMissingError
from wcsdiag.hooks.collector import Expected, TrafficCollector
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.hooks.synthetic import SCENARIOS, new_ids
from wcsdiag.hooks.traffic import Traffic
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.probe import Vantage
from wcsdiag.sender.client_config import remarks_on_config
from wcsdiag.sender.judgement import is_connect, remarks_on
from wcsdiag.sender.latencies import Latencies
from wcsdiag.sender.opening import VantageLostError
from wcsdiag.sender.remarks import Remark, Remarks, Tone
from wcsdiag.sender.sending import (
    CONNECT_ALONE,
    MOST_CONNECTIONS,
    MOST_PER_SECOND,
    MOST_RUNS,
    Plan,
    Sending,
    hooks_of,
)
from wcsdiag.sender.trials import tried

_ALL_SCENARIOS = (CONNECT_ALONE, *SCENARIOS)
_RATE_OF_MANY = 10.0
_SUBJECT = "sending"


@dataclass(frozen=True)
class Asked:
    """The command line's own words."""

    scenario: str | None = None
    url: str | None = None
    count: str | None = None
    rate: str | None = None
    connections: str | None = None
    plain: bool = False


@dataclass(frozen=True)
class _Order:
    """The same, read: all but the app key of a plan, and whether the answers alone are judged."""

    scenario: str
    runs: int
    rate: float | None
    connections: int
    plain: bool

    @property
    def seconds(self) -> timedelta:
        """How long it takes at its rate, with as much again to spare."""
        hooks = self.runs * len(hooks_of(self.scenario, "", new_ids()))
        return timedelta(seconds=2 * hooks / self.rate) if self.rate else timedelta(0)


def send(asked: Asked, options: TrafficOptions) -> int:
    """Send, judge, show; give the exit code. Raises `UsageError` before anything is sent."""
    output = settle_traffic_output(options)
    order = _order(asked)
    try:
        with _way(asked, options, order) as (way, lifetime):
            _warn(way)
            sent = _Sent(order, way, lifetime)
            was_interrupted = sent.carry_out()
            traffic, remarks = sent.traffic(), sent.remarks()
    except FactMissingError as error:
        return could_not_tell(error)
    return deliver_sent(traffic, remarks, output, was_interrupted=was_interrupted)


def _order(asked: Asked) -> _Order:
    runs = values.at("--count", values.whole_number(MOST_RUNS), asked.count or "1")
    rate = values.at("--rate", values.number(MOST_PER_SECOND), asked.rate) if asked.rate else None
    connections = values.at(
        "--connections", values.whole_number(MOST_CONNECTIONS), asked.connections or "1"
    )
    return _Order(
        scenario=known_scenario(asked.scenario, _ALL_SCENARIOS)
        if asked.scenario
        else CONNECT_ALONE,
        runs=runs,
        rate=rate or (_RATE_OF_MANY if runs > 1 else None),
        connections=connections,
        plain=asked.plain,
    )


@contextmanager
def _way(asked: Asked, options: TrafficOptions, order: _Order) -> Iterator[tuple[Way, Lifetime]]:
    url = rest_url(asked.url) if asked.url else None
    if url is None:
        require_host(options, "the REST URL to send to: --url URL")
    if url is None or options.host is not None:
        with on_host(options, WANTED, goes_on_for=order.seconds) as there:
            yield from_host(there, url), there.lifetime
        return
    settings = settle_operator(options, current_redactor(), os.environ)
    warn(settings.warnings)
    show_debug_log(options)
    deadline = settings.deadline + order.seconds
    lifetime = Lifetime(settings.timeout.total_seconds(), deadline.total_seconds())
    try:
        yield from_here(url, settings.app_key, lifetime), lifetime
    finally:
        lifetime.end()


def _warn(way: Way) -> None:
    learn(way.destination.credentials)
    tell(
        f"POSTs synthetic hooks to {way.place}; the web server may act on them as on those of "
        f"WCS (app key {way.app_key})"
    )


class _Sent:
    """One order being carried out, and what is known of it so far."""

    def __init__(self, order: _Order, way: Way, lifetime: Lifetime) -> None:
        self._order = order
        self._way = way
        self._lifetime = lifetime
        self._remarks = Remarks()
        self._latencies = Latencies()
        plan = Plan(order.scenario, way.app_key, order.runs, order.rate, order.connections)
        self._sending = Sending(plan, way.destination, lifetime)
        hooks = hooks_of(order.scenario, way.app_key, new_ids())
        self._planned = len(hooks) * order.runs
        self._count = self._answered = 0
        methods = {way.app_key: frozenset(method.lower() for method, _ in hooks)}
        expected = Expected(methods, way.destination.answer_limit_s)
        self._collector = TrafficCollector(Source.PROBE, way.place, expected)

    def carry_out(self) -> bool:
        """Send all; True where a person interrupted."""
        line = StatusLine()
        try:
            with closing(line):
                for exchange in self._sending:
                    self._take(exchange)
                    line.show(f"{self._count} of {self._planned} hooks")
            if self._answered and not self._order.plain:
                self._remarks.add(tried(self._way.destination, self._way.app_key, self._lifetime))
        except VantageLostError as error:
            text = f"{error}; this does not speak against the web server"
            self._remarks.add([Remark(Tone.UNKNOWN, _SUBJECT, text)])
        except KeyboardInterrupt:
            self._lifetime.end()
            self._remarks.add([Remark(Tone.NOTE, _SUBJECT, "interrupted: this was known by then")])
            return True
        return False

    def traffic(self) -> Traffic:
        """The scenario's exchanges; those of trials are not among them."""
        return self._collector.traffic()

    def remarks(self) -> tuple[Remark, ...]:
        """The judgement, what is wrong first."""
        self._remarks.add(self._on_the_whole())
        return self._remarks.all()

    def _take(self, exchange: Exchange) -> None:
        self._collector.add(exchange)
        self._count += 1
        self._answered += exchange.status is not None
        self._latencies.add(exchange)
        self._remarks.add(remarks_on(exchange))
        if is_connect(exchange.method) and self._answered == 1:
            self._remarks.add(remarks_on_config(exchange))

    def _on_the_whole(self) -> Iterator[Remark]:
        if self._all_answered and not self._remarks.has_wrong:
            text = f"{self._count} hooks, every answer as the contract asks"
            yield Remark(Tone.GOOD, "contract", text if self._count > 1 else "the answer is right")
        destination = self._way.destination
        through_host = destination.vantage is Vantage.HOST
        latency = self._latencies.remark(destination.answer_limit_s, through_host=through_host)
        if latency is not None:
            yield latency
        yield from self._on_connections()
        if self._sending.gave_up:
            yield Remark(Tone.NOTE, _SUBJECT, "given up: ten hooks in a row got no answer")
        elif self._count < self._planned and not self._remarks.has_wrong:
            text = f"{self._count} of {self._planned} hooks were sent"
            tone = Tone.UNKNOWN if not self._lifetime.remaining() else Tone.NOTE
            yield Remark(tone, _SUBJECT, text)
        for note in self._way.notes:
            yield Remark(Tone.NOTE, _SUBJECT, note)
        is_tried = self._answered and not self._order.plain
        if is_tried and destination.credentials.hash_key is None:
            text = "not tried: no key is known (WCSDIAG_HOOK_HASH_KEY)"
            yield Remark(Tone.NOTE, "signature", text)

    def _on_connections(self) -> Iterator[Remark]:
        opened, idle = self._sending.opened, self._sending.closed_idle
        if idle:
            text = (
                f"the web server closed {idle} of {opened} connections between two hooks, without "
                "`Connection: close`; a new one was opened each time"
            )
            mend = "Keep idle connections open longer, or answer with `Connection: close`."
            yield Remark(Tone.NOTE, "keep-alive", text, mend)
        elif opened > min(self._order.connections, self._order.runs) and self._all_answered:
            text = (
                f"{opened} connections for {self._count} hooks: the web server ends them with "
                "`Connection: close`"
            )
            mend = "Keep connections open: WCS sends one hook after the other over each."
            is_often = opened * 2 > self._count
            yield Remark(Tone.NOTE, "keep-alive", text, mend if is_often else "")

    @property
    def _all_answered(self) -> bool:
        return self._count > 0 and self._answered == self._count
