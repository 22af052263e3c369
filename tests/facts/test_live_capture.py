"""tcpdump on the host: how it is found, what it is told, and what stands in its way."""

from __future__ import annotations

import subprocess

import pytest

from tests.support import require_tool
from wcsdiag.facts.live_capture import CaptureError, by_hand, capture_filter, start_capture
from wcsdiag.host.interface import CommandResult
from wcsdiag.host.recorded import RecordedHost

HEAD = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00"
FOUND = {"command -v tcpdump": "/usr/bin/tcpdump\n"}
PORTS = frozenset({9091})
DENIED = b"tcpdump: any: You don't have permission to perform this capture on that device"


def tcpdump(result: CommandResult | bytes) -> dict[str, CommandResult | bytes | str]:
    return {**FOUND, "exec tcpdump -i any...": result}


def test_it_captures_once_the_head_of_the_capture_came() -> None:
    assert start_capture(RecordedHost(commands=tcpdump(HEAD)), PORTS, 5.0).head == HEAD


def test_packets_that_were_dropped_are_counted() -> None:
    said = b"14 packets captured\n1 packet dropped by kernel\n3 packets dropped by interface\n"
    ended = CommandResult("tcpdump", 0, HEAD, said)
    assert start_capture(RecordedHost(commands=tcpdump(ended)), PORTS, 5.0).dropped == 4


def test_without_sudo_the_users_own_tcpdump_may_have_the_capability() -> None:
    host = RecordedHost(root=False, commands=tcpdump(HEAD))
    assert start_capture(host, PORTS, 5.0).head == HEAD


def test_where_it_is_not_allowed_both_refusals_and_the_ways_out_are_told() -> None:
    denied = CommandResult("tcpdump", 1, b"", DENIED)
    host = RecordedHost(root=False, commands=tcpdump(denied))
    with pytest.raises(CaptureError) as error:
        start_capture(host, PORTS, 5.0)
    assert "sudo: a password is required; tcpdump: any: You don't have" in str(error.value)
    assert "setcap cap_net_raw+ep" in error.value.hint
    assert "tcpdump -i any -s 0 -w wcs.pcap 'tcp port 9091" in error.value.hint
    assert "wcsdiag trace wcs.pcap" in error.value.hint


def test_where_there_is_no_tcpdump_other_ways_are_told() -> None:
    with pytest.raises(CaptureError, match="there is no tcpdump on wcs1") as error:
        start_capture(RecordedHost(), PORTS, 5.0)
    assert "wcsdiag logs --host wcs1" in error.value.hint


@pytest.mark.parametrize(
    ("said", "left_out"),
    [
        ("192.0.2.9 40001 192.0.2.1 22", False),
        ("192.0.2.9 40001 192.0.2.1 9091", True),
        ("2001:db8::9 40001 2001:db8::1 9091", True),
        ("", False),
        ("$(id) 40001 192.0.2.1 9091", False),
    ],
)
def test_our_own_connection_is_left_out_where_it_is_on_such_a_port(
    said: str, left_out: bool
) -> None:
    commands = {**tcpdump(HEAD), 'printf %s "$SSH_CONNECTION"': said}
    host = RecordedHost(commands=commands)
    start_capture(host, PORTS, 5.0)
    assert ("40001" in host.asked[-1]) is left_out


@pytest.mark.parametrize(
    "wanted",
    [
        capture_filter(PORTS),
        capture_filter(frozenset({80, 9091}), ("192.0.2.9", 40001)),
        capture_filter(PORTS, ("2001:db8::9", 40001)),
        by_hand(PORTS).split("'")[1],
    ],
)
def test_a_real_tcpdump_understands_the_filters(wanted: str) -> None:
    command = [require_tool("tcpdump"), "-y", "LINUX_SLL2", "-i", "any", "-d", wanted]
    assert subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
