"""What may not be looked at: an ordinary user of the host, and a web server that lets nobody in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.network.needs import require_network
from tests.network.network import HOST_NAME, URL, WEB_NAME, Network, Plan, open_network
from tests.network.services import Wcs, ssh_server

_ORDINARY = ("--ssh-user", "ordinary", "--ssh-port", "2222")
_WAIT = "for i in $(seq 200); do ss -Htln | grep -q ':2222 ' && exit 0; sleep 0.05; done; exit 1"
_REFUSED = Plan(
    listen=(), wcs=Wcs(URL, failures=("java.net.ConnectException: Connection refused",) * 4)
)


@contextlib.contextmanager
def ordinary_user(network: Network, shell: str = "/bin/sh") -> Iterator[None]:
    """A second SSH server of the host, on port 2222, with a user who is nobody special."""
    files = Path("/etc/netns", network.host.namespace)
    for name, line in (
        ("passwd", f"ordinary:x:1777:1777::/tmp:{shell}"),
        ("group", "ordinary:x:1777:"),
        ("shadow", "ordinary:*:19000:0:99999:7:::"),
    ):
        (files / name).write_text(Path("/etc", name).read_text() + line + "\n")
    key = network.home / ".ssh/id_ed25519"
    folder = network.home.parent / "ordinary"
    with ssh_server(network.host, folder, key, ("Port 2222",)) as host_key:
        network.host.sh(_WAIT)
        with (network.home / ".ssh/known_hosts").open("a") as known:
            known.write(f"[{HOST_NAME}]:2222 {host_key}\n")
        yield


def report_of(network: Network, *arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = network.report(*arguments)
    return report


def test_an_ordinary_user_finds_a_healthy_host_healthy_and_is_told_what_to_grant() -> None:
    require_network()
    with open_network() as network, ordinary_user(network):
        healthy = report_of(network, *_ORDINARY)
        network.host.sh("iptables -A OUTPUT -p tcp --dport 9091 -j DROP")
        dropped = report_of(network, *_ORDINARY)
    assert (healthy["verdict"], healthy["causes"]) == ("healthy", [])
    (cause,) = dropped["causes"]
    assert cause["code"] == "FWL101"
    assert any("ordinary ALL=(root) NOPASSWD:" in line for line in cause["fix"]["commands"])


def test_a_closed_port_stays_the_cause_where_the_rules_cannot_be_read() -> None:
    require_network()
    with open_network(_REFUSED) as network, ordinary_user(network):
        report = report_of(network, *_ORDINARY)
    assert [cause["code"] for cause in report["causes"]] == ["WEB102"]


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (f"root@{WEB_NAME}:2299", "the connection was refused"),
        (f"ordinary@{HOST_NAME}:2222", "runs no commands"),
    ],
)
def test_no_way_onto_the_web_servers_machine_is_its_own_cause(login: str, reason: str) -> None:
    require_network()
    with open_network() as network, ordinary_user(network, "/usr/sbin/nologin"):
        report = report_of(network, "--web-ssh", login)
    assert report["verdict"] == "undetermined"
    (cause,) = report["causes"]
    assert cause["code"] == "FWL107"
    assert reason in cause["summary"]
    assert cause["evidence"]
    assert cause["fix"] is not None


def test_a_machine_that_the_url_does_not_mean_is_not_taken_for_the_web_server() -> None:
    require_network()
    with open_network() as network:
        healthy = report_of(network, "--web-ssh", f"root@{HOST_NAME}")
        network.web_server.sh("iptables -A INPUT -p tcp --dport 9091 -j DROP")
        dropped = report_of(network, "--web-ssh", f"root@{HOST_NAME}")
    (listening,) = [each for each in healthy["results"] if each["code"] == "FWL108"]
    assert healthy["verdict"] == "healthy"
    assert "the wrong machine" in listening["findings"][0]["summary"]
    assert dropped["causes"][0]["code"] == "FWL101"
    assert "web server's let it in" not in dropped["causes"][0]["summary"]
