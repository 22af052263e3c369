"""One client's connection: its requests, one after the other, and what is answered."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from wcsdiag.hooks.exchange import Failure
from wcsdiag.receiver.behaviour import Behaviour
from wcsdiag.receiver.incoming import GoneError, Incoming, Limits, RefusedError, Request, TlsError
from wcsdiag.receiver.outgoing import Delivered, Outgoing
from wcsdiag.receiver.reply import Reply, text_reply

_DRAIN_S = 1.0
_TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
"""Fatal, protocol_version: what tells a TLS client soonest that this is not for it."""


@dataclass(frozen=True)
class Treatment:
    """What to answer. `failure` and `error` say why the hook failed, where it did behind us."""

    reply: Reply
    behaviour: Behaviour = Behaviour.ECHO
    delay_s: float = 0.0
    notes: tuple[str, ...] = ()
    failure: Failure | None = None
    error: str | None = None


@dataclass(frozen=True)
class Handled:
    """A request with its answer. `connection` is "127.0.0.1:33642 - 127.0.0.1:9091"."""

    request: Request
    treatment: Treatment
    delivered: Delivered
    connection: str


@dataclass(frozen=True)
class Stray:
    """A connection that no request could be read from. `at` is in seconds of the clock."""

    at: float
    connection: str
    detail: str
    failure: Failure | None = None


class Site(Protocol):
    """What stands behind a port. Its methods are called from the threads of connections."""

    @property
    def closed(self) -> threading.Event:
        """Set where every wait must end."""

    def treat(self, request: Request) -> Treatment:
        """What to do with a request that could be read."""

    def handled(self, handled: Handled) -> None:
        """It was answered, or not, as `handled` says."""

    def strayed(self, stray: Stray) -> None:
        """A connection came to nothing."""


class Conversation:
    """Serves one connection until either side ends it.

    `idle_since` is the monotonic time since which nothing of a next request has come; None while
    a request is in work.
    """

    def __init__(self, connection: socket.socket, site: Site, limits: Limits | None = None) -> None:
        self._connection = connection
        self._site = site
        self._limits = limits or Limits()
        self._incoming = Incoming(connection, self._limits)
        self._count = 0
        self.idle_since: float | None = time.monotonic()
        self.name = _name_of(connection)

    def run(self) -> None:
        """Serve. A client that leaves in the middle is its own business."""
        with contextlib.suppress(OSError):
            while not self._site.closed.is_set() and self._next():
                self._count += 1
                self.idle_since = time.monotonic()

    def _next(self) -> bool:
        try:
            self._incoming.wait()
            self.idle_since = None
            return self._answered(self._incoming.read(self._proceed))
        except GoneError:
            if not self._count:
                self._stray("a connection without a request")
        except TlsError:
            detail = "a TLS greeting: the REST URL says https, and this port speaks plain http"
            self._stray(detail, Failure.TLS)
            self._connection.sendall(_TLS_ALERT)
            self._incoming.drain(_DRAIN_S)
        except RefusedError as error:
            self._refuse(error)
        return False

    def _answered(self, request: Request) -> bool:
        treatment = self._site.treat(request)
        return self._deliver(request, treatment, keep=request.keeps_alive)

    def _deliver(self, request: Request, treatment: Treatment, *, keep: bool) -> bool:
        outgoing = Outgoing(self._connection, request, self._site.closed, self._limits.send_s)
        delivered = outgoing.deliver(
            treatment.reply, treatment.behaviour, treatment.delay_s, keep=keep
        )
        self._site.handled(Handled(request, treatment, delivered, self.name))
        if not delivered.keep and not delivered.abrupt and delivered.failure is None:
            self._incoming.drain(_DRAIN_S)
        return delivered.keep

    def _refuse(self, error: RefusedError) -> None:
        reply = text_reply(error.status, error.detail)
        if error.request is None:
            self._stray(error.detail)
            request = Request("GET", "/", "1.1", ended_at=time.monotonic())
            outgoing = Outgoing(self._connection, request, self._site.closed, self._limits.send_s)
            outgoing.deliver(reply, Behaviour.ECHO, 0, keep=False)
            self._incoming.drain(_DRAIN_S)
        else:
            self._deliver(error.request, Treatment(reply, error=error.detail), keep=False)

    def _proceed(self) -> None:
        self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _stray(self, detail: str, failure: Failure | None = None) -> None:
        if not self._site.closed.is_set():
            self._site.strayed(Stray(time.time(), self.name, detail, failure))


def _name_of(connection: socket.socket) -> str:
    try:
        client, own = connection.getpeername(), connection.getsockname()
    except OSError:  # it left before it was looked at
        return ""
    return f"{address_text(client)} - {address_text(own)}"


def address_text(address: tuple[object, ...]) -> str:
    """ "127.0.0.1:9091", "[::1]:9091"; an IPv4 client of an IPv6 socket as IPv4."""
    host = str(address[0]).removeprefix("::ffff:")
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"
