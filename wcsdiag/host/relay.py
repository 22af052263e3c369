"""A TCP connection that a program of the host makes, for SSH servers that forward none.

The program copies between the connection and a session of SSH, so that everything above is the
same as over a forwarded connection, and nothing that is sent stands in a command line.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import LiteralString

import paramiko  # noqa: TID253 - this module is imported inside functions alone

from wcsdiag.host.command import in_posix_shell, shell_command
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.operator import where
from wcsdiag.host.session import start_command
from wcsdiag.host.stream_socket import StreamSocket
from wcsdiag.host.tcp_channel import ChannelStream
from wcsdiag.host.transport import HostTransport

LONGEST_S = 120.0
"""The host itself ends a relay after this, should we not live to close it."""

PROGRAMS = ("python3", "bash", "nc")
"""The programs that can relay, in the order in which they are looked for. curl is none of them: it
has exit codes alone, and dash has no /dev/tcp."""

# First the program's name, then "open" once connected; errors have the system's own words.
RELAY: LiteralString = (
    "set -- %s %s %s; "
    "if command -v python3 >/dev/null 2>&1; then echo python3; exec python3 -u -c '"
    "import os, socket, sys, threading\n"
    "try: peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))\n"
    'except OSError as error: sys.exit(error.strerror or "timed out")\n'
    "peer.settimeout(None)\n"
    'os.write(1, b"open\\n")\n'
    "def send():\n"
    '    for data in iter(lambda: os.read(0, 65536), b""): peer.sendall(data)\n'
    "    os._exit(0)\n"
    "threading.Thread(target=send, daemon=True).start()\n"
    'for data in iter(lambda: peer.recv(65536), b""): os.write(1, data)\n'
    'os._exit(0)\' "$1" "$2" "$3"; fi; '
    "if command -v bash >/dev/null 2>&1; then echo bash; "
    'exec bash -c \'exec 3<>"/dev/tcp/$0/$1" && echo open && '
    '{ cat <&0 >&3 & cat <&3; kill $! 2>/dev/null; }\' "$1" "$2"; fi; '
    # nc does not say when it is connected: the port is tried first, then asked for good.
    "if command -v nc >/dev/null 2>&1; then echo nc; "
    'nc -vz -w "$((${3%%.*} + 1))" "$1" "$2" </dev/null && echo open && exec nc "$1" "$2"; fi'
)
_LONGEST_LINE = 64
_REASONS = (
    ("refused", HostFailure.REFUSED),
    ("timed out", HostFailure.TIMED_OUT),
    ("no route", HostFailure.NO_ROUTE),
    ("unreachable", HostFailure.NO_ROUTE),
    ("not permitted", HostFailure.NO_ROUTE),
    ("permission denied", HostFailure.NO_ROUTE),
    ("reset", HostFailure.CLOSED_EARLY),
)


@dataclass(frozen=True)
class Relay:
    """The connection, and the program that made it."""

    stream: StreamSocket
    program: str


class _RelayStream(ChannelStream):
    def __init__(
        self, channel: paramiko.Channel, transport: HostTransport, release: Callable[[], None]
    ) -> None:
        super().__init__(channel, transport)
        self._release = release

    def close(self) -> None:
        super().close()
        self._release()


def start_relay(
    channel: paramiko.Channel,
    transport: HostTransport,
    address: str,
    port: int,
    timeout_s: float,
    release: Callable[[], None],
) -> Relay:
    """Connect on that session. `release` is called when the connection is closed.

    Raises `HostError` with the program's own words; CHANNEL_REFUSED where the host has none.
    """
    end = time.monotonic() + timeout_s
    place = where(address, port)
    command = shell_command(RELAY, (address, str(port), f"{timeout_s:.1f}"))
    try:
        start_command(channel, in_posix_shell(command, LONGEST_S), timeout_s=timeout_s)
        program = _line(channel, end)
        answer = _line(channel, end) if program else ""
    except TimeoutError as error:
        message = f"{place}: no answer within {timeout_s:.1f} s (wcsdiag's own limit)"
        raise HostError(HostFailure.TIMED_OUT, message) from error
    if program not in PROGRAMS:
        reason = f"the host has none of {', '.join(PROGRAMS)} to connect with"
        raise HostError(HostFailure.CHANNEL_REFUSED, f"{place}: {reason}")
    if answer != "open":
        raise _failure(channel, place, program)
    stream = _RelayStream(channel, transport, release)
    return Relay(StreamSocket(stream, timeout_s=timeout_s), program)


def _line(channel: paramiko.Channel, end: float) -> str:
    """One line without its end; what there is, where the output ends before."""
    line = b""
    while len(line) < _LONGEST_LINE:
        channel.settimeout(max(0.01, end - time.monotonic()))
        byte = channel.recv(1)
        if byte in {b"", b"\n"}:
            break
        line += byte
    return line.decode("utf-8", "replace")


def _failure(channel: paramiko.Channel, place: str, program: str) -> HostError:
    channel.settimeout(1.0)
    try:
        said = channel.recv_stderr(2000).decode("utf-8", "replace").strip().splitlines()
    except TimeoutError:
        said = []
    words = said[-1] if said else "no connection, and no word why"
    known = (reason for text, reason in _REASONS if text in words.lower())
    return HostError(next(known, HostFailure.FAILED), f"{place}: {words} ({program})")
