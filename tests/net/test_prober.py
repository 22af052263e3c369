"""A probe of a web server: each phase, each way to fail, and nothing that outlasts its limit."""

from __future__ import annotations

import pytest

from tests.support import free_port
from tests.support_web import Behaviour, answer, drip, send, serving, silent
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.http import BODY_LIMIT
from wcsdiag.net.network import OperatorNetwork
from wcsdiag.net.probe import Authorization, Outcome, Phase, Probe, Vantage
from wcsdiag.net.prober import Hook, ProbeRequest, probe
from wcsdiag.redact import Secret

BODY = b'{"appKey":"defaultApp"}'


def ask(
    port: int, *, host: str = "127.0.0.1", limit: float | None = 5.0, hook: bool = True
) -> Probe:
    lifetime = Lifetime(timeout_s=3, deadline_s=20)
    url = f"http://{host}:{port}/hooks"
    sent = Hook(f"{url}/connect", BODY) if hook else None
    request = ProbeRequest(url, "http", host, port, sent, answer_limit_s=limit)
    return probe(Vantage.OPERATOR, OperatorNetwork(lifetime), request, lifetime)


def from_host(host: RecordedHost, name: str = "web.example", *, ipv4_only: bool = False) -> Probe:
    lifetime = Lifetime(timeout_s=3, deadline_s=20)
    url = f"http://{name}:80/hooks"
    request = ProbeRequest(url, "http", name, 80, Hook(f"{url}/connect", BODY), ipv4_only=ipv4_only)
    return probe(Vantage.HOST, host, request, lifetime)


def test_given_a_web_server_that_echoes_then_every_phase_is_ok() -> None:
    with serving(answer()) as server:
        seen = ask(server.port)
    assert seen.outcome is Outcome.OK
    assert [result.phase for result in seen.phases] == [Phase.NAME, Phase.CONNECT, Phase.HTTP]
    assert seen.answer is not None
    assert (seen.answer.status, seen.answer.reason, seen.answer.body) == (200, "OK", BODY)
    assert seen.answer.header("content-type") == "application/json;charset=UTF-8"


