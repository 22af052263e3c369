"""The TLS phase against servers with every kind of certificate."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_tls import Authority, Identity
from tests.support_web import answer, serving, silent
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.network import OperatorNetwork
from wcsdiag.net.probe import Outcome, Phase, Probe, Vantage
from wcsdiag.net.prober import Hook, ProbeRequest, probe

SHIPPED = ("TLSv1", "TLSv1.1", "TLSv1.2")
BODY = b'{"appKey":"defaultApp"}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def ask(
    port: int,
    ca_file: Path | None,
    *,
    host: str = "127.0.0.1",
    protocols: tuple[str, ...] = SHIPPED,
    timeout_s: float = 5,
) -> Probe:
    lifetime = Lifetime(timeout_s, deadline_s=30)
    url = f"https://{host}:{port}/hooks"
    hook = Hook(f"{url}/connect", BODY)
    request = ProbeRequest(url, "https", host, port, hook, protocols, ca_file=ca_file)
    return probe(Vantage.OPERATOR, OperatorNetwork(lifetime), request, lifetime)


def ask_identity(identity: Identity, ca_file: Path | None) -> Probe:
    with serving(answer(), identity.context()) as server:
        return ask(server.port, ca_file)


def test_given_a_trusted_certificate_then_the_hook_is_answered(authority: Authority) -> None:
    seen = ask_identity(authority.identity("127.0.0.1"), authority.ca_file)
    assert seen.outcome is Outcome.OK, seen.phases
    assert [result.phase for result in seen.phases][-2:] == [Phase.TLS, Phase.HTTP]
    assert seen.protocol == "TLSv1.2"
    assert seen.certificate is not None
    assert seen.certificate.names == ("127.0.0.1",)
    assert seen.certificate_problems == frozenset()


@pytest.mark.parametrize(
    ("name", "days", "self_signed", "problems", "outcome"),
    [
        ("127.0.0.1", (-9, -1), False, {Outcome.TLS_EXPIRED}, Outcome.TLS_EXPIRED),
        ("127.0.0.1", (1, 9), False, {Outcome.TLS_EXPIRED}, Outcome.TLS_EXPIRED),
        ("127.0.0.1", (-1, 9), True, {Outcome.TLS_UNTRUSTED}, Outcome.TLS_UNTRUSTED),
        ("web.example", (-1, 9), False, {Outcome.TLS_WRONG_NAME}, Outcome.TLS_WRONG_NAME),
        (
            "web.example",
            (-9, -1),
            True,
            {Outcome.TLS_EXPIRED, Outcome.TLS_WRONG_NAME, Outcome.TLS_UNTRUSTED},
            Outcome.TLS_EXPIRED,
        ),
        (
            "web.example",
            (-9, -1),
            False,
            {Outcome.TLS_EXPIRED, Outcome.TLS_WRONG_NAME},
            Outcome.TLS_EXPIRED,
        ),
    ],
)
def test_given_a_bad_certificate_then_every_problem_of_it_is_named(
    authority: Authority,
    name: str,
    days: tuple[float, float],
    self_signed: bool,
    problems: set[Outcome],
    outcome: Outcome,
) -> None:
    identity = authority.identity(name, days=days, self_signed=self_signed)
    seen = ask_identity(identity, authority.ca_file)
    assert seen.certificate_problems == problems
    assert seen.outcome is outcome
    assert seen.certificate is not None
    assert seen.certificate.names == (name,)
    assert seen.answer is None


def test_given_an_unknown_authority_then_only_the_trust_is_missing(authority: Authority) -> None:
    seen = ask_identity(authority.identity("127.0.0.1"), None)
    assert seen.certificate_problems == {Outcome.TLS_UNTRUSTED}
    assert "operator's trust store" in seen.trust_store


def test_the_environment_can_name_another_trust_store(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    seen = ask_identity(authority.identity("127.0.0.1"), None)
    assert seen.outcome is Outcome.OK
    assert str(authority.ca_file) in seen.trust_store


def test_given_a_server_with_tls13_alone_then_it_is_about_the_protocol(
    authority: Authority,
) -> None:
    identity = authority.identity("127.0.0.1")
    with serving(answer(), identity.context(only_tls13=True)) as server:
        seen = ask(server.port, authority.ca_file)
    assert seen.outcome is Outcome.TLS_PROTOCOL
    assert seen.protocol == "TLSv1.3"
    assert seen.protocols == SHIPPED
    assert seen.certificate is not None
    assert seen.certificate_problems == frozenset()


def test_given_tls13_is_offered_then_a_server_with_that_alone_is_fine(
    authority: Authority,
) -> None:
    identity = authority.identity("127.0.0.1")
    with serving(answer(), identity.context(only_tls13=True)) as server:
        seen = ask(server.port, authority.ca_file, protocols=("TLSv1.2", "TLSv1.3"))
    assert seen.outcome is Outcome.OK


def test_given_silence_in_the_handshake_then_our_limit_ends_it() -> None:
    with serving(silent) as server:
        seen = ask(server.port, None, timeout_s=0.3)
    assert seen.phases[-1].phase is Phase.TLS
    assert seen.outcome is Outcome.TIMED_OUT


def test_given_a_wanted_client_certificate_then_the_answer_fails_in_tls(
    authority: Authority,
) -> None:
    context = authority.identity("127.0.0.1").context(only_tls13=True)
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(answer(), context) as server:
        seen = ask(server.port, authority.ca_file, protocols=("TLSv1.3",))
    assert seen.phases[-1].phase is Phase.HTTP
    assert seen.outcome in {Outcome.TLS_FAILED, Outcome.RESET}


def test_a_dot_at_the_end_of_the_name_is_not_part_of_it(authority: Authority) -> None:
    with serving(answer(), authority.identity("web.example.com").context()) as server:
        assert _by_name("web.example.com.", server.port, authority.ca_file).outcome is Outcome.OK


def test_a_name_that_fits_no_handshake_fails_in_tls(authority: Authority) -> None:
    with serving(answer(), authority.identity("web.example.com").context()) as server:
        seen = _by_name("ü" * 70 + ".example", server.port, authority.ca_file)
    assert (seen.phases[-1].phase, seen.outcome) == (Phase.TLS, Outcome.FAILED)


def test_a_wildcard_covers_one_label(authority: Authority) -> None:
    identity = authority.identity("*.example.com")
    with serving(answer(), identity.context()) as server:
        seen = {
            name: _by_name(name, server.port, authority.ca_file)
            for name in ("web.example.com", "a.web.example.com", "example.com")
        }
    assert seen["web.example.com"].outcome is Outcome.OK
    assert seen["a.web.example.com"].certificate_problems == {Outcome.TLS_WRONG_NAME}
    assert seen["example.com"].certificate_problems == {Outcome.TLS_WRONG_NAME}


def test_nginx_is_seen_through_both_vantages_alike(authority: Authority, tmp_path: Path) -> None:
    identity = authority.identity("web.example.com")
    port, plain = free_port(), free_port()
    servers = f"""
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {identity.certificate};
        ssl_certificate_key {identity.key};
        location /hooks {{ default_type application/json; return 200 '{{"a":1}}'; }}
    }}
    server {{ listen 127.0.0.1:{plain}; location / {{ return 404; }} }}
    """
    with running_nginx(tmp_path, servers, port):
        secure = _by_name("web.example.com", port, authority.ca_file)
        wrong_port = ask(plain, authority.ca_file)
        plain_to_secure = _plain(port)
    assert secure.answer is not None
    assert (secure.answer.status, secure.answer.body) == (200, b'{"a":1}')
    assert secure.answer.header("Server") is not None
    assert wrong_port.outcome is Outcome.TLS_FAILED
    assert plain_to_secure.answer is not None
    assert plain_to_secure.answer.status == 400
    assert b"HTTPS port" in plain_to_secure.answer.body


def _by_name(name: str, port: int, ca_file: Path) -> Probe:
    host = RecordedHost(
        names={name: ("192.0.2.1",)}, tcp={("192.0.2.1", port): ("127.0.0.1", port)}
    )
    lifetime = Lifetime(5, deadline_s=30)
    url = f"https://{name}:{port}/hooks"
    hook = Hook(f"{url}/connect", BODY)
    request = ProbeRequest(url, "https", name, port, hook, SHIPPED, ca_file=ca_file)
    return probe(Vantage.HOST, host, request, lifetime)


def _plain(port: int) -> Probe:
    lifetime = Lifetime(5, deadline_s=30)
    url = f"http://127.0.0.1:{port}/hooks"
    request = ProbeRequest(url, "http", "127.0.0.1", port, Hook(f"{url}/connect", BODY))
    return probe(Vantage.OPERATOR, OperatorNetwork(lifetime), request, lifetime)
