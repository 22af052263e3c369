"""Small servers on loopback for tests: silent ones, talkative ones, and SSH with passwords."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.server import InteractiveQuery

_ACCEPT_S = 0.05


@contextlib.contextmanager
def tcp_server(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that gives each connection to `handle` in a thread; the port it listens on."""
    ended = threading.Event()
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_ACCEPT_S)

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    continue
                connections.append(connection)
                threading.Thread(target=quietly, args=(connection,), daemon=True).start()

        def quietly(connection: socket.socket) -> None:
            with contextlib.suppress(Exception):
                handle(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join(5)
            for connection in connections:
                connection.close()


def stay_silent(connection: socket.socket) -> None:
    """Accept, and never say a word."""
    while connection.recv(1000):
        pass


def say(text: bytes) -> Callable[[socket.socket], None]:
    """Say this and hang up."""

    def handle(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(2)
            connection.recv(1000)
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                pass

    return handle


def drip(connection: socket.socket) -> None:
    """A byte now and then, without an end."""
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    """As much as the other side takes, and never a line."""
    while True:
        connection.sendall(b"x" * 65536)


class PasswordServer(paramiko.ServerInterface):
    """Knows one user; takes the password as `method` says, "password" or interactively."""

    def __init__(self, method: str, *, gives_exec: bool) -> None:
        self._method = method
        self._gives_exec = gives_exec

    def get_allowed_auths(self, username: str) -> str:
        return self._method

    def check_auth_password(self, username: str, password: str) -> int:
        return self._verdict(username == "admin" and password == "right")

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        if self._method != "keyboard-interactive" or username != "admin":
            return AUTH_FAILED
        return InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return self._verdict(responses == ["right"])

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        if self._gives_exec:
            threading.Thread(target=_answer, args=(channel, command), daemon=True).start()
        return self._gives_exec

    def check_channel_pty_request(self, *_: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        threading.Thread(target=_echo, args=(channel,), daemon=True).start()
        return True

    def _verdict(self, good: bool) -> int:
        return AUTH_SUCCESSFUL if good else AUTH_FAILED


@contextlib.contextmanager
def password_server(method: str = "password", *, gives_exec: bool = True) -> Iterator[int]:
    """An SSH server that takes admin with the password "right"; the port it listens on."""
    key = paramiko.ECDSAKey.generate()
    transports: list[paramiko.Transport] = []

    def handle(connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transports.append(transport)
        transport.add_server_key(key)
        transport.start_server(server=PasswordServer(method, gives_exec=gives_exec))

    with tcp_server(handle) as port:
        try:
            yield port
        finally:
            for transport in transports:
                transport.close()


def _answer(channel: paramiko.Channel, command: bytes) -> None:
    time.sleep(0.05)
    channel.sendall(b"you said " + command + b"\n")
    channel.close()


def _echo(channel: paramiko.Channel) -> None:
    with contextlib.suppress(OSError):
        channel.sendall(b"% ")
        while data := channel.recv(1000):
            channel.sendall(b"echo " + data)
