"""The REST URLs of the apps, each probed once from each vantage."""

from __future__ import annotations

import json
import threading

import pytest

from tests.support import free_port
from tests.support_web import WebServer, answer, serving, silent
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.facts.probes import WebServerProbes, web_server_probes
from wcsdiag.host import operator
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.probe import Authorization, Outcome, Probe
from wcsdiag.redact import Redactor, Secret
from wcsdiag.target import Intent, RestIntent, Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.settings import Setting, Settings

DEFAULTS = Settings({}, {}, ())


@pytest.fixture(autouse=True)
def operator_without_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator knows no names, so that nothing leaves this machine."""

    def resolve(name: str, timeout_s: float) -> tuple[str, ...]:
        raise HostError(HostFailure.NAME_NOT_FOUND, f"{name}: Name or service not known")

    monkeypatch.setattr(operator, "resolve", resolve)


def host_before(*servers: WebServer, is_local: bool = False) -> RecordedHost:
    """A host that knows web.example, and reaches the servers there under their own ports."""
    return RecordedHost(
        is_local=is_local,
        names={"web.example": ("192.0.2.1",)},
        tcp={("192.0.2.1", server.port): ("127.0.0.1", server.port) for server in servers},
    )


def gather(
    apps: tuple[App, ...] | Unavailable,
    host: RecordedHost | Unavailable,
    *,
    settings: Settings | Unavailable = DEFAULTS,
    intent: Intent | None = None,
) -> WebServerProbes:
    known = apps if isinstance(apps, Unavailable) else Apps(AppSource.CLI, "host: CLI", apps, apps)
    access = HostAccess(host) if isinstance(host, RecordedHost) else host
    return web_server_probes(
        Target("wcs1"),
        known,
        settings,
        access,
        intent or Intent(),
        Lifetime(3, deadline_s=20),
        Redactor(),
    )


def app(name: str, url: str | None, user: str | None = None) -> App:
    password = Secret("pass") if user else None
    return App(name, f"{name}Key", url, None, user, password, ("connect",))


def test_each_url_is_probed_once_with_the_credentials_of_the_first_app_that_has_some() -> None:
    with serving(answer()) as server:
        url = server.url(host="web.example")
        apps = (app("first", url), app("second", url, "user"), app("third", None))
        probes = gather(apps, host_before(server))
    (probed,) = probes.urls
    assert [each.name for each in probed.apps] == ["first", "second"]
    assert probed.sender == apps[1]
    assert isinstance(probed.host, Probe)
    assert probed.host.authorization is Authorization.BASIC
    (request,) = server.requests
    assert request.startswith(b"POST /hooks/connect HTTP/1.1\r\n")
    assert f"Host: web.example:{server.port}".encode() in request
    assert b"Authorization: Basic dXNlcjpwYXNz" in request
    assert json.loads(request.partition(b"\r\n\r\n")[2])["appKey"] == "secondKey"


def test_the_exchange_tells_what_was_sent_and_answered() -> None:
    with serving(answer()) as server:
        probes = gather((app("a", server.url(host="web.example")),), host_before(server))
    exchange = probes.urls[0].host_exchange
    assert exchange is not None
    assert (exchange.method, exchange.status) == ("connect", 200)
    assert exchange.content_type == "application/json;charset=UTF-8"
    assert json.loads(exchange.answer_text or "") == exchange.request


def test_where_hashes_are_switched_on_the_hook_carries_one() -> None:
    settings = Settings(
        {
            "rest_hook_send_hash": Setting("true", "f:1"),
            "rest_hook_secret_key": Setting("1234567890", "f:2"),
        },
        {},
        (),
    )
    with serving(answer()) as server:
        apps = (app("a", server.url(host="web.example"), "user"),)
        gather(apps, host_before(server), settings=settings)
    assert b"\r\nAuthorization: WCS " in server.requests[0]


def test_the_limit_for_an_answer_is_that_of_wcs() -> None:
    settings = Settings({"rest_request_timeout": Setting("1", "f:1")}, {}, ())
    with serving(silent) as server:
        probes = gather(
            (app("a", server.url(host="web.example")),), host_before(server), settings=settings
        )
    probed = probes.urls[0].host
    assert isinstance(probed, Probe)
    assert probed.outcome is Outcome.TOO_SLOW
    assert probed.answer_limit_s == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_loopback_url_is_not_asked_from_the_operator(host: str) -> None:
    probes = gather((app("a", f"http://{host}:{free_port()}/x"),), host_before())
    assert probes.urls[0].operator is None
    assert isinstance(probes.urls[0].host, Probe)


def test_one_machine_is_asked_once() -> None:
    with serving(answer()) as server:
        url = server.url(host="web.example")
        probes = gather((app("a", url),), host_before(server, is_local=True))
    assert probes.urls[0].operator is None
    assert len(server.requests) == 1


def test_a_malformed_url_is_left_out_and_says_so() -> None:
    probes = gather((app("a", "web.example:80/x"),), host_before())
    (probed,) = probes.urls
    assert isinstance(probed.host, Unavailable)
    assert probed.host.because == "URL107"
    assert probed.operator is None


def test_without_the_host_the_operator_asks_alone() -> None:
    probes = gather(
        (app("a", f"http://web.example:{free_port()}/x"),),
        Unavailable("no SSH", because="HST101"),
        intent=Intent(post=False),
    )
    (probed,) = probes.urls
    assert isinstance(probed.host, Unavailable)
    assert probed.host.because == "HST101"
    assert probed.operator is not None
    assert probed.operator.outcome is Outcome.NAME_NOT_FOUND


def test_without_posting_no_hook_is_sent() -> None:
    with serving(answer()) as server:
        url = server.url(host="web.example")
        probes = gather((app("a", url),), host_before(server), intent=Intent(post=False))
    assert not probes.posted
    assert probes.urls[0].host_exchange is None
    assert not any(server.requests)


def test_without_apps_the_expected_url_is_probed() -> None:
    missing = Unavailable("no CLI", because="URL104")
    with serving(answer()) as server:
        url = server.url(host="web.example")
        probes = gather(missing, host_before(server), intent=Intent(expect_url=url))
    assert [(probed.url, probed.apps) for probed in probes.urls] == [(url, ())]
    assert b'"appKey":"defaultApp"' in server.requests[0]


def test_without_apps_and_expectation_there_is_nothing_to_probe() -> None:
    with pytest.raises(Unavailable) as caught:
        gather(Unavailable("no CLI", because="URL104"), host_before())
    assert caught.value.because == "URL104"


def test_where_hooks_are_meant_to_be_off_nothing_is_probed() -> None:
    off = Intent(rest=RestIntent.OFF)
    with pytest.raises(NotApplicable):
        gather((app("a", "http://web.example/x"),), host_before(), intent=off)


def test_no_direct_way_is_no_verdict_where_a_proxy_of_the_jvm_catches_the_url() -> None:
    options = {"http.proxyHost": Setting("proxy.example", "f:1")}
    closed = RecordedHost(is_local=True, names={"web.example": ("192.0.2.1",)})
    probes = gather(
        (app("one", "http://web.example/hooks"),),
        closed,
        settings=Settings({}, options, ()),
    )
    (probed,) = probes.urls
    assert isinstance(probed.host, Unavailable)
    assert probed.host.because == "URL115"


def test_many_ports_that_do_not_answer_are_all_waited_for_at_once() -> None:
    ports = range(9001, 9025)
    all_here = threading.Barrier(len(ports))

    def dropped() -> Stream:
        all_here.wait(10)
        raise HostError(HostFailure.TIMED_OUT, "no answer")

    host = RecordedHost(
        names={"web.example": ("192.0.2.1",)},
        tcp={("192.0.2.1", port): dropped for port in ports},
    )
    apps = tuple(app(f"app{port}", f"http://web.example:{port}/hooks") for port in ports)
    probes = gather(apps, host)
    seen = [probed.host for probed in probes.urls]
    assert all(isinstance(each, Probe) and each.outcome is Outcome.TIMED_OUT for each in seen)
