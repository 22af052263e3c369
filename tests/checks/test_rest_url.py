"""URL107 to URL115: what each check says of REST URLs."""

from __future__ import annotations

import pytest
from wcsdiag_checks.rest_url import (
    echo_app_path_right,
    no_upgrade_damage,
    rest_url_as_expected,
    rest_url_is_not_echo_app,
    rest_url_well_formed,
    suggested_url,
)
from wcsdiag_checks.rest_url_reach import (
    ipv4_where_preferred,
    loopback_not_in_container,
    loopback_port_listens,
    no_jvm_proxy,
)

from tests.checks.samples_url import (
    GONE,
    NEW,
    OLD,
    URL,
    app,
    apps,
    container,
    installation,
    intent,
    probes,
    settings,
    sockets,
)
from wcsdiag.facts.container import Container
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.jvm_proxies import CaughtUrl, JvmProxies
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.net.probe import Outcome
from wcsdiag.target import RestIntent
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.proxy import JvmProxy
from wcsdiag.wcs.settings import Settings

ECHO = "http://localhost:8081/apps/EchoApp"
LOCAL = "http://localhost:5000/hooks"
DAMAGED = "http://api.example.com:8081/apps/hooks"
ORIGIN = "http://api.example.com:9091/hooks"
NO_PROBES = absent(WebServerProbes, GONE)
NO_SETTINGS = absent(Settings, GONE)
NO_CONTAINER = absent(Container, GONE)
IPV4_ALONE = settings(core="-Djava.net.preferIPv4Stack=true")


def commands_of(result: CheckResult) -> tuple[str, ...]:
    fix = result.findings[0].fix
    assert fix is not None
    return fix.commands


def test_a_good_url_is_well_formed() -> None:
    assert judge(rest_url_well_formed, apps(app())).status is Status.PASS


def test_a_malformed_url_fails_with_the_mended_one_in_the_command() -> None:
    result = judge(rest_url_well_formed, apps(app("http://web/my hooks ")))
    assert result.status is Status.FAIL
    assert 'update app -l "http://web/myhooks" defaultApp' in commands_of(result)


def test_a_trailing_slash_warns() -> None:
    assert judge(rest_url_well_formed, apps(app(URL + "/"))).status is Status.WARN


def test_a_url_that_nobody_read_is_undetermined() -> None:
    assert judge(rest_url_well_formed, apps(app(None))).run is Run.UNDETERMINED


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("web:8000/hooks", "http://web:8000/hooks"),
        ("http:/web/hooks/", "http://web/hooks"),
        ('"http://web/hooks"', "http://web/hooks"),
        ("http://u:p@web/hooks?x=1", "http://web/hooks"),
        ("http://web:99999/", None),
    ],
)
def test_a_suggestion_takes_away_and_invents_nothing(text: str, suggestion: str | None) -> None:
    assert suggested_url(text) == suggestion


@pytest.mark.parametrize("expected", [URL, URL + "/", "HTTP://WEB.example.com:8000/hooks"])
def test_the_expected_url_passes(expected: str) -> None:
    assert judge(rest_url_as_expected, apps(app()), intent(expected)).status is Status.PASS


def test_another_url_than_the_expected_fails_and_says_where_it_differs() -> None:
    result = judge(rest_url_as_expected, apps(app()), intent("http://web.example.com:9000/hooks"))
    assert result.status is Status.FAIL
    assert result.findings[0].summary.endswith("it differs in port")
    assert result.findings[0].subject == URL


def test_the_spare_app_only_warns_where_another_is_as_expected() -> None:
    both = apps(app(), app(ECHO, name="flashStreamingApp"))
    assert judge(rest_url_as_expected, both, intent(URL)).status is Status.WARN


def test_nothing_expected_is_not_applicable() -> None:
    assert judge(rest_url_as_expected, apps(app()), intent()).run is Run.NOT_APPLICABLE


def test_no_url_read_is_undetermined() -> None:
    assert judge(rest_url_as_expected, apps(app(None)), intent(URL)).run is Run.UNDETERMINED


def echo(url: str, expected: str | None = None, rest: RestIntent = RestIntent.AUTO) -> CheckResult:
    return judge(
        rest_url_is_not_echo_app, apps(app(url)), intent(expected, rest), installation(), settings()
    )


def test_a_url_of_ones_own_is_not_the_echo_app() -> None:
    assert echo(URL).status is Status.PASS


def test_the_echo_app_warns() -> None:
    assert echo(ECHO).status is Status.WARN


