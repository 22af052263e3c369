from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator

import pytest

from tests.checks.samples_url import NEW, OLD, installation, settings
from tests.support import free_port
from tests.support_web import Behaviour, answer, drip, serving
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.pool_counters import (
    PoolCounters,
    PoolReading,
    parse_statistics,
    pool_counters,
    reading_of,
)
from wcsdiag.host.local import LocalHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.wcs.generation import Generation

HEADING = "-----Connection Stats-----\nconnections=3\nconnections_websocket=3\n"


def page(leased: int, available: int, pending: int) -> bytes:
    pool = f"ports_rest_api_leased={leased}\nports_rest_api_available={available}\n"
    return f"{HEADING}{pool}ports_rest_api_pending={pending}\n".encode()


def pages(*bodies: bytes) -> Behaviour:
    following: Iterator[bytes] = itertools.cycle(bodies)

    def behave(connection: socket.socket, request: bytes) -> None:
        assert request.startswith(b"GET /?action=stat HTTP/1.1\r\n")
        answer("200 OK", "text/plain", next(following))(connection, request)

    return behave


def ask(port: int, generation: Generation = NEW) -> PoolCounters:
    lifetime = Lifetime(timeout_s=1.0, deadline_s=2.0)
    access = HostAccess(LocalHost("localhost", lifetime))
    known = settings(f"http.port={port}\n")
    return pool_counters(access, installation(generation), known, lifetime)


def asked(behaviour: Behaviour) -> PoolCounters:
    with serving(behaviour) as server:
        return ask(server.port)


def test_the_page_is_read_twice() -> None:
    found = asked(pages(page(2, 98, 0), page(5, 95, 0)))
    assert found.first == PoolReading(2, 98, 0)
    assert found.second == PoolReading(5, 95, 0)


def test_waiting_hooks_are_looked_at_again_after_a_pause() -> None:
    found = asked(pages(page(100, 0, 7), page(100, 0, 9)))
    assert (found.first.pending, found.second.pending) == (7, 9)


@pytest.mark.parametrize(
    "behaviour",
    [
        pages(HEADING.encode()),
        answer("404 Not Found", "text/plain", b"no"),
        answer("200 OK", "text/html", b"<html>ports_rest_api_leased=1</html>"),
        lambda connection, _: connection.sendall(b"220 mail.lab ESMTP\r\n"),
        lambda connection, _: None,
        lambda connection, _: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"),
    ],
    ids=[
        "older build",
        "404",
        "a page of something else",
        "not HTTP",
        "closes",
        "breaks off",
    ],
)
def test_where_the_counters_are_not_there_the_check_does_not_apply(behaviour: Behaviour) -> None:
    with pytest.raises(NotApplicable):
        asked(behaviour)


def test_a_page_that_never_comes_ends_at_the_limit_and_leaves_the_question_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unavailable) as raised:
        ask(silent.getsockname()[1])
    assert "within 1 s" in raised.value.reason
    assert raised.value.because == "HKS109"
    with pytest.raises(Unavailable):
        asked(drip)


def test_an_endless_answer_ends_at_a_limit_of_bytes() -> None:
    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + page(1, 9, 0))
        while True:
            connection.sendall(b"x" * 65536)

    assert asked(endless).second == PoolReading(1, 9, 0)


def test_a_closed_port_is_unavailable_and_leads_to_the_ports() -> None:
    with pytest.raises(Unavailable) as raised:
        ask(free_port())
    assert raised.value.because == "FWL102"


def test_with_manager_the_hooks_are_not_sent_from_this_pool() -> None:
    with pytest.raises(NotApplicable, match="Manager"):
        ask(1, OLD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1\r\n b = 2 \nc=-1\nd=x\ne=\n=3\n-----Name-----\n", {"a": 1, "b": 2}),
        ("a=1\na=2\n", {"a": 2}),
        (f"a={'9' * 40}\n\x00=1\n", {}),
    ],
)
def test_only_whole_numbers_are_counters(text: str, expected: dict[str, int]) -> None:
    assert parse_statistics(text) == expected


def test_a_pool_needs_all_three_counters() -> None:
    assert reading_of({"ports_rest_api_leased": 1, "ports_rest_api_pending": 0}) is None
