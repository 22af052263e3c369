"""What the lab host connects to: its own 127.0.0.1, the web server, and nothing beyond the lab."""

from __future__ import annotations

from collections.abc import Iterator

import paramiko
import pytest

from tests.lab.clients import accepts, host_login, open_ssh
from wcsdiag.lab.lab import Lab, open_lab, open_scenario
from wcsdiag.lab.scenario import LabHost, Scenario

HOOK = b"POST /hooks/connect HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}"


def tunnel(transport: paramiko.Transport, address: str, port: int) -> paramiko.Channel:
    channel = transport.open_channel("direct-tcpip", (address, port), ("127.0.0.1", 0), timeout=5)
    channel.settimeout(5)
    return channel


def ask(channel: paramiko.Channel, request: bytes) -> bytes:
    channel.sendall(request)
    return b"".join(iter(lambda: channel.recv(4096), b""))


@pytest.fixture
def lab() -> Iterator[Lab]:
    with open_lab() as opened:
        yield opened


def test_a_tunnel_reaches_the_web_server(lab: Lab) -> None:
    with host_login(lab) as transport:
        answer = ask(tunnel(transport, lab.addresses.web_server, 9091), HOOK)
    assert answer.startswith(b"HTTP/1.1 200")
    assert lab.hooks_received[0].path == "/hooks/connect"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "::1"])
def test_the_hosts_own_loopback_is_the_labs(lab: Lab, name: str) -> None:
    with host_login(lab) as transport:
        assert tunnel(transport, name, 2001).recv(8).startswith(b"SSH-2.0-")
        request = HOOK.replace(b"/hooks", b"/apps/EchoApp")
        assert ask(tunnel(transport, name, 8081), request).startswith(b"HTTP/1.1 200")


def test_private_ports_are_not_reachable_from_the_operator(lab: Lab) -> None:
    assert accepts(lab.addresses.public, 8080)
    assert not accepts(lab.addresses.public, 2001)
    assert not accepts(lab.addresses.public, 50999)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1", "Connection refused"),
        ("203.0.113.5", "Network is unreachable"),
        ("nobody.invalid", "Name or service not known"),
    ],
)
def test_a_failure_carries_the_words_of_openssh(lab: Lab, address: str, reason: str) -> None:
    ran = open_ssh(lab, "-v", "-W", f"{address}:5")
    assert f"open failed: connect failed: {reason}" in ran.stderr


def test_forwarding_can_be_switched_off() -> None:
    with open_scenario(Scenario(host=LabHost(forwarding=False))) as lab:
        with host_login(lab) as transport, pytest.raises(paramiko.ChannelException) as caught:
            tunnel(transport, lab.addresses.web_server, 9091)
        assert caught.value.code == 1


def test_a_filtered_port_gives_no_answer_to_the_host_alone() -> None:
    with open_lab("port-filtered") as lab, host_login(lab) as transport:
        with pytest.raises(paramiko.SSHException, match="Timeout"):
            transport.open_channel(
                "direct-tcpip",
                (lab.addresses.web_server, 9091),
                ("127.0.0.1", 0),
                timeout=0.5,
            )
        assert transport.is_active()
        assert tunnel(transport, "127.0.0.1", 2001).recv(8).startswith(b"SSH-2.0-")
        assert accepts(lab.addresses.web_server, 9091)


def test_a_rejected_port_has_no_route() -> None:
    with open_lab("port-rejected") as lab:
        ran = open_ssh(lab, "-v", "-W", f"{lab.addresses.web_server}:9091")
        assert "No route to host" in ran.stderr


def test_an_alias_leads_the_host_to_the_labs_web_server() -> None:
    with open_lab("ipv6-only-name") as lab, host_login(lab) as transport:
        assert ask(tunnel(transport, "2001:db8::9", 9091), HOOK).startswith(b"HTTP/1.1 200")
