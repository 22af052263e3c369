"""The stand-in web server, and the HTTP port of WCS itself: a thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wcsdiag.lab.listeners import Listeners, Receive
from wcsdiag.lab.scenario import LabWebServer
from wcsdiag.lab.web_answers import echo_app, not_admitted
from wcsdiag.receiver.conversation import Conversation, Handled, Stray, Treatment
from wcsdiag.receiver.incoming import Limits, Request
from wcsdiag.receiver.reply import Reply, reply_to, text_reply

_LIMITS = Limits(idle_s=30.0)
_STATISTICS = b"-----Connection Stats-----\nconnections=0\nconnections_websocket=0\n"


def idle_statistics() -> bytes:
    """What WCS without a connection says of itself."""
    return _STATISTICS


@dataclass(frozen=True)
class ReceivedHook:
    """A request that the web server got."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class WebSite:
    """What a port answers. `received` keeps the latest requests; `closed` ends every delay.

    Where it is the HTTP port of WCS, `echo_app_prefix` is the path of the EchoApp, and
    `statistics` gives what `/?action=stat` answers (wcs.md 5, 13).
    """

    spec: LabWebServer
    closed: threading.Event
    tls: ssl.SSLContext | None = None
    echo_app_prefix: str | None = None
    statistics: Callable[[], bytes] = idle_statistics
    received: deque[ReceivedHook] = field(default_factory=lambda: deque(maxlen=1000))

    def answer(self, path: str, authorization: str, body: bytes) -> Reply:
        """The answer to a hook, where it is one."""
        if self.echo_app_prefix is not None:
            return echo_app(path, self.echo_app_prefix, body)
        return not_admitted(self.spec, authorization, body) or reply_to(
            self.spec.behaviour, path.rpartition("/")[2], body
        )

    def treat(self, request: Request) -> Treatment:
        """What to do with a request."""
        if request.verb == "POST":
            hook = ReceivedHook(request.target, dict(request.headers), request.body)
            self.received.append(hook)
            reply = self.answer(hook.path, request.header("Authorization"), hook.body)
            return Treatment(reply, self.spec.behaviour, self.spec.delay_s)
        if self.echo_app_prefix is not None and request.target.startswith("/?action=stat"):
            return Treatment(Reply(200, {"Content-Type": "text/plain"}, self.statistics()))
        return Treatment(text_reply(404, "not found"))

    def handled(self, handled: Handled) -> None:
        """Nothing: the lab's report is about the other side."""

    def strayed(self, stray: Stray) -> None:
        """Nothing, likewise."""


def tls_context(pem: Path, *, tls13_only: bool) -> ssl.SSLContext:
    """A server's context for the key and certificate in a file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if tls13_only:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def web_port(site: WebSite, listeners: Listeners) -> Receive:
    """What takes the connections to a web server's port."""

    def serve(connection: socket.socket) -> None:
        try:
            # A client that gives up is its own business.
            with contextlib.suppress(OSError, ValueError):
                _talk(site, connection)
        finally:
            listeners.forget(connection)

    def receive(connection: socket.socket) -> None:
        threading.Thread(target=serve, args=(connection,), daemon=True).start()

    return receive


def _talk(site: WebSite, connection: socket.socket) -> None:
    if site.tls is None:
        Conversation(connection, site, _LIMITS).run()
        return
    connection.settimeout(_LIMITS.request_s)
    with site.tls.wrap_socket(connection, server_side=True) as secured:
        Conversation(secured, site, _LIMITS).run()
