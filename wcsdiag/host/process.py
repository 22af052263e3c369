"""One command of this machine: its own process group, bounded in size and time."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from typing import IO

from wcsdiag.host.interface import CommandResult

STDERR_LIMIT = 64 << 10
_CHUNK = 1 << 16


def start(command: str, *, has_input: bool = False) -> subprocess.Popen[bytes]:
    """Start a shell command in a session of its own; its input is empty, or a pipe of ours.

    Raises `OSError`.
    """
    environment = {**os.environ, "LC_ALL": "C"}
    environment["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return subprocess.Popen(  # noqa: S603 - templates are fixed, their arguments quoted
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=environment,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the command and all that it started, also what has left its process group."""
    if process.poll() is None:
        _kill_descendants(process.pid)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def _kill_descendants(pid: int) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        for descendant in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                descendant.kill()


def finish(
    process: subprocess.Popen[bytes], command: str, *, limit: int, timeout_s: float
) -> CommandResult:
    """Take the command's output to its end. Past `limit` bytes it is killed.

    Raises `TimeoutError`; whatever happens, nothing of the command is left.
    """
    end = time.monotonic() + timeout_s
    with process:
        try:
            stdout, stderr = _drain(process, limit, end)
            if len(stdout) > limit:
                return CommandResult(command, None, stdout[:limit], stderr, truncated=True)
            status = process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        finally:
            kill(process)
    return CommandResult(command, status if status >= 0 else None, stdout, stderr)


def _drain(process: subprocess.Popen[bytes], limit: int, end: float) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    assert process.stderr is not None
    outputs: dict[IO[bytes], bytearray] = {
        process.stdout: bytearray(),
        process.stderr: bytearray(),
    }
    with selectors.DefaultSelector() as selector:
        for output in outputs:
            selector.register(output, selectors.EVENT_READ)
        while selector.get_map() and len(outputs[process.stdout]) <= limit:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in selector.select(left):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fd == process.stdout.fileno():
                    outputs[process.stdout] += data
                else:
                    outputs[process.stderr] += data[
                        : max(0, STDERR_LIMIT - len(outputs[process.stderr]))
                    ]
    return bytes(outputs[process.stdout]), bytes(outputs[process.stderr])