def test_the_hook_has_the_headers_that_wcs_sends_and_the_mark() -> None:
    with serving(answer()) as server:
        ask(server.port)
    head = server.requests[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "POST /hooks/connect HTTP/1.1"
    assert sorted(head[1:]) == sorted(
        [
            f"Host: 127.0.0.1:{server.port}",
            "Accept: application/json, application/*+json",
            "Content-Type: application/json;charset=UTF-8",
            "User-Agent: Java/1.8.0_45",
            "Connection: keep-alive",
            f"Content-Length: {len(BODY)}",
            "X-Wcsdiag-Probe: synthetic",
        ]
    )


def test_the_operators_proxy_and_netrc_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")
    with serving(answer()) as server:
        assert ask(server.port).outcome is Outcome.OK


def test_given_an_authorization_then_it_is_sent_and_named() -> None:
    lifetime = Lifetime(timeout_s=3, deadline_s=20)
    with serving(answer()) as server:
        hook = Hook(server.url() + "/connect", BODY, Secret("Basic dTpw"), Authorization.BASIC)
        request = ProbeRequest(server.url(), "http", "127.0.0.1", server.port, hook)
        seen = probe(Vantage.OPERATOR, OperatorNetwork(lifetime), request, lifetime)
    assert b"Authorization: Basic dTpw" in server.requests[0]
    assert seen.authorization is Authorization.BASIC


def test_given_no_hook_then_the_probe_ends_after_the_connection() -> None:
    with serving(answer()) as server:
        seen = ask(server.port, hook=False)
    assert [result.phase for result in seen.phases] == [Phase.NAME, Phase.CONNECT]
    assert seen.outcome is Outcome.OK


def test_given_a_redirect_then_it_is_not_followed() -> None:
    with serving(answer("302 Found", body=b"", Location="/elsewhere")) as server:
        seen = ask(server.port)
    assert seen.answer is not None
    assert seen.answer.status == 302
    assert len(server.requests) == 1


def test_given_a_closed_port_then_the_connection_is_refused() -> None:
    seen = ask(free_port())
    assert seen.outcome is Outcome.REFUSED
    assert [result.phase for result in seen.phases] == [Phase.NAME, Phase.CONNECT]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (HostFailure.NAME_NOT_FOUND, Outcome.NAME_NOT_FOUND),
        (HostFailure.NAME_SERVER_FAILED, Outcome.NAME_SERVER_FAILED),
        (HostFailure.TIMED_OUT, Outcome.TIMED_OUT),
    ],
)
def test_given_a_name_that_does_not_resolve_then_the_probe_ends_there(
    reason: HostFailure, outcome: Outcome
) -> None:
    seen = from_host(RecordedHost(names={"web.example": HostError(reason, "no")}))
    assert [(result.phase, result.outcome) for result in seen.phases] == [(Phase.NAME, outcome)]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "words"),
    [
        pytest.param(send(b"SSH-2.0-OpenSSH_9.2\r\n"), Outcome.NOT_HTTP, "SSH-2.0", id="ssh"),
        pytest.param(send(b"\x15\x03\x01\x00\x02\x02\x16"), Outcome.NOT_HTTP, "https", id="tls"),
        pytest.param(send(b""), Outcome.CLOSED_EARLY, "without an answer", id="closes"),
        pytest.param(
            send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"),
            Outcome.CLOSED_EARLY,
            "in the answer",
            id="half an answer",
        ),
        pytest.param(
            send(b"HTTP/1.1 200 OK\r\n", b"X-Padding: 1\r\n", times=100_000),
            Outcome.NOT_HTTP,
            "header",
            id="endless headers",
        ),
        pytest.param(
            send(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000, times=1_000_000),
            Outcome.NOT_HTTP,
            "line",
            id="an endless header line",
        ),
        pytest.param(
            send(b"HTTP/1.1 100 Continue\r\n\r\n", times=1_000_000),
            Outcome.NOT_HTTP,
            "bytes",
            id="endless interim answers",
        ),
    ],
)
def test_given_a_misbehaving_server_then_the_outcome_says_how(
    behaviour: Behaviour, outcome: Outcome, words: str
) -> None:
    with serving(behaviour) as server:
        seen = ask(server.port)
    assert seen.outcome is outcome, seen.phases
    assert words in seen.phases[-1].detail


@pytest.mark.parametrize("behaviour", [silent, drip])
def test_given_no_whole_answer_then_the_limit_of_wcs_ends_it(behaviour: Behaviour) -> None:
    with serving(behaviour) as server:
        seen = ask(server.port, limit=0.3)
    assert seen.outcome is Outcome.TOO_SLOW
    assert "0.3 s, the limit of WCS" in seen.phases[-1].detail


def test_given_wcs_without_limit_then_our_own_ends_it_and_is_named() -> None:
    lifetime = Lifetime(timeout_s=1, deadline_s=0.6)
    with serving(silent) as server:
        hook = Hook(server.url() + "/connect", BODY)
        request = ProbeRequest(
            server.url(), "http", "127.0.0.1", server.port, hook, answer_limit_s=None
        )
        seen = probe(Vantage.OPERATOR, OperatorNetwork(lifetime), request, lifetime)
    assert seen.outcome is Outcome.TIMED_OUT
    assert "this run had left" in seen.phases[-1].detail


def test_given_an_endless_body_then_its_beginning_is_taken() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
    with serving(send(head, b"x" * 65536, times=16384)) as server:
        seen = ask(server.port)
    assert seen.outcome is Outcome.OK
    assert seen.answer is not None
    assert seen.answer.truncated
    assert len(seen.answer.body) == BODY_LIMIT


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
    ],
)
def test_the_body_is_read_however_its_end_is_marked(head: bytes) -> None:
    with serving(send(head, b"body")) as server:
        seen = ask(server.port)
    assert seen.answer is not None
    assert seen.answer.body == b"body"


