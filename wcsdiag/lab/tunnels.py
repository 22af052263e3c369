"""Where the lab host's connections go: its own 127.0.0.1, its routes, and what drops packets."""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wcsdiag.lab.scenario import Route

_CONNECT_S = 5.0
_OWN = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0", "::"})  # noqa: S104 - not bound to
_WORDS = {
    errno.ECONNREFUSED: "Connection refused",
    errno.EHOSTUNREACH: "No route to host",
    errno.ENETUNREACH: "Network is unreachable",
    errno.ETIMEDOUT: "Connection timed out",
}


class TunnelRefused(Exception):  # noqa: N818 - an answer of the server, not an error of the lab
    """No tunnel: `reason` is what OpenSSH writes into its answer (field-notes.md 3)."""

    def __init__(self, reason: str, *, prohibited: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.prohibited = prohibited


OpenTunnel = Callable[[str, int], socket.socket]
"""Connects to an address and port as the lab host sees them. Raises `TunnelRefused`."""


@dataclass(frozen=True)
class Network:
    """The network as the lab host sees it. `names` and `aliases` hold addresses of the lab."""

    private: str
    public: str
    web_server: str
    route: Route
    names: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str]
    closed: threading.Event
    forwarding: bool = True

    def connect(self, address: str, port: int) -> socket.socket:
        """Open a connection from the lab host. Raises `TunnelRefused`."""
        if not self.forwarding:
            raise TunnelRefused("open failed", prohibited=True)
        error = TunnelRefused("Name or service not known")
        for candidate in self._candidates(address):
            self._pass_firewall(candidate)
            try:
                return _connect(candidate, port)
            except TunnelRefused as refused:
                error = refused
        raise error

    def _candidates(self, address: str) -> tuple[str, ...]:
        if address in _OWN:
            # A service that listens on all addresses is bound to the public one alone.
            return self.private, self.public
        if address in self.names:
            found = self.names[address]
        elif _is_address(address):
            found = (address,)
        else:
            found = ()
        return tuple(self.aliases.get(candidate, candidate) for candidate in found)

    def _pass_firewall(self, address: str) -> None:
        if address != self.web_server or self.route is Route.OPEN:
            return
        if self.route is Route.DROPPED:
            self.closed.wait()
        if self.route is Route.MISSING:
            raise TunnelRefused("Network is unreachable")
        raise TunnelRefused("No route to host")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _connect(address: str, port: int) -> socket.socket:
    if not ipaddress.ip_address(address).is_loopback:
        # The lab's traffic stays on this machine.
        raise TunnelRefused("Network is unreachable")
    try:
        connection = socket.create_connection((address, port), timeout=_CONNECT_S)
    except TimeoutError:
        raise TunnelRefused("Connection timed out") from None
    except OSError as error:
        raise TunnelRefused(_WORDS.get(error.errno or 0, "open failed")) from None
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
