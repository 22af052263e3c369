"""One probe of one URL from one vantage: name, connection, TLS, answer, up to the first failure."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.bounded import BoundedStream
from wcsdiag.net.host_tools import ToolResult
from wcsdiag.net.network import Network, is_numeric, outcome_of
from wcsdiag.net.parallel import at_the_same_time
from wcsdiag.net.probe import (
    AddressAttempt,
    Answer,
    Authorization,
    Outcome,
    Phase,
    PhaseResult,
    Probe,
    Vantage,
)
from wcsdiag.redact import Secret

_MOST_ADDRESSES = 16
_STREAM_LIMIT = 512 * 1024
# The run needs a little time after the last answer, to judge it and to report.
_SHARE_OF_THE_RUN = 0.9
# Of several addresses that fail, one that answers says more than one that cannot be asked: a
# machine without IPv6 has no network for the IPv6 addresses of a name, and that is no fault.
_LEAST_TELLING = {Outcome.REFUSED: 0, Outcome.RESET: 0, Outcome.NET_UNREACHABLE: 2}


@dataclass(frozen=True)
class Hook:
    """The hook that a probe sends: where to, what, and with which header."""

    url: str
    body: bytes
    authorization: Secret | None = None
    kind: Authorization = Authorization.NONE


@dataclass(frozen=True)
class ProbeRequest:
    """What is asked: a URL taken apart, and how WCS would speak to it.

    `protocols` are the TLS versions that WCS offers in Java's names, empty where that is not
    known. `ipv4_only` leaves other addresses out where the name has IPv4 ones. `hook` is None
    where nothing is to be sent: the probe then ends after TLS. `answer_limit_s` is the limit of
    WCS for an answer, None where it has none.
    """

    url: str
    scheme: str
    host: str
    port: int
    hook: Hook | None = None
    protocols: tuple[str, ...] = ()
    ipv4_only: bool = False
    answer_limit_s: float | None = 15.0
    ca_file: Path | None = None


Tool = Callable[[str, int, float], ToolResult | None]
"""Connects to address and port within seconds by other means than `Network.open_tcp`."""


def probe(
    vantage: Vantage,
    network: Network,
    request: ProbeRequest,
    lifetime: Lifetime,
    tool: Tool | None = None,
) -> Probe:
    """Probe one URL. Never raises for what the network or the web server does.

    `tool` is asked where the network refuses to open connections at all. Where it cannot pass on
    what is sent, the probe ends after the connection, with FORWARDING_DENIED for what would follow.
    """
    return _Prober(vantage, network, request, lifetime, tool).run()


@dataclass
class _Prober:
    vantage: Vantage
    network: Network
    request: ProbeRequest
    lifetime: Lifetime
    tool: Tool | None = None
    tool_used: str = ""
    phases: list[PhaseResult] = field(default_factory=list)

    def run(self) -> Probe:
        request = self.request
        probe = Probe(
            self.vantage, request.url, (), protocols=request.protocols if self._secure else ()
        )
        addresses = self._resolve()
        probe = replace(probe, addresses=addresses)
        if addresses:
            probe = self._connect_and_go_on(probe, self._worth_trying(addresses))
        return replace(probe, phases=tuple(self.phases), tool=self.tool_used)

    @property
    def _secure(self) -> bool:
        return self.request.scheme == "https"

    def _resolve(self) -> tuple[str, ...]:
        started = time.monotonic()
        name = self.request.host
        try:
            addresses = (name,) if is_numeric(name) else self.network.resolve(name)
        except HostError as error:
            self._ended(Phase.NAME, outcome_of(error), started, str(error))
            return ()
        if not addresses:
            detail = f"{name}: the resolver gave no address"
            self._ended(Phase.NAME, Outcome.NAME_NOT_FOUND, started, detail)
            return ()
        self._ended(Phase.NAME, Outcome.OK, started)
        return addresses

    def _worth_trying(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        ipv4 = tuple(address for address in addresses if _is_ipv4(address))
        chosen = ipv4 if self.request.ipv4_only and ipv4 else addresses
        return chosen[:_MOST_ADDRESSES]

    def _connect_and_go_on(self, probe: Probe, addresses: tuple[str, ...]) -> Probe:
        started = time.monotonic()
        calls = [partial(self._attempt, address) for address in addresses]
        results = at_the_same_time(calls, at_most=_MOST_ADDRESSES)
        attempts = tuple(attempt for attempt, _ in results)
        probe = replace(probe, attempts=attempts)
        open_ones = [(tried, stream) for tried, stream in results if stream is not None]
        for _, unused in open_ones[1:]:
            unused.close()
        by_tool = [attempt for attempt in attempts if attempt.outcome is Outcome.OK]
        if by_tool and not open_ones:
            return self._end_where_a_tool_connected(probe, by_tool[0])
        if not open_ones:
            telling = min(attempts, key=lambda attempt: _LEAST_TELLING.get(attempt.outcome, 1))
            self._ended(Phase.CONNECT, telling.outcome, started, telling.detail)
            return probe
        attempt, stream = open_ones[0]
        # Addresses that do not answer are waited for beside this one: its own time counts.
        self.phases.append(PhaseResult(Phase.CONNECT, Outcome.OK, attempt.seconds))
        probe = replace(probe, address=attempt.address)
        try:
            return self._speak(probe, self._bounded(stream))
        finally:
            stream.close()

    def _attempt(self, address: str) -> tuple[AddressAttempt, Stream | None]:
        started = time.monotonic()
        port = self.request.port
        try:
            stream = self.network.open_tcp(address, port, timeout_s=self.lifetime.timeout())
        except HostError as error:
            outcome, detail = outcome_of(error), str(error)
            relayed = None
            if outcome is Outcome.FORWARDING_DENIED:
                outcome, detail, relayed = self._by_tool(address, outcome, detail)
            seconds = time.monotonic() - started
            return AddressAttempt(address, port, outcome, seconds, detail), relayed
        self.lifetime.on_end(stream.close)
        return AddressAttempt(address, port, Outcome.OK, time.monotonic() - started), stream

    def _by_tool(
        self, address: str, outcome: Outcome, detail: str
    ) -> tuple[Outcome, str, Stream | None]:
        port, limit = self.request.port, self.lifetime.timeout()
        result = self.tool(address, port, limit) if self.tool else None
        if result is None:
            return outcome, detail, None
        self.tool_used = result.tool
        if result.stream is not None:
            self.lifetime.on_end(result.stream.close)
        return result.outcome, result.detail, result.stream

    def _end_where_a_tool_connected(self, probe: Probe, attempt: AddressAttempt) -> Probe:
        self.phases.append(PhaseResult(Phase.CONNECT, Outcome.OK, attempt.seconds))
        if self._secure or self.request.hook:
            following = Phase.TLS if self._secure else Phase.HTTP
            detail = "the SSH server forwards no connections, so nothing can be sent from the host"
            self.phases.append(PhaseResult(following, Outcome.FORWARDING_DENIED, 0.0, detail))
        return replace(probe, address=attempt.address)

    def _speak(self, probe: Probe, stream: BoundedStream) -> Probe:
        if not self._secure:
            return self._post(probe, stream, stream)
        probe, encrypted = self._tls(probe, stream)
        return self._post(probe, encrypted, stream) if encrypted else probe

    def _tls(self, probe: Probe, first: BoundedStream) -> tuple[Probe, Stream | None]:
        from wcsdiag.net.tls import TlsSession, trust_store

        waiting = [first]

        def open_stream() -> BoundedStream:
            if waiting:
                return waiting.pop()
            return self._bounded(self._again(probe.address or self.request.host))

        started = time.monotonic()
        request = self.request
        name = request.host.rstrip(".")
        session = TlsSession(open_stream, name, request.protocols, request.ca_file)
        result = session.establish()
        self._ended(Phase.TLS, result.outcome, started, result.detail)
        probe = replace(
            probe,
            certificate=result.certificate,
            protocol=result.protocol,
            certificate_problems=result.problems,
            trust_store=trust_store(request.ca_file),
        )
        return probe, result.stream

    def _again(self, address: str) -> Stream:
        """One more connection, by whatever made the first. Raises `HostError`."""
        timeout, port = self.lifetime.timeout(), self.request.port
        if self.tool_used and self.tool is not None:
            result = self.tool(address, port, timeout)
            if result is None or result.stream is None:
                detail = result.detail if result else "no program of the host could connect"
                raise HostError(HostFailure.FAILED, detail)
            again = result.stream
        else:
            again = self.network.open_tcp(address, port, timeout_s=timeout)
        self.lifetime.on_end(again.close)
        return again

    def _post(self, probe: Probe, stream: Stream, watched: BoundedStream) -> Probe:
        hook = self.request.hook
        if hook is None:
            return probe
        from wcsdiag.net.http import post

        limit = self.request.answer_limit_s
        ours = self.lifetime.remaining() * _SHARE_OF_THE_RUN
        watched.extend(ours if limit is None else min(limit, ours))
        started = time.monotonic()
        result = post(hook.url, hook.body, stream, watched, hook.authorization)
        outcome, detail = result.outcome, result.detail
        if outcome is Outcome.TIMED_OUT:
            outcome, detail = _whose_limit(limit, ours, detail)
        self._ended(Phase.HTTP, outcome, started, detail)
        answer: Answer | None = result.answer
        return replace(probe, answer=answer, authorization=hook.kind, answer_limit_s=limit)

    def _bounded(self, stream: Stream) -> BoundedStream:
        return BoundedStream(stream, seconds=self.lifetime.timeout(), limit=_STREAM_LIMIT)

    def _ended(self, phase: Phase, outcome: Outcome, started: float, detail: str = "") -> None:
        self.phases.append(PhaseResult(phase, outcome, time.monotonic() - started, detail))


def _whose_limit(limit: float | None, ours: float, detail: str) -> tuple[Outcome, str]:
    if limit is not None and limit <= ours:
        return Outcome.TOO_SLOW, f"{detail} after {limit:g} s, the limit of WCS"
    return Outcome.TIMED_OUT, f"{detail} after {ours:.1f} s, the time that this run had left"


def _is_ipv4(address: str) -> bool:
    return ipaddress.ip_address(address).version == 4