def test_a_chunked_answer_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(send(head, b"2\r\nbo\r\n", b"2\r\ndy\r\n", b"0\r\n\r\n")) as server:
        seen = ask(server.port)
    assert seen.answer is not None
    assert seen.answer.body == b"body"


def test_given_a_packed_body_then_it_stays_packed() -> None:
    with serving(answer(body=b"\x1f\x8b not unpacked", Content_Encoding="gzip")) as server:
        seen = ask(server.port)
    assert seen.answer is not None
    assert seen.answer.body == b"\x1f\x8b not unpacked"


def test_when_the_run_ends_then_a_waiting_probe_is_freed() -> None:
    lifetime = Lifetime(timeout_s=60, deadline_s=600)

    def end_the_run(connection: object, request: bytes) -> None:
        lifetime.end()

    with serving(end_the_run) as server:
        hook = Hook(server.url() + "/connect", BODY)
        request = ProbeRequest(server.url(), "http", "127.0.0.1", server.port, hook)
        seen = probe(Vantage.OPERATOR, OperatorNetwork(lifetime), request, lifetime)
    assert seen.outcome is not Outcome.OK


def test_given_several_addresses_then_all_are_tried_and_the_first_open_one_is_used() -> None:
    with serving(answer()) as server:
        host = RecordedHost(
            names={"web.example": ("192.0.2.1", "192.0.2.2", "192.0.2.3")},
            tcp={
                ("192.0.2.1", 80): HostError(HostFailure.TIMED_OUT, "no answer"),
                ("192.0.2.2", 80): ("127.0.0.1", server.port),
                ("192.0.2.3", 80): ("127.0.0.1", server.port),
            },
        )
        seen = from_host(host)
    assert seen.outcome is Outcome.OK
    assert seen.address == "192.0.2.2"
    assert [attempt.outcome for attempt in seen.attempts] == [
        Outcome.TIMED_OUT,
        Outcome.OK,
        Outcome.OK,
    ]


def test_given_a_jvm_with_ipv4_alone_then_ipv6_addresses_are_left_out() -> None:
    with serving(answer()) as server:
        host = RecordedHost(
            names={"web.example": ("2001:db8::1", "192.0.2.2")},
            tcp={("192.0.2.2", 80): ("127.0.0.1", server.port)},
        )
        seen = from_host(host, ipv4_only=True)
    assert [attempt.address for attempt in seen.attempts] == ["192.0.2.2"]
    assert seen.addresses == ("2001:db8::1", "192.0.2.2")


def test_given_no_ipv6_network_then_the_refusal_of_the_ipv4_address_is_what_counts() -> None:
    unreachable = HostError(HostFailure.NO_ROUTE, "Network is unreachable")
    host = RecordedHost(
        names={"web.example": ("2001:db8::1", "192.0.2.2")},
        tcp={("2001:db8::1", 80): unreachable},
    )
    assert from_host(host).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("reason", "text", "outcome"),
    [
        (HostFailure.TIMED_OUT, "no answer", Outcome.TIMED_OUT),
        (HostFailure.NO_ROUTE, "No route to host", Outcome.NO_ROUTE),
        (HostFailure.NO_ROUTE, "Network is unreachable", Outcome.NET_UNREACHABLE),
        (HostFailure.CHANNEL_REFUSED, "open failed", Outcome.FORWARDING_DENIED),
        (HostFailure.LOST, "the connection was lost", Outcome.FAILED),
    ],
)
def test_the_hosts_failures_become_outcomes(
    reason: HostFailure, text: str, outcome: Outcome
) -> None:
    host = RecordedHost(tcp={("192.0.2.9", 80): HostError(reason, text)})
    assert from_host(host, "192.0.2.9").outcome is outcome
