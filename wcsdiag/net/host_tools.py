"""Connections by the host's own programs, for SSH servers that forward none.

Where the host can relay, everything can be asked through them. Else they tell whether a port is
open, and no more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wcsdiag.host.interface import Host, HostError, HostFailure, Stream
from wcsdiag.net.network import outcome_of
from wcsdiag.net.probe import Outcome

if TYPE_CHECKING:
    from wcsdiag.host.relay import Relay

# Prints the program that was used; its errors have the system's own words. Of the programs that
# a host may have, curl only has exit codes and dash has no /dev/tcp, so neither is among these.
_TRY = (
    "set -- %s %s %s; "
    "if command -v python3 >/dev/null 2>&1; then echo python3; exec python3 -c '"
    "import socket, sys\n"
    "try: socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))\n"
    'except OSError as error: sys.exit(error.strerror or "timed out")\' "$1" "$2" "$3"; fi; '
    "if command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then echo bash; "
    'exec timeout "$3" bash -c \'exec 3<>"/dev/tcp/$0/$1"\' "$1" "$2"; fi'
)
_TIMEOUT_STATUS = 124
_WORDS = (
    ("refused", Outcome.REFUSED),
    ("timed out", Outcome.TIMED_OUT),
    ("no route", Outcome.NO_ROUTE),
    ("unreachable", Outcome.NET_UNREACHABLE),
    ("not permitted", Outcome.NO_ROUTE),
    ("permission denied", Outcome.NO_ROUTE),
    ("reset", Outcome.RESET),
)


@dataclass(frozen=True)
class ToolResult:
    """What one program of the host saw: its name, and how the connection ended.

    `stream` is the connection, where the program passes on what is sent.
    """

    tool: str
    outcome: Outcome
    detail: str = ""
    stream: Stream | None = None


@runtime_checkable
class _Relaying(Protocol):
    def open_relay(self, address: str, port: int, *, timeout_s: float | None = None) -> Relay: ...


def connect_by_tool(host: Host, address: str, port: int, timeout_s: float) -> ToolResult | None:
    """Connect with a program that the host has; None where that told nothing."""
    if isinstance(host, _Relaying):
        return _relayed(host, address, port, timeout_s)
    return _tried(host, address, port, timeout_s)


def _relayed(host: _Relaying, address: str, port: int, timeout_s: float) -> ToolResult | None:
    try:
        relay = host.open_relay(address, port, timeout_s=timeout_s)
    except HostError as error:
        outcome = outcome_of(error)
        if outcome in {Outcome.FORWARDING_DENIED, Outcome.FAILED}:
            return None
        return ToolResult("a program of the host", outcome, str(error))
    return ToolResult(relay.program, Outcome.OK, stream=relay.stream)


def _tried(host: Host, address: str, port: int, timeout_s: float) -> ToolResult | None:
    seconds = max(1, math.floor(timeout_s) - 1)
    try:
        result = host.run(_TRY, address, str(port), str(seconds), timeout_s=timeout_s)
    except HostError as error:
        if error.reason is HostFailure.TIMED_OUT:
            return ToolResult("a program of the host", Outcome.TIMED_OUT, str(error))
        return None
    tool = result.text.strip()
    if tool not in {"python3", "bash"}:
        return None
    if result.exit_status == 0:
        return ToolResult(tool, Outcome.OK)
    if result.exit_status == _TIMEOUT_STATUS:
        return ToolResult(tool, Outcome.TIMED_OUT, f"no answer within {seconds} s ({tool})")
    words = result.error_text.lower()
    outcome = next((outcome for known, outcome in _WORDS if known in words), None)
    if outcome is None:
        return None
    return ToolResult(tool, outcome, f"{result.error_text.splitlines()[-1]} ({tool})")
