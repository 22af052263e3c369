"""One keep-alive connection: what goes over it, and every way in which it can go wrong."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path

import pytest

from tests.sender.web import KEY, destination, ending
from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_tls import Authority
from tests.support_web import Behaviour, answer, drip, send, serving, silent
from wcsdiag.hooks.exchange import Exchange, Failure, Outcome
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.probe import Vantage
from wcsdiag.redact import Secret
from wcsdiag.redact.forms import MASK
from wcsdiag.sender.connection import ANSWER_LIMIT, HookConnection, OutgoingHook
from wcsdiag.sender.opening import VantageLostError
from wcsdiag.sender.sending import outgoing
from wcsdiag.wcs.credentials import Credentials

REQUEST = {"appKey": KEY, "sessionId": "s"}
_COUNTING = """
server {{
    listen 127.0.0.1:{port};
    {extra}
    location / {{
        default_type application/json;
        return 200 '{{"connection":$connection,"number":$connection_requests}}';
    }}
}}
"""


def post(url: str, lifetime: Lifetime, **changes: object) -> Exchange:
    there = destination(url, lifetime, **changes)
    return HookConnection(there, lifetime).post(outgoing(there, "connect", REQUEST))


def seen_by(behaviour: Behaviour, lifetime: Lifetime, **changes: object) -> Exchange:
    with serving(behaviour) as server:
        return post(server.url(), lifetime, **changes)


def reset(connection: socket.socket, _request: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_hooks_go_over_one_connection(tmp_path: Path, lifetime: Lifetime) -> None:
    port = free_port()
    with running_nginx(tmp_path, _COUNTING.format(port=port, extra=""), port):
        there = destination(f"http://127.0.0.1:{port}/hooks", lifetime)
        connection = HookConnection(there, lifetime)
        answers = [
            json.loads(connection.post(outgoing(there, "connect", REQUEST)).answer_text or "")
            for _ in range(3)
        ]
    assert [each["number"] for each in answers] == [1, 2, 3]
    assert len({each["connection"] for each in answers}) == 1
    assert (connection.opened, connection.closed_idle) == (1, 0)


def test_a_connection_that_the_web_server_announces_to_close_is_opened_again(
    tmp_path: Path, lifetime: Lifetime
) -> None:
    port = free_port()
    nginx = _COUNTING.format(port=port, extra="keepalive_timeout 0;")
    with running_nginx(tmp_path, nginx, port):
        there = destination(f"http://127.0.0.1:{port}/hooks", lifetime)
        connection = HookConnection(there, lifetime)
        for _ in range(2):
            assert connection.post(outgoing(there, "connect", REQUEST)).status == 200
    assert (connection.opened, connection.closed_idle) == (2, 0)


def test_a_connection_that_was_closed_unannounced_is_opened_again_and_said(
    lifetime: Lifetime,
) -> None:
    with serving(answer()) as server:
        there = destination(server.url(), lifetime)
        connection = HookConnection(there, lifetime)
        first = connection.post(outgoing(there, "connect", REQUEST))
        second = connection.post(outgoing(there, "connect", REQUEST))
    assert (first.status, second.status) == (200, 200)
    assert connection.opened == 2
    assert connection.closed_idle == 1 or second.closed_in_use


def test_the_request_is_that_of_wcs(lifetime: Lifetime) -> None:
    key = Credentials(username="user", password=Secret("pass"))
    with serving(answer()) as server:
        post(server.url(), lifetime, credentials=key)
        (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert body == b'{"appKey":"defaultApp","sessionId":"s"}'
    assert head.decode().split("\r\n") == [
        "POST /hooks/connect HTTP/1.1",
        "Accept: application/json, application/*+json",
        "Content-Type: application/json;charset=UTF-8",
        "User-Agent: Java/1.8.0_45",
        f"Host: 127.0.0.1:{server.port}",
        "Connection: keep-alive",
        "Authorization: Basic dXNlcjpwYXNz",
        "X-Wcsdiag-Probe: synthetic",
        f"Content-Length: {len(body)}",
    ]


def test_a_method_from_a_trace_cannot_write_headers(lifetime: Lifetime) -> None:
    with serving(answer()) as server:
        there = destination(server.url(), lifetime)
        hook = OutgoingHook("a\r\nX-Evil: 1/../b c", REQUEST, b"{}")
        HookConnection(there, lifetime).post(hook)
        (request,) = server.requests
    assert request.startswith(b"POST /hooks/a%0D%0AX-Evil%3A%201%2F..%2Fb%20c HTTP/1.1\r\n")


def test_the_exchange_tells_everything(lifetime: Lifetime) -> None:
    exchange = seen_by(answer(), lifetime)
    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.answer_text == exchange.request_text
    assert exchange.content_type == "application/json;charset=UTF-8"
    assert exchange.request == REQUEST
    assert exchange.seconds is not None
    assert exchange.first_byte_s is not None
    assert exchange.request_bytes
    assert exchange.answer_bytes
    assert exchange.connection.startswith("connection 1 to 127.0.0.1 port ")


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        (silent, Failure.TIMED_OUT),
        (drip, Failure.TIMED_OUT),
        (send(b""), Failure.CLOSED_EARLY),
        (send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), Failure.CLOSED_EARLY),
        (
            send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"),
            Failure.CLOSED_EARLY,
        ),
        (send(b"SSH-2.0-OpenSSH_9.2\r\n"), Failure.NOT_HTTP),
        (send(b"\x15\x03\x03\x00\x02\x02\x46"), Failure.NOT_HTTP),
        (reset, Failure.RESET),
    ],
)
def test_each_failure_has_its_name(
    behaviour: Behaviour, failure: Failure, lifetime: Lifetime
) -> None:
    exchange = seen_by(behaviour, lifetime, answer_limit_s=0.5)
    assert exchange.failure is failure, exchange.error
    assert exchange.error
    assert exchange.status is None


def test_of_a_long_answer_that_is_no_http_a_part_is_quoted(lifetime: Lifetime) -> None:
    exchange = seen_by(send(b"[" * 60_000), lifetime)
    assert exchange.failure is Failure.NOT_HTTP
    assert len(exchange.error or "") < 400


def test_what_is_no_http_is_quoted_as_text(lifetime: Lifetime) -> None:
    exchange = seen_by(send(b"220 mail.example \x1b\xff\r\n"), lifetime)
    assert exchange.error == "the answer begins with '220 mail.example \\x1b\ufffd\\r\\n'"


def test_a_reset_is_told_in_the_systems_words_alone(lifetime: Lifetime) -> None:
    assert seen_by(reset, lifetime).error == "Connection reset by peer"


def test_the_limit_is_named_as_that_of_wcs(lifetime: Lifetime) -> None:
    exchange = seen_by(silent, lifetime, answer_limit_s=0.2)
    assert "0.2 s, the limit of WCS (rest_request_timeout)" in (exchange.error or "")


def test_wcsdiags_own_deadline_does_not_speak_against_the_web_server() -> None:
    exchange = seen_by(silent, Lifetime(timeout_s=1, deadline_s=0.5))
    assert exchange.failure is Failure.NOT_SEEN
    assert exchange.outcome is Outcome.UNKNOWN


def test_whoever_ends_the_run_frees_the_one_that_waits() -> None:
    lifetime = Lifetime(timeout_s=3, deadline_s=60)
    assert seen_by(ending(lifetime), lifetime, answer_limit_s=None).failure is Failure.NOT_SEEN


def test_an_answer_without_end_is_cut(lifetime: Lifetime) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n"
    )
    exchange = seen_by(send(head, b"x" * 65536, times=16384), lifetime)
    assert exchange.status == 200
    assert exchange.answer_truncated
    assert len(exchange.answer_text or "") == ANSWER_LIMIT


def test_headers_without_end_are_no_http(lifetime: Lifetime) -> None:
    exchange = seen_by(
        send(b"HTTP/1.1 200 OK\r\n", b"A: " + b"b" * 100 + b"\r\n", times=9999), lifetime
    )
    assert exchange.failure in {Failure.NOT_HTTP, Failure.RESET}


def test_a_closed_port_is_refused(lifetime: Lifetime) -> None:
    exchange = post(f"http://127.0.0.1:{free_port()}/hooks", lifetime)
    assert exchange.failure is Failure.REFUSED


def test_credentials_that_come_back_are_not_kept(lifetime: Lifetime) -> None:
    def tell(connection: socket.socket, request: bytes) -> None:
        answer(body=request.partition(b"\r\n\r\n")[0])(connection, request)

    exchange = seen_by(tell, lifetime, credentials=Credentials(hash_key=Secret("canary-key")))
    assert f"Authorization: WCS {MASK}" in (exchange.answer_text or "")


def test_from_the_host_a_name_that_only_it_knows_is_reached(lifetime: Lifetime) -> None:
    with serving(answer()) as server:
        host = RecordedHost(
            names={"web.example": ("192.0.2.1",)},
            tcp={("192.0.2.1", server.port): ("127.0.0.1", server.port)},
        )
        url = server.url(host="web.example")
        exchange = post(url, lifetime, network=host, vantage=Vantage.HOST)
        (request,) = server.requests
    assert exchange.status == 200
    assert f"Host: web.example:{server.port}".encode() in request


def test_a_lost_vantage_is_not_the_web_servers_fault(lifetime: Lifetime) -> None:
    def lost() -> Stream:
        raise HostError(HostFailure.LOST, "the SSH connection was lost")

    host = RecordedHost(tcp={("192.0.2.1", 80): lost})
    with pytest.raises(VantageLostError):
        post("http://192.0.2.1/hooks", lifetime, network=host)


def test_a_name_that_nobody_knows_is_said(lifetime: Lifetime) -> None:
    exchange = post("http://web.example/hooks", lifetime, network=RecordedHost(names={}))
    assert exchange.failure is Failure.NAME_NOT_FOUND


_TLS = """
server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ default_type application/json; return 200 '{{}}'; }}
}}
"""


def test_hooks_go_over_one_tls_connection(tmp_path: Path, lifetime: Lifetime) -> None:
    authority = Authority(tmp_path)
    identity = authority.identity("127.0.0.1")
    port = free_port()
    nginx = _TLS.format(port=port, certificate=identity.certificate, key=identity.key)
    with running_nginx(tmp_path, nginx, port):
        url = f"https://127.0.0.1:{port}/hooks"
        there = destination(url, lifetime, ca_file=authority.ca_file)
        connection = HookConnection(there, lifetime)
        exchanges = [connection.post(outgoing(there, "connect", REQUEST)) for _ in range(3)]
        untrusted = post(url, lifetime)
    assert [exchange.status for exchange in exchanges] == [200, 200, 200]
    assert connection.opened == 1
    assert untrusted.failure is Failure.TLS
    assert "certificate" in (untrusted.error or "")


def test_a_tls_connection_that_was_closed_is_opened_again(
    tmp_path: Path, lifetime: Lifetime
) -> None:
    authority = Authority(tmp_path)
    with serving(answer(), authority.identity("127.0.0.1").context()) as server:
        there = destination(server.url("https"), lifetime, ca_file=authority.ca_file)
        connection = HookConnection(there, lifetime)
        exchanges = [connection.post(outgoing(there, "connect", REQUEST)) for _ in range(2)]
    assert [exchange.status for exchange in exchanges] == [200, 200]
    assert exchanges[1].closed_in_use
