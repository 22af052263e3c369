"""What a vantage offers: its resolver and its TCP connections."""

from __future__ import annotations

import ipaddress
from typing import Protocol

from wcsdiag.host import operator
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.probe import Outcome

_OUTCOMES = {
    HostFailure.NAME_NOT_FOUND: Outcome.NAME_NOT_FOUND,
    HostFailure.NAME_SERVER_FAILED: Outcome.NAME_SERVER_FAILED,
    HostFailure.REFUSED: Outcome.REFUSED,
    HostFailure.TIMED_OUT: Outcome.TIMED_OUT,
    HostFailure.NO_ROUTE: Outcome.NO_ROUTE,
    HostFailure.CLOSED_EARLY: Outcome.CLOSED_EARLY,
    HostFailure.CHANNEL_REFUSED: Outcome.FORWARDING_DENIED,
}
# The words of the system's own errors, where one reason stands for several outcomes.
_WORDS = {
    "network is unreachable": Outcome.NET_UNREACHABLE,
    "network unreachable": Outcome.NET_UNREACHABLE,
    "connection reset": Outcome.RESET,
}


class Network(Protocol):
    """The part of `Host` that a probe needs; the operator's machine offers the same."""

    def resolve(self, name: str) -> tuple[str, ...]:
        """The addresses of a name in the resolver's order. Raises `HostError`."""

    def open_tcp(self, address: str, port: int, *, timeout_s: float | None = None) -> Stream:
        """A TCP connection to a numeric address. Raises `HostError`."""


def outcome_of(error: HostError) -> Outcome:
    """The outcome that a failure of the network means for a probe."""
    words = str(error).lower()
    for text, outcome in _WORDS.items():
        if text in words:
            return outcome
    return _OUTCOMES.get(error.reason, Outcome.FAILED)


def is_numeric(name: str) -> bool:
    """True for an IPv4 or IPv6 address, with or without a zone."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class OperatorNetwork:
    """The operator's own resolver and sockets, bounded by the run's `Lifetime`."""

    def __init__(self, lifetime: Lifetime) -> None:
        self._lifetime = lifetime

    def resolve(self, name: str) -> tuple[str, ...]:
        """See `Network`."""
        return operator.resolve(name, self._lifetime.timeout())

    def open_tcp(self, address: str, port: int, *, timeout_s: float | None = None) -> Stream:
        """See `Network`."""
        limit = self._lifetime.timeout() if timeout_s is None else timeout_s
        return operator.open_tcp(address, port, limit)
