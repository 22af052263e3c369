"""Commands on the lab host: a real `/bin/sh`, its output as it comes, its end with the channel."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol

from wcsdiag.lab.account import Account
from wcsdiag.lab.channels import serving

_SHELL = Path("/bin/sh")
_LOOK_S = 0.1
_END_S = 2.0


class CommandChannel(Protocol):
    """What a command needs of an SSH channel."""

    @property
    def closed(self) -> bool: ...
    def recv(self, size: int, /) -> bytes: ...
    def sendall(self, data: bytes, /) -> None: ...
    def sendall_stderr(self, data: bytes, /) -> None: ...
    def send_exit_status(self, status: int, /) -> None: ...
    def close(self) -> None: ...


class Commands:
    """Runs commands as one account in one environment, and ends them all when the lab closes."""

    def __init__(self, account: Account, environment: Mapping[str, str], folder: Path) -> None:
        self._account = account
        self._environment = environment
        self._folder = folder
        self._running: dict[subprocess.Popen[bytes], threading.Thread] = {}
        self._lock = threading.Lock()
        self._closed = False

    def start(self, command: bytes, channel: CommandChannel) -> None:
        """Run a command in a thread of its own, and close the channel after it."""
        threading.Thread(target=self._run, args=(command, channel), daemon=True).start()

    def close(self) -> None:
        """Kill what still runs."""
        with self._lock:
            self._closed = True
            running = dict(self._running)
        for process in running:
            _kill(process)
        for thread in running.values():
            thread.join(_END_S)

    def _run(self, command: bytes, channel: CommandChannel) -> None:
        with serving(channel):
            process = self._begin(command)
            if process is None:
                return
            threading.Thread(target=_feed, args=(process, channel), daemon=True).start()
            try:
                _stream(process, channel)
            finally:
                _kill(process)
                _reap(process)
                with self._lock:
                    del self._running[process]
            status = process.returncode
            channel.send_exit_status(status if status >= 0 else 128 - status)

    def _begin(self, command: bytes) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            process = self._account.start(
                ["sh", "-c", os.fsdecode(command)],
                executable=_SHELL,
                environment=self._environment,
                folder=self._folder,
                stdin=subprocess.PIPE,
                output=subprocess.PIPE,
            )
            self._running[process] = threading.current_thread()
            return process


def _feed(process: subprocess.Popen[bytes], channel: CommandChannel) -> None:
    """Pass on what the client sends. Standard input ends where the client ends it or has gone."""
    if process.stdin is None:
        return
    # The command may read nothing, or be gone.
    with contextlib.suppress(OSError), process.stdin as pipe:
        while data := channel.recv(32768):
            os.write(pipe.fileno(), data)


def _stream(process: subprocess.Popen[bytes], channel: CommandChannel) -> None:
    """Pass on all output until both pipes end, or the client closes the channel."""
    with selectors.DefaultSelector() as selector:
        for pipe, send in (
            (process.stdout, channel.sendall),
            (process.stderr, channel.sendall_stderr),
        ):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, (pipe, send))
        while selector.get_map() and not channel.closed:
            for key, _ in selector.select(_LOOK_S):
                data = os.read(key.fd, 32768)
                if data:
                    key.data[1](data)
                else:
                    selector.unregister(key.data[0])
    if not channel.closed:
        process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The shell may be gone while what it started in the background is not.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    pipes: tuple[IO[bytes] | None, ...] = (process.stdout, process.stderr)
    for pipe in pipes:
        if pipe is not None:
            pipe.close()
