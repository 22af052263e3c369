"""Probes through a program of the host, where a real SSH server forwards no connections."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.support import free_port
from tests.support_sshd import connected, running_sshd
from tests.support_web import answer, json_answer, serving
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.ssh import SshHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.host_tools import connect_by_tool
from wcsdiag.net.probe import Outcome, Phase, Probe, Vantage
from wcsdiag.net.prober import Hook, ProbeRequest, probe


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    directory = tmp_path_factory.mktemp("sshd")
    with (
        running_sshd(directory, ("AllowTcpForwarding no",)) as sshd,
        connected(sshd) as host,
    ):
        yield host


def probed(host: SshHost, url: str, port: int) -> Probe:
    request = ProbeRequest(url, "http", "127.0.0.1", port, Hook(url, b'{"nodeId":"n"}'))
    tool = partial(connect_by_tool, host)
    return probe(Vantage.HOST, host, request, Lifetime(5, deadline_s=20), tool)


def test_given_denied_forwarding_then_the_answer_comes_through_a_program(host: SshHost) -> None:
    with serving(json_answer({"nodeId": "n"})) as server:
        seen = probed(host, server.url(), server.port)

    assert seen.tool == "python3"
    assert [(each.phase, each.outcome) for each in seen.phases] == [
        (Phase.NAME, Outcome.OK),
        (Phase.CONNECT, Outcome.OK),
        (Phase.HTTP, Outcome.OK),
    ]
    assert seen.answer is not None
    assert b"nodeId" in seen.answer.body


def test_given_a_closed_port_then_the_programs_own_words_are_kept(host: SshHost) -> None:
    with pytest.raises(HostError, match=r"Connection refused \(python3\)") as raised:
        host.open_relay("127.0.0.1", free_port())

    assert raised.value.reason is HostFailure.REFUSED


def test_given_many_relays_then_each_gives_its_session_back(host: SshHost) -> None:
    with serving(answer()) as server:
        for _ in range(12):
            host.open_relay("127.0.0.1", server.port).stream.close()

    assert host.run("echo still here").text == "still here\n"