def test_the_echo_app_fails_where_another_url_is_expected() -> None:
    result = echo(ECHO, URL)
    assert result.status is Status.FAIL
    assert f'update app -l "{URL}" defaultApp' in commands_of(result)


def test_the_echo_app_passes_where_it_is_expected_or_rest_is_off() -> None:
    assert echo(ECHO, ECHO).status is Status.PASS
    assert echo(ECHO, rest=RestIntent.OFF).status is Status.PASS


def test_the_echo_app_is_known_without_the_generation() -> None:
    gone = absent(Installation, GONE)
    result = judge(rest_url_is_not_echo_app, apps(app(ECHO)), intent(), gone, NO_SETTINGS)
    assert result.status is Status.WARN


@pytest.mark.parametrize(
    ("url", "generation"), [(ECHO, NEW), ("http://localhost:9091/EchoApp", OLD), (URL, NEW)]
)
def test_the_right_place_of_the_echo_app_passes(url: str, generation: object) -> None:
    found = installation(OLD if generation is OLD else NEW)
    result = judge(echo_app_path_right, apps(app(url)), found, settings(), NO_PROBES)
    assert result.status is Status.PASS


@pytest.mark.parametrize(
    "url",
    ["http://localhost:9091/EchoApp", "http://localhost:8081/EchoApp", "http://[::1]:9091/EchoApp"],
)
def test_a_wrong_place_of_the_echo_app_fails(url: str) -> None:
    result = judge(echo_app_path_right, apps(app(url)), installation(), settings(), NO_PROBES)
    assert result.status is Status.FAIL
    assert f'update app -l "{ECHO}" defaultApp' in commands_of(result)


def test_the_echo_app_moves_with_http_port() -> None:
    moved = settings("http.port=9081")
    result = judge(echo_app_path_right, apps(app(ECHO)), installation(), moved, NO_PROBES)
    assert result.status is Status.FAIL
    assert "http://localhost:9081/apps/EchoApp" in result.findings[0].summary


def test_an_undocumented_place_that_answers_passes() -> None:
    url = "http://localhost:8081/EchoApp"
    result = judge(echo_app_path_right, apps(app(url)), installation(), settings(), probes(url))
    assert result.status is Status.PASS


def test_the_place_is_not_judged_without_the_generation() -> None:
    gone = absent(Installation, GONE)
    result = judge(echo_app_path_right, apps(app()), gone, settings(), NO_PROBES)
    assert result.run is Run.SKIPPED


def damage(seen: object, expected: str | None = None, url: str = DAMAGED) -> CheckResult:
    return judge(no_upgrade_damage, apps(app(url)), intent(expected), installation(), seen)


def test_a_url_without_the_sign_passes() -> None:
    assert damage(NO_PROBES, url=URL).status is Status.PASS


@pytest.mark.parametrize(
    "seen",
    [
        probes(DAMAGED, None, outcome=Outcome.REFUSED),
        probes(DAMAGED, 404),
        probes(DAMAGED, 200, "text/html"),
    ],
)
def test_a_rewritten_url_that_does_not_answer_hooks_fails(seen: WebServerProbes) -> None:
    result = damage(seen)
    assert result.status is Status.FAIL
    assert f'update app -l "{ORIGIN}" defaultApp' in commands_of(result)


@pytest.mark.parametrize("status", [200, 403])
def test_a_url_with_the_sign_that_answers_passes(status: int) -> None:
    assert damage(probes(DAMAGED, status)).status is Status.PASS


def test_the_expected_url_decides_on_damage() -> None:
    assert damage(probes(DAMAGED), ORIGIN).status is Status.FAIL
    assert damage(NO_PROBES, DAMAGED).status is Status.PASS


@pytest.mark.parametrize("seen", [NO_PROBES, probes(DAMAGED, 500), probes(DAMAGED, None)])
def test_damage_is_undetermined_where_no_answer_tells(seen: object) -> None:
    assert damage(seen).run is Run.UNDETERMINED


def test_damage_does_not_concern_wcs_with_manager() -> None:
    old = installation(OLD)
    result = judge(no_upgrade_damage, apps(app(DAMAGED)), intent(), old, NO_PROBES)
    assert result.run is Run.NOT_APPLICABLE


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::", "*", "::1", "::ffff:127.0.0.1"])
def test_a_loopback_url_with_a_listener_passes(address: str) -> None:
    listening = sockets((address, 5000))
    result = judge(loopback_port_listens, apps(app(LOCAL)), listening, NO_CONTAINER)
    assert result.status is Status.PASS


