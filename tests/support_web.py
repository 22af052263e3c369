"""Small web servers for tests that answer as they should, or misbehave in one way."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]
"""Gets a connection and the request that came over it; the connection is closed afterwards."""


@dataclass
class WebServer:
    """A server on 127.0.0.1. `requests` are the requests as they came, head and body."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    def url(self, scheme: str = "http", host: str = "127.0.0.1", path: str = "/hooks") -> str:
        """A REST URL of this server."""
        return f"{scheme}://{host}:{self.port}{path}"


@contextlib.contextmanager
def serving(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """A server that treats each connection so, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = WebServer(listener.getsockname()[1])
        ended = threading.Event()

        def serve(plain: socket.socket) -> None:
            with contextlib.suppress(OSError), plain:
                plain.settimeout(20)
                connection = tls.wrap_socket(plain, server_side=True) if tls else plain
                with connection:
                    request = _request(connection)
                    server.requests.append(request)
                    behaviour(connection, request)

        def accept() -> None:
            while not ended.is_set():
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(plain,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield server
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)


def answer(
    status: str = "200 OK",
    content_type: str | None = "application/json;charset=UTF-8",
    body: bytes | None = None,
    **headers: str,
) -> Behaviour:
    """Answer with this; without `body`, with the body of the request."""

    def behave(connection: socket.socket, request: bytes) -> None:
        content = request.partition(b"\r\n\r\n")[2] if body is None else body
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}"]
        lines += [f"Content-Type: {content_type}"] if content_type else []
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    return behave


def json_answer(value: object) -> Behaviour:
    """Answer with 200 and this as JSON."""
    return answer(body=json.dumps(value).encode())


def send(*parts: bytes, times: int = 1) -> Behaviour:
    """Send these bytes as they are, the last part `times` over."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        for part in parts[:-1]:
            connection.sendall(part)
        for _ in range(times):
            connection.sendall(parts[-1])

    return behave


def silent(connection: socket.socket, _request: bytes) -> None:
    """Say nothing until the client leaves."""
    connection.recv(1)


def drip(connection: socket.socket, _request: bytes) -> None:
    """A header at once, and then a byte of the body from time to time, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    waiting = threading.Event()
    while not waiting.wait(0.05):
        connection.sendall(b"x")


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
