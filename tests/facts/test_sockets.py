"""Listening sockets."""

from __future__ import annotations

import socket

import pytest

from tests.wcs_machine import cases
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.sockets import (
    ListeningSocket,
    listening_sockets,
    parse_proc_net_tcp,
    parse_ss,
)
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.local import LocalHost
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable


def _text(found: tuple[ListeningSocket, ...]) -> str:
    return "\n".join(f"{s} loopback" if s.is_loopback_only else str(s) for s in found)


@cases("ss")
def test_ss(printed: str, expected: str) -> None:
    assert _text(parse_ss(printed)) == expected


@cases("proc_net_tcp")
def test_proc_net_tcp(printed: str, expected: str) -> None:
    assert _text(parse_proc_net_tcp(printed)) == expected


def test_a_socket_of_this_machine_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = listening_sockets(HostAccess(LocalHost("localhost", Lifetime())))

    assert found.on(port) == (ListeningSocket("127.0.0.1", port),)


@pytest.mark.parametrize("answer", ["", HostError(HostFailure.TIMED_OUT, "too slow")])
def test_without_an_answer_they_are_unavailable(answer: str | HostError) -> None:
    host = RecordedHost(commands={"LC_ALL=C PATH...": answer})

    with pytest.raises(Unavailable) as raised:
        listening_sockets(HostAccess(host))

    assert raised.value.because == "FWL102"
