"""The stand-in web server, and the HTTP port of WCS itself: a thread for each connection."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from wcsdiag.lab.listeners import Listeners, Receive
from wcsdiag.lab.scenario import Behaviour, LabWebServer
from wcsdiag.lab.web_answers import Reply, echo_app, not_admitted, reply_to

_IDLE_S = 30.0
_LARGEST_HOOK = 1 << 20
_GIBIBYTE = 1 << 30
_STATISTICS = b"-----Connection Stats-----\nconnections=0\nconnections_websocket=0\n"


@dataclass(frozen=True)
class ReceivedHook:
    """A request that the web server got."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class WebSite:
    """What a port answers. `received` keeps the latest requests; `closed` ends every delay."""

    spec: LabWebServer
    closed: threading.Event
    tls: ssl.SSLContext | None = None
    echo_app_prefix: str | None = None
    received: deque[ReceivedHook] = field(default_factory=lambda: deque(maxlen=1000))

    def answer(self, path: str, authorization: str, body: bytes) -> Reply:
        """The answer to a hook, where it is one."""
        if self.echo_app_prefix is not None:
            return echo_app(path, self.echo_app_prefix, body)
        return not_admitted(self.spec, authorization, body) or reply_to(self.spec, body)


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
    connection.settimeout(_IDLE_S)
    if site.spec.behaviour is Behaviour.NOT_HTTP:
        connection.sendall(b"220 mail.lab ESMTP ready\r\n")
        connection.recv(4096)
        connection.sendall(b"500 unrecognised command\r\n")
        return
    if site.tls is None:
        _serve_requests(site, connection)
        return
    with site.tls.wrap_socket(connection, server_side=True) as secured:
        _serve_requests(site, secured)


def _serve_requests(site: WebSite, connection: socket.socket) -> None:
    # The handler reads the server's address book and asks nothing else of it.
    server = cast("socketserver.BaseServer", None)
    _Handler(site, connection, server)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LabWebServer"
    sys_version = ""
    disable_nagle_algorithm: ClassVar[bool] = False

    def __init__(
        self, site: WebSite, connection: socket.socket, server: socketserver.BaseServer
    ) -> None:
        self._site = site
        super().__init__(connection, ("", 0), server)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        size = min(int(length), _LARGEST_HOOK) if length.isdecimal() else 0
        body = self.rfile.read(size)
        self._site.received.append(ReceivedHook(self.path, dict(self.headers.items()), body))
        authorization = self.headers.get("Authorization") or ""
        reply = self._site.answer(self.path, authorization, body)
        act = _MISBEHAVIOURS.get(self._site.spec.behaviour)
        if act is not None:
            act(self, reply)
        else:
            self.send(reply)

    def do_GET(self) -> None:
        if self._site.echo_app_prefix is not None and self.path.startswith("/?action=stat"):
            self.send(Reply(200, {"Content-Type": "text/plain"}, _STATISTICS))
        else:
            self.send(Reply(404, {"Content-Type": "text/plain"}, b"not found\n"))

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Say nothing: the lab's report is about the other side."""

    def send(self, reply: Reply) -> None:
        """Send a whole answer."""
        self.send_head(reply, len(reply.body))
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_head(self, reply: Reply, length: int) -> None:
        """Send status and headers for a body of that many bytes."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def send_slowly(self, reply: Reply) -> None:
        """Send the answer after the scenario's delay."""
        if not self._site.closed.wait(self._site.spec.delay_s):
            self.send(reply)

    def drip(self, reply: Reply) -> None:
        """Send the answer a byte a second."""
        self.send_head(reply, len(reply.body))
        for number in range(len(reply.body)):
            self.wfile.write(reply.body[number : number + 1])
            if self._site.closed.wait(1.0):
                return

    def send_too_much(self, reply: Reply) -> None:
        """Send a body of 1 GiB."""
        self.send_head(reply, _GIBIBYTE)
        chunk = b" " * 65536
        for _ in range(_GIBIBYTE // len(chunk)):
            if self._site.closed.is_set():
                return
            self.wfile.write(chunk)

    def hang_up(self, reply: Reply) -> None:
        """Close the connection without a word."""
        del reply
        self.close_connection = True


_MISBEHAVIOURS: dict[Behaviour, Callable[[_Handler, Reply], None]] = {
    Behaviour.SLOW: _Handler.send_slowly,
    Behaviour.DRIP: _Handler.drip,
    Behaviour.HUGE: _Handler.send_too_much,
    Behaviour.CLOSES_EARLY: _Handler.hang_up,
}
