"""Where the receiver listens, and how many connections it bears."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.receiver.support import PATIENCE_S, everything, hook_bytes, post, receiving
from tests.support import free_port, require
from wcsdiag.errors import UsageError
from wcsdiag.receiver.hook_site import HookSite
from wcsdiag.receiver.server import LOOPBACK, ReceiverServer


@contextlib.contextmanager
def listening(*addresses: str, port: int = 0) -> Iterator[ReceiverServer]:
    server = ReceiverServer(HookSite(), addresses, port)
    server.start()
    try:
        yield server
    finally:
        server.close()


def status_at(address: str, port: int) -> int:
    client = http.client.HTTPConnection(address, port, timeout=PATIENCE_S)
    with contextlib.closing(client):
        return post(client).status


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def test_both_loopback_addresses_have_the_same_free_port() -> None:
    require(has_ipv6(), "this machine has no ::1")
    with listening(*LOOPBACK) as server:
        assert server.addresses == (f"127.0.0.1:{server.port}", f"[::1]:{server.port}")
        assert [status_at(address, server.port) for address in LOOPBACK] == [200, 200]


def test_an_address_that_is_not_here_does_not_matter_where_another_is() -> None:
    with listening("127.0.0.1", "192.0.2.1") as server:
        assert server.addresses == (f"127.0.0.1:{server.port}",)


@pytest.mark.parametrize("address", ["192.0.2.1", "no-such-name.invalid", "a" * 300])
def test_an_address_that_cannot_be_had_alone_is_an_error_with_a_hint(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        ReceiverServer(HookSite(), (address,), 0)
    assert "Errno" not in str(caught.value)
    assert "ip -brief address" in caught.value.hint


@pytest.mark.parametrize("address", LOOPBACK)
def test_a_port_that_is_taken_is_an_error_that_names_it(address: str) -> None:
    require(has_ipv6(), "this machine has no ::1")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of {address} is taken"):
            ReceiverServer(HookSite(), LOOPBACK, port)


def test_the_wildcard_of_ipv6_takes_ipv4_too() -> None:
    require(has_ipv6(), "this machine has no ::1")
    with listening("::") as server:
        assert status_at("127.0.0.1", server.port) == 200


def test_the_port_is_free_again_at_the_end() -> None:
    port = free_port()
    for _ in range(2):
        with listening("127.0.0.1", port=port):
            assert status_at("127.0.0.1", port) == 200


def test_three_hundred_connections_at_once_all_get_their_answer() -> None:
    answers: list[bytes] = []
    with receiving() as receiver, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(receiver.connect()) for _ in range(300)]

        def exchange(connection: socket.socket) -> None:
            connection.sendall(hook_bytes())
            answers.append(connection.recv(65536))

        threads = [threading.Thread(target=exchange, args=(each,)) for each in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
    assert len(answers) == 300
    assert all(answer.startswith(b"HTTP/1.1 200 OK") for answer in answers)


def test_idle_connections_make_room_for_a_new_one() -> None:
    with receiving(most=3) as receiver, contextlib.ExitStack() as stack:
        idle = [stack.enter_context(receiver.connect()) for _ in range(3)]
        assert post(receiver.client()).status == 200
        assert everything(idle[0]) == b""


def test_the_end_does_not_wait_for_connections() -> None:
    with contextlib.ExitStack() as stack:
        with receiving() as receiver:
            idle = stack.enter_context(receiver.connect())
            idle.sendall(hook_bytes())
            assert idle.recv(65536)
            half = stack.enter_context(receiver.connect())
            half.sendall(hook_bytes()[:-1])
        assert everything(idle) == b""
        # What was sent before the end and read by nobody makes of it a reset.
        with contextlib.suppress(ConnectionResetError):
            everything(half)
