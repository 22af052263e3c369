"""WCS's ports from the operator, over loopback."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import free_port
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.operator_ports import OperatorPorts, operator_ports
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.probe import Outcome
from wcsdiag.target import Target
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Setting, Settings

_ADDRESS = "127.77.1.9"
_INSTALLATION = Installation("/opt/wcs", Generation.WITHOUT_MANAGER, None, "test", "test")


@contextlib.contextmanager
def _open() -> Iterator[int]:
    with socket.create_server((_ADDRESS, 0)) as server:
        yield server.getsockname()[1]


def _see(
    tmp_path: Path,
    http: int,
    https: int,
    sockets: ListeningSockets | Unavailable,
    *,
    ssh_config: str = f"Host wcs1\n  HostName {_ADDRESS}\n",
    is_local: bool = False,
) -> OperatorPorts:
    config = tmp_path / "ssh_config"
    config.write_text(ssh_config)
    values = {"http.port": Setting(str(http), "f:1"), "https.port": Setting(str(https), "f:2")}
    return operator_ports(
        HostAccess(RecordedHost(name="wcs1", is_local=is_local)),
        Target("wcs1", ssh_config=config),
        _INSTALLATION,
        Settings(values, {}, ("f",)),
        sockets,
        Lifetime(),
    )


def _listening(*ports: int, address: str = "0.0.0.0") -> ListeningSockets:
    return ListeningSockets(tuple(ListeningSocket(address, port) for port in ports), "test")


def test_an_open_and_a_closed_port_are_told_apart(tmp_path: Path) -> None:
    closed = free_port(_ADDRESS)

    with _open() as port:
        found = _see(tmp_path, port, closed, _listening(port, closed))

    assert [seen.port for seen in found.seen] == sorted((port, closed))
    assert (found.at(port) or found.seen[0]).outcome is Outcome.OK
    refused = found.at(closed)
    assert refused is not None
    assert refused.outcome is Outcome.REFUSED
    assert "refused" in refused.detail
    assert found.address == _ADDRESS


def test_ports_for_the_host_alone_are_not_tried(tmp_path: Path) -> None:
    assert _see(tmp_path, 8081, 8444, _listening(8081, address="127.0.0.1")).seen == ()


def test_without_the_hosts_sockets_all_are_tried(tmp_path: Path) -> None:
    found = _see(tmp_path, 8081, 8444, Unavailable("no ss", because="FWL102"))

    assert {8080, 8443, 8081, 8444, 50999, 2001} <= {seen.port for seen in found.seen}


def test_one_machine_has_no_two_vantages(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        _see(tmp_path, 8081, 8444, _listening(), is_local=True)


def test_behind_a_jump_host_the_operator_sees_nothing(tmp_path: Path) -> None:
    config = f"Host wcs1\n  HostName {_ADDRESS}\n  ProxyJump bastion\n"

    with pytest.raises(NotApplicable, match="bastion"):
        _see(tmp_path, 8081, 8444, _listening(), ssh_config=config)


def test_a_name_that_only_others_know_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        _see(tmp_path, 1, 2, _listening(), ssh_config="Host wcs1\n  HostName no.such.invalid\n")

    assert raised.value.because == "FWL103"
