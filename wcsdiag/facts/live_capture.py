"""Packets of the host as they pass: tcpdump, whose output comes through the connection.

It only looks, writes no file, and ends when we are gone (`Host.start`).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from wcsdiag.errors import WcsdiagError
from wcsdiag.host.interface import Host, RunningCommand

MOST_PACKETS = 2_000_000
"""After so many packets tcpdump ends by itself."""

_FIND = "command -v tcpdump"
# Without --immediate-mode the kernel packs packets into its buffer: far fewer are dropped.
_CAPTURE = "exec tcpdump -i any -s 0 -B 8192 -U -c %s -w - %s"
_OWN_CONNECTION = 'printf %%s "$SSH_CONNECTION"'

DELIVERED_S = 1.2
"""The longest that a packet waits in the kernel's buffer; tcpdump asks for a second."""

_ADDRESS = re.compile(r"[0-9a-fA-F.:]+")
_LOOK_UP_S = 0.2
_DROPPED = re.compile(r"^([0-9]+) packets? dropped by", re.MULTILINE)
_FAILURES = "udp port 53 or (icmp and icmp[0] == 3) or (icmp6 and ip6[40] == 1)"


class CaptureError(WcsdiagError):
    """No packets could be had of the host."""


@dataclass(frozen=True)
class LiveCapture:
    """tcpdump, running. `head` is what it wrote already: the beginning of a capture."""

    command: RunningCommand
    head: bytes

    @property
    def dropped(self) -> int:
        """Packets that tcpdump could not take in time. It says so when it has ended."""
        return sum(map(int, _DROPPED.findall(self.command.error_text)))


def start_capture(host: Host, ports: frozenset[int], timeout_s: float) -> LiveCapture:
    """Capture what goes to these ports, the name queries, and the ICMP errors.

    Through root where that is allowed; else as the user, which can do where tcpdump has the
    capability. It captures already when this returns. Raises `CaptureError` with what to do, and
    `HostError`.
    """
    if host.run(_FIND).exit_status != 0:
        raise CaptureError(
            f"there is no tcpdump on {host.name}",
            hint="install it there (the package is called tcpdump), or read what WCS logs of its "
            f"hooks: wcsdiag logs --host {host.name}",
        )
    wanted = capture_filter(ports, _own_connection(host, ports))
    end = time.monotonic() + timeout_s
    refusals = []
    for root in (True, False):
        command = host.start(_CAPTURE, str(MOST_PACKETS), wanted, root=root)
        head = _head(command, end)
        if head:
            return LiveCapture(command, head)
        refusals.append(_last_words(command))
        command.close()
    raise _refused(host, ports, [said for said in refusals if said])


def capture_filter(ports: frozenset[int], not_of: tuple[str, int] | None = None) -> str:
    """The filter in tcpdump's language. `not_of` is the client's end of a connection to leave out.

    Types 3 of ICMP and 1 of ICMPv6 are the unreachable ones (RFC 792, RFC 4443).
    """
    hooks = " or ".join(f"tcp port {port}" for port in sorted(ports))
    if not_of is not None:
        address, port = not_of
        hooks = f"({hooks}) and not (host {address} and tcp port {port})"
    return f"({hooks}) or {_FAILURES}"


def by_hand(ports: frozenset[int]) -> str:
    """The command for a person on the host."""
    hooks = " or ".join(f"tcp port {port}" for port in sorted(ports))
    return f"tcpdump -i any -s 0 -w wcs.pcap '{hooks} or udp port 53'"


def _own_connection(host: Host, ports: frozenset[int]) -> tuple[str, int] | None:
    """The client's end of our SSH connection, as the host sees it; None where it is on no port.

    sshd's SSH_CONNECTION is "CLIENT PORT SERVER PORT".
    """
    words = [] if host.is_local else host.run(_OWN_CONNECTION).text.split()
    if len(words) != 4 or not (words[1].isdecimal() and words[3].isdecimal()):
        return None
    is_captured = int(words[3]) in ports and _ADDRESS.fullmatch(words[0])
    return (words[0], int(words[1])) if is_captured else None


def _head(command: RunningCommand, end: float) -> bytes:
    """The first bytes, which tcpdump writes once it captures; none where it ended or was silent."""
    while time.monotonic() < end:
        data = command.read(_LOOK_UP_S)
        if data is not None:
            return data
    return b""


def _last_words(command: RunningCommand) -> str:
    lines = command.error_text.splitlines()
    telling = [line for line in lines if "verbose output suppressed" not in line]
    return telling[-1].strip()[:300] if telling else ""


def _refused(host: Host, ports: frozenset[int], said: list[str]) -> CaptureError:
    words = "; ".join(dict.fromkeys(said)) or "tcpdump said nothing within the time limit"
    return CaptureError(
        f"tcpdump could not capture on {host.name}: {words}",
        hint="log in as root, allow this user /bin/sh through sudo without a password, or give "
        "tcpdump the right to capture: setcap cap_net_raw+ep $(command -v tcpdump). Or capture by "
        f"hand on the host: {by_hand(ports)}; then: wcsdiag trace wcs.pcap",
    )