@pytest.mark.parametrize("listening", [sockets(), sockets(("192.0.2.7", 5000))])
def test_a_loopback_url_without_a_listener_fails(listening: ListeningSockets) -> None:
    result = judge(loopback_port_listens, apps(app(LOCAL)), listening, NO_CONTAINER)
    assert result.status is Status.FAIL
    assert result.findings[0].subject == LOCAL


def test_a_container_is_named_in_the_remedy() -> None:
    result = judge(loopback_port_listens, apps(app(LOCAL)), sockets(), container(inside=True))
    assert result.findings[0].fix is not None
    assert "container" in result.findings[0].fix.text


def test_a_url_elsewhere_needs_no_listener() -> None:
    result = judge(loopback_port_listens, apps(app()), sockets(), NO_CONTAINER)
    assert result.run is Run.NOT_APPLICABLE


def test_loopback_outside_of_a_container_passes() -> None:
    result = judge(loopback_not_in_container, apps(app(LOCAL)), container(inside=False), sockets())
    assert result.status is Status.PASS


def test_loopback_in_a_container_fails_unless_something_listens() -> None:
    inside = container(inside=True)
    nothing = judge(loopback_not_in_container, apps(app(LOCAL)), inside, sockets())
    assert nothing.status is Status.FAIL
    listening = sockets(("127.0.0.1", 5000))
    served = judge(loopback_not_in_container, apps(app(LOCAL)), inside, listening)
    assert served.status is Status.PASS


def test_loopback_in_a_container_is_undetermined_without_sockets() -> None:
    gone = absent(ListeningSockets, GONE)
    result = judge(loopback_not_in_container, apps(app(LOCAL)), container(inside=True), gone)
    assert result.run is Run.UNDETERMINED


def test_a_container_that_cannot_be_looked_for_is_undetermined() -> None:
    result = judge(loopback_not_in_container, apps(app(LOCAL)), Container((), ()), sockets())
    assert result.run is Run.UNDETERMINED


def test_a_name_with_an_ipv4_address_passes() -> None:
    both = probes(URL, addresses=("2001:db8::1", "192.0.2.1"))
    assert judge(ipv4_where_preferred, apps(app()), IPV4_ALONE, both).status is Status.PASS


def test_a_name_with_ipv6_alone_fails() -> None:
    six = probes(URL, addresses=("2001:db8::1",))
    assert judge(ipv4_where_preferred, apps(app()), IPV4_ALONE, six).status is Status.FAIL


def test_an_ipv6_address_in_the_url_fails_without_any_probe() -> None:
    six = apps(app("http://[2001:db8::1]:80/hooks"))
    assert judge(ipv4_where_preferred, six, IPV4_ALONE, NO_PROBES).status is Status.FAIL


def test_ipv6_passes_where_the_jvm_may_use_it() -> None:
    six = probes(URL, addresses=("2001:db8::1",))
    assert judge(ipv4_where_preferred, apps(app()), settings(), six).status is Status.PASS


def test_a_name_that_was_not_resolved_is_not_judged() -> None:
    unresolved = probes(URL, addresses=())
    result = judge(ipv4_where_preferred, apps(app()), IPV4_ALONE, unresolved)
    assert (result.run, result.because) == (Run.SKIPPED, "WEB101")


PROXY = settings(core="-Dhttp.proxyHost=proxy.example.com\n-Dhttp.nonProxyHosts=10.*")
VIA = JvmProxy("proxy.example.com", 80, "http.proxyHost")


def test_no_proxy_passes() -> None:
    assert judge(no_jvm_proxy, JvmProxies((), (URL,)), settings()).status is Status.PASS


@pytest.mark.parametrize("reached", [True, None])
def test_a_proxy_that_may_work_warns(*, reached: bool | None) -> None:
    caught = JvmProxies((CaughtUrl(URL, VIA, reached),), ())
    result = judge(no_jvm_proxy, caught, PROXY)
    assert result.status is Status.WARN
    assert result.findings[0].fix is not None
    assert "-Dhttp.nonProxyHosts=10.*|web.example.com" in result.findings[0].fix.text


def test_a_proxy_out_of_reach_fails() -> None:
    caught = JvmProxies((CaughtUrl(URL, VIA, False, "Connection refused"),), ())
    assert judge(no_jvm_proxy, caught, PROXY).status is Status.FAIL


def test_a_proxy_is_not_judged_without_the_settings() -> None:
    result = judge(no_jvm_proxy, absent(JvmProxies, GONE), absent(Settings, GONE))
    assert result.run is Run.SKIPPED
