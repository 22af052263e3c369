"""A receiver on loopback for a test, and plain clients for it."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wcsdiag.hooks.traffic import Contact
from wcsdiag.receiver.hook_site import HookSite, SeenHook
from wcsdiag.receiver.incoming import Limits
from wcsdiag.receiver.server import MOST_CONNECTIONS, ReceiverServer

HOOK = {"nodeId": "node@192.0.2.1", "appKey": "defaultApp", "sessionId": "/192.0.2.2:9/1:9"}
BODY = json.dumps(HOOK).encode()
JSON_TYPE = {"Content-Type": "application/json;charset=UTF-8"}
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Receiver:
    """A receiver that serves."""

    site: HookSite
    port: int
    open: contextlib.ExitStack

    def seen(self) -> SeenHook | Contact:
        """What came next."""
        return self.site.seen.get(timeout=PATIENCE_S)

    def hook(self) -> SeenHook:
        """The hook that came next."""
        seen = self.seen()
        assert isinstance(seen, SeenHook), seen
        return seen

    def contact(self) -> Contact:
        """The connection without a hook that came next."""
        seen = self.seen()
        assert isinstance(seen, Contact), seen
        return seen

    def saw_nothing(self) -> bool:
        """True where nothing has come."""
        try:
            self.site.seen.get_nowait()
        except queue.Empty:
            return True
        return False

    def connect(self) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def client(self) -> http.client.HTTPConnection:
        """A client that keeps its connection until the end of the test."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        self.open.callback(client.close)
        return client


@contextlib.contextmanager
def receiving(
    site: HookSite | None = None,
    *,
    limits: Limits | None = None,
    most: int = MOST_CONNECTIONS,
) -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""
    site = site or HookSite()
    server = ReceiverServer(site, ("127.0.0.1",), 0, limits=limits, most=most)
    server.start()
    try:
        with contextlib.ExitStack() as stack:
            yield Receiver(site, server.port, stack)
    finally:
        server.close()


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(
    client: http.client.HTTPConnection,
    path: str = "/hooks/connect",
    body: bytes = BODY,
    headers: Mapping[str, str] = JSON_TYPE,
) -> Answer:
    """POST over the client's connection."""
    client.request("POST", path, body, dict(headers))
    response = client.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


def hook_bytes(method: str = "connect", body: bytes = BODY, *headers: str) -> bytes:
    """A hook as it goes over the wire."""
    lines = [f"POST /hooks/{method} HTTP/1.1", "Host: web", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {JSON_TYPE['Content-Type']}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def everything(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)
