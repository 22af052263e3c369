"""With --forward each hook goes to the real web server, and both sides are told."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.receiver.support import BODY, JSON_TYPE, Receiver, post, receiving
from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_tls import Authority
from tests.support_web import Behaviour, answer, drip, send, serving, silent
from wcsdiag.hooks.exchange import Failure, Outcome
from wcsdiag.hooks.signature import hash_header
from wcsdiag.receiver.behaviour import FAULTS
from wcsdiag.receiver.forwarding import Forwarder
from wcsdiag.receiver.hook_site import FaultPlan, HookSite, SeenHook
from wcsdiag.receiver.reply import Admission
from wcsdiag.redact import Secret

NGINX = """
server {{
    listen 127.0.0.1:{port};
    location = /api/hooks/connect {{
        default_type application/json;
        add_header X-Request-Type $content_type;
        add_header X-Request-Authorization $http_authorization;
        add_header X-Request-Agent $http_user_agent;
        return 200 '{{"appKey": "defaultApp"}}';
    }}
    location / {{ return 404; }}
}}
"""


def forwarding(url: str, timeout_s: float = 20.0) -> HookSite:
    return HookSite(forwarder=Forwarder(url, timeout_s))


@contextlib.contextmanager
def forwarding_to(behaviour: Behaviour, timeout_s: float = 20.0) -> Iterator[Receiver]:
    """A receiver that passes on to a web server that treats each connection so."""
    with serving(behaviour) as web, receiving(forwarding(web.url(), timeout_s)) as receiver:
        yield receiver


def seen_after_a_hook(receiver: Receiver, status: int) -> SeenHook:
    assert post(receiver.client()).status == status
    return receiver.hook()


def test_nginx_gets_the_hook_as_it_came_and_its_answer_is_judged(tmp_path: Path) -> None:
    port = free_port()
    given = {**JSON_TYPE, "Authorization": "Basic abc", "User-Agent": "Java/1.8.0_45"}
    url = f"http://127.0.0.1:{port}/api/hooks/"
    nginx = running_nginx(tmp_path, NGINX.format(port=port), port)
    with nginx, receiving(forwarding(url)) as receiver:
        got = post(receiver.client(), "/anything/connect", headers=given)
        seen = receiver.hook()
        assert post(receiver.client(), "/anything/call").status == 404
    assert (got.status, json.loads(got.body)) == (200, {"appKey": "defaultApp"})
    assert got.headers["X-Request-Type"] == JSON_TYPE["Content-Type"]
    assert got.headers["X-Request-Authorization"] == "Basic abc"
    assert got.headers["X-Request-Agent"] == "Java/1.8.0_45"
    answered, lost = seen.notes
    assert answered.startswith("the web server answered 200 in ")
    assert lost.endswith("fields of the hook do not come back: nodeId, sessionId")


def test_the_web_server_gets_body_and_path_of_its_own_rest_url() -> None:
    with serving(answer()) as web, receiving(forwarding(web.url())) as receiver:
        assert post(receiver.client(), "/other/connect").body == BODY
        (request,) = web.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /hooks/connect HTTP/1.1"
    assert f"Host: 127.0.0.1:{web.port}" in lines
    assert "Via: 1.1 wcsdiag" in lines
    assert body == BODY


def test_nobody_at_the_port_is_told_as_refused() -> None:
    with receiving(forwarding(f"http://127.0.0.1:{free_port()}")) as receiver:
        seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.failure is Failure.REFUSED
    assert seen.exchange.outcome is Outcome.FAILED
    assert "the web server gave no answer: 127.0.0.1: Connection refused" in seen.notes[0]


def test_an_unknown_name_is_told_as_such() -> None:
    with receiving(forwarding("http://no-such-name.invalid/hooks")) as receiver:
        seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.failure is Failure.NAME_NOT_FOUND


def test_a_port_that_speaks_no_tls_is_told_as_such(tmp_path: Path) -> None:
    port = free_port()
    nginx = running_nginx(tmp_path, NGINX.format(port=port), port)
    with nginx, receiving(forwarding(f"https://127.0.0.1:{port}")) as receiver:
        seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.failure is Failure.TLS


def test_a_web_server_with_tls_is_trusted_as_the_system_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    own = authority.identity("localhost", "127.0.0.1").context()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    with serving(answer(), own) as web, receiving(forwarding(web.url("https"))) as receiver:
        assert post(receiver.client()).body == BODY
    monkeypatch.delenv("SSL_CERT_FILE")
    with serving(answer(), own) as web, receiving(forwarding(web.url("https"))) as receiver:
        seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.failure is Failure.TLS
    assert "certificate verify failed" in seen.notes[0]


FAILING: dict[str, tuple[Behaviour, Failure]] = {
    "silence": (silent, Failure.TIMED_OUT),
    "drip": (drip, Failure.TIMED_OUT),
    "not HTTP": (send(b"220 mail ready\r\n"), Failure.NOT_HTTP),
    "nothing": (send(b""), Failure.CLOSED_EARLY),
    "half": (
        send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"),
        Failure.CLOSED_EARLY,
    ),
    "half of a chunk": (
        send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n123"),
        Failure.CLOSED_EARLY,
    ),
    "headers without end": (
        send(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", times=1000),
        Failure.NOT_HTTP,
    ),
    "too much": (
        send(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n", b"x" * 1000, times=3000),
        Failure.OTHER,
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_web_server_that_fails_is_told_with_the_reason(name: str) -> None:
    behaviour, failure = FAILING[name]
    with forwarding_to(behaviour, timeout_s=1.0) as receiver:
        seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.failure is failure, seen


def test_a_web_server_that_continues_for_ever_is_ended() -> None:
    behaviour = send(b"HTTP/1.1 100 Continue\r\n\r\n", times=200_000)
    with forwarding_to(behaviour, timeout_s=1.0) as receiver:
        seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.outcome is Outcome.FAILED


def test_a_packed_answer_is_passed_on_packed_and_judged_unpacked() -> None:
    packed = answer(body=gzip.compress(BODY), Content_Encoding="gzip")
    with forwarding_to(packed) as receiver:
        got = post(receiver.client())
        (note,) = receiver.hook().notes
    assert gzip.decompress(got.body) == BODY
    assert note.startswith("the web server answered 200")


def test_a_header_of_the_answer_cannot_smuggle_another() -> None:
    folded = send(b"HTTP/1.1 200 OK\r\nX-A: b\r\n X-Smuggled: c\r\nContent-Length: 2\r\n\r\n{}")
    with forwarding_to(folded) as receiver:
        assert "X-Smuggled" not in post(receiver.client()).headers


def test_a_way_that_leads_back_ends() -> None:
    site = HookSite()
    with receiving(site) as receiver:
        site.forwarder = Forwarder(f"http://127.0.0.1:{receiver.port}/hooks", 20.0)
        assert post(receiver.client()).status == 502
        notes = [receiver.hook().notes[0] for _ in range(5)]
        assert receiver.saw_nothing()
    assert sum("leads to this port" in note for note in notes) == 1


def test_what_is_no_object_is_passed_on_too() -> None:
    with forwarding_to(answer()) as receiver:
        assert post(receiver.client(), body=b"[]").status == 200


def test_a_wrong_signature_is_told_and_left_to_the_web_server() -> None:
    with serving(answer()) as web:
        site = HookSite(Admission(hash_key=Secret("key")), forwarder=Forwarder(web.url(), 20.0))
        wrong = hash_header(b"", Secret("key")).reveal()
        with receiving(site) as receiver:
            got = post(receiver.client(), headers={**JSON_TYPE, "Authorization": wrong})
            assert got.status == 200
            assert "wrongly signed" in receiver.hook().notes[0]


def test_a_fault_comes_instead_of_the_web_server() -> None:
    with serving(answer()) as web:
        site = HookSite(
            fault=FaultPlan(FAULTS["status-500"], every=2), forwarder=Forwarder(web.url(), 20.0)
        )
        with receiving(site) as receiver:
            client = receiver.client()
            assert [post(client).status for _ in range(4)] == [200, 500, 200, 500]
        assert len(web.requests) == 2


def test_a_silent_address_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        with contextlib.ExitStack() as stack:
            # The queue takes one more than it is said to; whoever comes then gets no answer.
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.settimeout(0)
                waiting.connect_ex(("127.0.0.1", port))
            with receiving(forwarding(f"http://127.0.0.1:{port}", 1.0)) as receiver:
                seen = seen_after_a_hook(receiver, 502)
    assert seen.exchange.failure is Failure.CONNECT_TIMED_OUT
