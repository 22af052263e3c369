"""One thread that accepts the connections of all listening sockets of a lab."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

Receive = Callable[[socket.socket], None]
"""Takes over a new connection. It must not wait: it starts a thread where there is work."""


class Listeners:
    """Accepts connections, and closes every one that is still open when the lab closes."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._accept, name="lab-listeners", daemon=True)

    def add(self, listener: socket.socket, receive: Receive) -> None:
        """Hand the connections of a listening socket to `receive`. Only before `start`."""
        listener.settimeout(0)
        self._selector.register(listener, selectors.EVENT_READ, receive)

    def start(self) -> None:
        """Begin to accept."""
        self._thread.start()

    def forget(self, connection: socket.socket) -> None:
        """Close a connection that is done with."""
        with self._lock:
            self._connections.discard(connection)
        _close(connection)

    def close(self) -> None:
        """Close all listening sockets and all connections. Can be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.send(b"x")
        if self._thread.is_alive():
            self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        self._wake.close()
        with self._lock:
            connections, self._connections = self._connections, set()
        for connection in connections:
            _close(connection)

    def _accept(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select():
                if key.fileobj is not self._woken and isinstance(key.fileobj, socket.socket):
                    self._take(key.fileobj, key.data)

    def _take(self, listener: socket.socket, receive: Receive) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            receive(connection)


def _close(connection: socket.socket) -> None:
    # Closing alone frees no thread that is in the middle of a read: shutdown does.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()
