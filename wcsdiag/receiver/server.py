"""The listening sockets, and a thread for each connection, as many as are allowed at once."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from collections.abc import Sequence

from wcsdiag.errors import UsageError, words_of
from wcsdiag.receiver.conversation import Conversation, Site, address_text
from wcsdiag.receiver.incoming import Limits

LOOPBACK = ("127.0.0.1", "::1")
MOST_CONNECTIONS = 200

_BACKLOG = 1024
_LOOK_UP_S = 0.2
_IDLE_ENOUGH_S = 1.0
_TIME_TO_END_S = 1.0
_NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
_TRIES_FOR_A_PORT = 20
_ADDRESSES = "`ip -brief address` lists those of this machine; 0.0.0.0 is all of IPv4"


class ReceiverServer:
    """Listens from the start, serves from `start` to `close`.

    More than `most` connections at once wait in the system's queue; where they do, connections
    that idle are closed for them, the longest idle first. Raises `UsageError` where an address
    or the port cannot be had. Port 0 takes a free one, the same on all addresses.
    """

    def __init__(
        self,
        site: Site,
        addresses: Sequence[str],
        port: int,
        *,
        limits: Limits | None = None,
        most: int = MOST_CONNECTIONS,
    ) -> None:
        self._site = site
        self._limits = limits
        self._listeners = _listeners(addresses, port)
        self._free = threading.Semaphore(most)
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._conversations: dict[socket.socket, Conversation] = {}
        self._thread = threading.Thread(target=self._accept, name="receiver", daemon=True)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it listens: "127.0.0.1:9091", "[::1]:9091"."""
        return tuple(address_text(each.getsockname()) for each in self._listeners)

    @property
    def port(self) -> int:
        """The port on which it listens."""
        number: int = self._listeners[0].getsockname()[1]
        return number

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> int:
        """Close everything that is open, which ends every thread.

        Gives the number of connections in the middle of a request that did not end in time.
        """
        self._site.closed.set()
        if self._thread.is_alive():
            self._thread.join()
        for listener in self._listeners:
            listener.close()
        for connection, conversation in self._open():
            if conversation.idle_since is not None:
                _hang_up(connection)
        self._wait_for_all()
        for connection, _ in self._open():
            _hang_up(connection)
        self._wait_for_all()
        return len(self._open())

    def _open(self) -> list[tuple[socket.socket, Conversation]]:
        with self._lock:
            return list(self._conversations.items())

    def _wait_for_all(self) -> None:
        with self._lock:
            self._ended.wait_for(lambda: not self._conversations, timeout=_TIME_TO_END_S)

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            while not self._site.closed.is_set():
                for key, _ in selector.select(_LOOK_UP_S):
                    if isinstance(key.fileobj, socket.socket):
                        self._take(key.fileobj)

    def _take(self, listener: socket.socket) -> None:
        if not self._found_room():
            return
        try:
            connection, _ = listener.accept()
        except OSError:
            # The client has left, or there are no more files to open: others may close some.
            self._free.release()
            self._site.closed.wait(0.01)
            return
        self._begin(connection)

    def _found_room(self) -> bool:
        while not self._free.acquire(blocking=False):
            if self._site.closed.is_set():
                return False
            self._close_an_idle_one()
            if self._free.acquire(timeout=_LOOK_UP_S):
                return True
        return True

    def _begin(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(connection, self._site, self._limits)
        with self._lock:
            self._conversations[connection] = conversation
        threading.Thread(target=self._serve, args=(connection, conversation), daemon=True).start()

    def _serve(self, connection: socket.socket, conversation: Conversation) -> None:
        try:
            conversation.run()
        finally:
            with self._lock:
                self._conversations.pop(connection, None)
                self._ended.notify_all()
            connection.close()
            self._free.release()

    def _close_an_idle_one(self) -> None:
        before = time.monotonic() - _IDLE_ENOUGH_S
        idle = [
            (since, number, connection)
            for number, (connection, each) in enumerate(self._open())
            if (since := each.idle_since) is not None and since < before
        ]
        if idle:
            _hang_up(min(idle)[2])


def _hang_up(connection: socket.socket) -> None:
    # Closing alone frees no thread that is in the middle of a read: shutdown does.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _listeners(addresses: Sequence[str], port: int) -> tuple[socket.socket, ...]:
    for tried in range(_TRIES_FOR_A_PORT):
        opened: list[socket.socket] = []
        try:
            for family, address in _resolved(addresses):
                chosen = port or (opened[0].getsockname()[1] if opened else 0)
                with contextlib.suppress(_AbsentAddressError):
                    opened.append(_listener(family, address, chosen, needed=len(addresses) == 1))
        except UsageError:
            _close_all(opened)
            # A free port of one address may be taken on the other.
            if port or tried == _TRIES_FOR_A_PORT - 1:
                raise
            continue
        if opened:
            return tuple(opened)
    raise UsageError(f"none of {', '.join(addresses)} is an address of this machine")


class _AbsentAddressError(Exception):
    """This machine has no such address, and there are others."""


def _resolved(addresses: Sequence[str]) -> list[tuple[socket.AddressFamily, str]]:
    found: list[tuple[socket.AddressFamily, str]] = []
    for address in addresses:
        try:
            infos = socket.getaddrinfo(address, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UsageError(
                f"{address!r} is not an address to listen on: {words_of(error)}", hint=_ADDRESSES
            ) from error
        found += [(family, str(place[0])) for family, _, _, _, place in infos]
    return list(dict.fromkeys(found))


def _listener(
    family: socket.AddressFamily, address: str, port: int, *, needed: bool
) -> socket.socket:
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unusable(address, port, error, needed=needed) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            only_v6 = address != "::"
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        listener.settimeout(0)
    except OSError as error:
        listener.close()
        raise _unusable(address, port, error, needed=needed) from error
    return listener


def _unusable(
    address: str, port: int, error: OSError, *, needed: bool
) -> UsageError | _AbsentAddressError:
    if error.errno in _NOT_HERE and not needed:
        return _AbsentAddressError()
    if error.errno in _NOT_HERE:
        text = f"{address} is not an address of this machine: {words_of(error)}"
        return UsageError(text, hint=_ADDRESSES)
    if error.errno == errno.EADDRINUSE:
        hint = f"`ss -ltnp 'sport = :{port}'` names it; --port 0 takes a free one"
        return UsageError(f"port {port} of {address} is taken by another program", hint=hint)
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} of {address} needs more rights: take one above 1023")
    return UsageError(f"port {port} of {address} cannot be had: {words_of(error)}")


def _close_all(listeners: Sequence[socket.socket]) -> None:
    for listener in listeners:
        listener.close()
