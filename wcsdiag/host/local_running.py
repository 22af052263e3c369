"""A command of this machine that goes on, whose output is read as it comes."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO

from wcsdiag.host import process

_CHUNK = 1 << 16
_TO_END_BY_ITSELF_S = 1.0


class LocalCommand:
    """A `RunningCommand` made of a process. What is not read waits in its pipes."""

    def __init__(
        self,
        running: subprocess.Popen[bytes],
        forget: Callable[[subprocess.Popen[bytes]], None],
    ) -> None:
        self._running = running
        self._forget = forget
        self._errors = bytearray()
        self._lock = threading.Lock()
        self._closed = False
        assert running.stdout is not None
        assert running.stderr is not None
        self._outputs: set[IO[bytes]] = {running.stdout, running.stderr}

    def read(self, timeout_s: float, /) -> bytes | None:
        """See `RunningCommand.read`."""
        end = time.monotonic() + timeout_s
        while not self._closed:
            left = max(0.0, end - time.monotonic())
            if self._running.stdout not in self._outputs:
                return self._ended(left)
            ready = self._ready(left)
            if not ready:
                return None
            for output in ready:
                data = os.read(output.fileno(), _CHUNK)
                if not data:
                    self._outputs.discard(output)
                elif output is self._running.stdout:
                    return data
                else:
                    self._keep(data)
        return b""

    @property
    def error_text(self) -> str:
        """See `RunningCommand.error_text`."""
        return self._errors.decode("utf-8", "replace").strip()

    @property
    def exit_status(self) -> int | None:
        """See `RunningCommand.exit_status`."""
        status = self._running.poll()
        return status if status is not None and status >= 0 else None

    def close(self) -> None:
        """See `RunningCommand.close`. What does not end by itself within a second is killed."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        assert self._running.stdin is not None
        with contextlib.suppress(OSError):
            self._running.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running.wait(_TO_END_BY_ITSELF_S)
        self._take_last_words()
        process.kill(self._running)
        self._running.wait()
        for output in (self._running.stdout, self._running.stderr):
            if output is not None:
                output.close()
        self._forget(self._running)

    def _ready(self, timeout_s: float) -> list[IO[bytes]]:
        """Those of the outputs that have something to say, stderr first."""
        with selectors.DefaultSelector() as selector:
            for output in self._outputs:
                selector.register(output, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(timeout_s)}
        both = (self._running.stderr, self._running.stdout)
        return [output for output in both if output is not None and output in ready]

    def _ended(self, timeout_s: float) -> bytes:
        """The end of the output; its status and last words come with it or right after."""
        while self._outputs and (ready := self._ready(min(timeout_s, _TO_END_BY_ITSELF_S))):
            for output in ready:
                data = os.read(output.fileno(), _CHUNK)
                if not data:
                    self._outputs.discard(output)
                self._keep(data)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running.wait(min(timeout_s, _TO_END_BY_ITSELF_S))
        return b""

    def _take_last_words(self) -> None:
        errors = self._running.stderr
        assert errors is not None
        if errors in self._outputs and errors in self._ready(0.0):
            self._keep(os.read(errors.fileno(), _CHUNK))

    def _keep(self, data: bytes) -> None:
        self._errors += data[: max(0, process.STDERR_LIMIT - len(self._errors))]
