"""One connection to the web server: name, TCP, TLS, as WCS would make it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from wcsdiag.errors import WcsdiagError
from wcsdiag.hooks.exchange import Failure
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.bounded import BoundedStream
from wcsdiag.net.network import is_numeric, outcome_of
from wcsdiag.net.probe import Outcome
from wcsdiag.sender.destination import Destination

_MOST_ADDRESSES = 8
_STREAM_LIMIT = 512 * 1024

_FAILURES = {
    Outcome.NAME_NOT_FOUND: Failure.NAME_NOT_FOUND,
    Outcome.NAME_SERVER_FAILED: Failure.NAME_NOT_FOUND,
    Outcome.REFUSED: Failure.REFUSED,
    Outcome.TIMED_OUT: Failure.CONNECT_TIMED_OUT,
    Outcome.NO_ROUTE: Failure.UNREACHABLE,
    Outcome.NET_UNREACHABLE: Failure.UNREACHABLE,
    Outcome.RESET: Failure.RESET,
    Outcome.CLOSED_EARLY: Failure.CLOSED_EARLY,
}


class VantageLostError(WcsdiagError):
    """The vantage itself failed, so nothing can be said of the web server."""


class NotOpenedError(Exception):
    """The web server could not be reached: `failure` as data, the message in literal words."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure


@dataclass(frozen=True)
class Opened:
    """An open connection. `stream` carries HTTP, `watched` is the bounded one, `raw` the TCP."""

    stream: Stream
    watched: BoundedStream
    raw: Stream
    address: str


def open_connection(destination: Destination, lifetime: Lifetime) -> Opened:
    """Connect to the first address that answers, and speak TLS where the URL says so.

    Raises `NotOpenedError`, and `VantageLostError` where the vantage is to blame.
    """
    errors: list[HostError] = []
    for address in _addresses(destination):
        try:
            raw = _tcp(destination, address, lifetime)
        except HostError as error:
            errors.append(error)
            continue
        return _spoken_to(destination, address, raw, lifetime)
    raise _not_opened(errors)


def _addresses(destination: Destination) -> tuple[str, ...]:
    name = destination.url.host
    try:
        found = (name,) if is_numeric(name) else destination.network.resolve(name)
    except HostError as error:
        failure = _failure_of(error)
        if failure is Failure.CONNECT_TIMED_OUT:
            failure = Failure.NAME_NOT_FOUND
        raise NotOpenedError(failure, str(error)) from error
    if not found:
        raise NotOpenedError(Failure.NAME_NOT_FOUND, f"{name}: the resolver gave no address")
    ipv4 = tuple(each for each in found if ipaddress.ip_address(each).version == 4)
    return (ipv4 if destination.ipv4_only and ipv4 else found)[:_MOST_ADDRESSES]


def _tcp(destination: Destination, address: str, lifetime: Lifetime) -> Stream:
    port, limit = destination.url.port, lifetime.timeout()
    try:
        return destination.network.open_tcp(address, port, timeout_s=limit)
    except HostError as error:
        if outcome_of(error) is not Outcome.FORWARDING_DENIED or destination.tool is None:
            raise
        relayed = destination.tool(address, port, limit)
        if relayed is None or relayed.stream is None:
            raise
        return relayed.stream


def _spoken_to(destination: Destination, address: str, raw: Stream, lifetime: Lifetime) -> Opened:
    watched = BoundedStream(raw, seconds=lifetime.timeout(), limit=_STREAM_LIMIT)
    if destination.url.scheme != "https":
        return Opened(watched, watched, raw, address)
    from wcsdiag.net.tls import TlsSession

    waiting = [(watched, raw)]
    used: list[tuple[BoundedStream, Stream]] = []

    def fresh() -> BoundedStream:
        if not waiting:
            again = _tcp(destination, address, lifetime)
            limits = BoundedStream(again, seconds=lifetime.timeout(), limit=_STREAM_LIMIT)
            waiting.append((limits, again))
        used.append(waiting.pop())
        return used[-1][0]

    name = destination.url.host.rstrip(".")
    result = TlsSession(fresh, name, destination.protocols, destination.ca_file).establish()
    if result.stream is None:
        for _, connection in used:
            connection.close()
        detail = result.detail or result.outcome.value.replace("_", " ")
        raise NotOpenedError(Failure.TLS, detail)
    return Opened(result.stream, *used[0], address)


def _failure_of(error: HostError) -> Failure:
    if error.reason is HostFailure.LOST or outcome_of(error) is Outcome.FORWARDING_DENIED:
        raise VantageLostError(str(error), hint=error.hint) from error
    return _FAILURES.get(outcome_of(error), Failure.OTHER)


def _not_opened(errors: list[HostError]) -> NotOpenedError:
    failures = [_failure_of(error) for error in errors]
    # Of several addresses, one that answers says more than one that cannot be asked.
    telling = min(failures, key=lambda each: each is Failure.UNREACHABLE)
    return NotOpenedError(telling, "; ".join(dict.fromkeys(str(error) for error in errors)))
