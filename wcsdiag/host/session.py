"""One command on one session channel: both outputs drained together, bounded in size and time.

No file objects of paramiko's: collected by the garbage collector, they send packets on channels
that are closed already, and the server drops the whole connection.
"""

from __future__ import annotations

import threading
import time

import paramiko  # noqa: TID253 - this module is imported inside functions alone
from paramiko.common import cMSG_CHANNEL_REQUEST  # noqa: TID253

from wcsdiag.host.interface import CommandResult

STDERR_LIMIT = 64 << 10
_CHUNK = 1 << 16


class SessionRefusedError(Exception):
    """The server opened a session, but not what was asked of it."""


class _Wake(threading.Event):
    """Set by either of a channel's buffers; only the reader clears it."""

    def clear(self) -> None:
        """A buffer that ran empty says nothing about the other."""

    def rearm(self) -> None:
        """From now on, wait for news."""
        super().clear()


def execute(
    channel: paramiko.Channel,
    command: str,
    *,
    limit: int,
    timeout_s: float,
    needs_status: bool = True,
) -> CommandResult:
    """Run a command. Past `limit` bytes of output it is stopped and the result is truncated.

    Without `needs_status` the end of the output is the end, for a server that sends no status.

    Raises `SessionRefusedError`, `TimeoutError`, `ConnectionError`. The channel is closed then,
    and the command was told to end.
    """
    end = time.monotonic() + timeout_s
    try:
        message = _request(channel, "exec", wants_reply=True)
        message.add_string(command)
        _ask(channel, message, timeout_s, "run a command")
        stdout, stderr = _drain(channel, limit, end)
        if len(stdout) > limit:
            terminate(channel)
            return CommandResult(command, None, stdout[:limit], stderr, truncated=True)
        if needs_status:
            _wait(channel.status_event, end)
    except TimeoutError:
        terminate(channel)
        raise
    finally:
        channel.close()
    if channel.exit_status < 0 and not channel.get_transport().is_active():
        raise ConnectionError("the SSH connection was lost")
    status = channel.exit_status if channel.exit_status >= 0 else None
    return CommandResult(command, status, stdout, stderr)


def start_shell(channel: paramiko.Channel, *, width: int, height: int, timeout_s: float) -> None:
    """An interactive shell on a pseudo-terminal that neither wraps nor pages.

    Raises as `execute`; the channel is closed then.
    """
    try:
        terminal = _request(channel, "pty-req", wants_reply=True)
        terminal.add_string("dumb")
        for number in (width, height, 0, 0):
            terminal.add_int(number)
        terminal.add_string("")
        _ask(channel, terminal, timeout_s, "give a terminal")
        _ask(channel, _request(channel, "shell", wants_reply=True), timeout_s, "start a shell")
    except BaseException:
        channel.close()
        raise


def start_command(channel: paramiko.Channel, command: str, *, timeout_s: float) -> None:
    """A command that goes on. Raises as `execute`; the channel is closed then."""
    try:
        message = _request(channel, "exec", wants_reply=True)
        message.add_string(command)
        _ask(channel, message, timeout_s, "run a command")
    except BaseException:
        channel.close()
        raise


def terminate(channel: paramiko.Channel) -> None:
    """Ask the server to end the command (RFC 4254 section 6.9): closing alone would not."""
    if channel.closed or not channel.get_transport().is_active():
        return
    message = _request(channel, "signal", wants_reply=False)
    message.add_string("TERM")
    channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]  # noqa: SLF001


def _ask(channel: paramiko.Channel, message: paramiko.Message, timeout_s: float, what: str) -> None:
    """Send a request and wait for its answer; Channel.exec_command would wait without a limit."""
    channel._event_pending()  # type: ignore[attr-defined]  # noqa: SLF001
    channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]  # noqa: SLF001
    _wait(channel.event, time.monotonic() + timeout_s)
    if channel.event_ready:
        return
    if not channel.get_transport().is_active():
        raise ConnectionError("the SSH connection was lost")
    raise SessionRefusedError(f"the SSH server would not {what}")


def _request(channel: paramiko.Channel, kind: str, *, wants_reply: bool) -> paramiko.Message:
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string(kind)
    message.add_boolean(wants_reply)
    return message


def _drain(channel: paramiko.Channel, limit: int, end: float) -> tuple[bytes, bytes]:
    """Both outputs to their end; stdout at most one chunk beyond `limit`, stderr to its own."""
    wake = _Wake()
    channel.in_buffer.set_event(wake)
    channel.in_stderr_buffer.set_event(wake)
    stdout, stderr = bytearray(), bytearray()
    while True:
        wake.rearm()
        ended = channel.eof_received or channel.closed
        while channel.recv_ready() and len(stdout) <= limit:
            stdout += channel.recv(_CHUNK)
        while channel.recv_stderr_ready():
            data = channel.recv_stderr(_CHUNK)
            stderr += data[: max(0, STDERR_LIMIT - len(stderr))]
            if time.monotonic() >= end:
                raise TimeoutError
        if ended or len(stdout) > limit:
            return bytes(stdout), bytes(stderr)
        _wait(wake, end)


def _wait(event: threading.Event, end: float) -> None:
    if not event.wait(max(0.0, end - time.monotonic())):
        raise TimeoutError
