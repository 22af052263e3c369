"""REST URLs: what is wrong with one, what it means, and what an update made of it."""

from __future__ import annotations

import pytest

from wcsdiag.wcs.generation import Generation, generation_of_version
from wcsdiag.wcs.rest_url import (
    RestUrl,
    UrlProblem,
    echo_app_url,
    parse_rest_url,
    rest_url_behind,
    upgrade_damage_origin,
)

OLD, NEW = Generation.WITH_MANAGER, Generation.WITHOUT_MANAGER


def good(text: str) -> RestUrl:
    url = parse_rest_url(text).url
    assert url is not None
    return url


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", UrlProblem.EMPTY),
        ("web/hooks", UrlProblem.SCHEME_MISSING),
        ("//web/hooks", UrlProblem.SCHEME_MISSING),
        ("ftp://web/hooks", UrlProblem.SCHEME_UNKNOWN),
        ("htp://web/hooks", UrlProblem.SCHEME_UNKNOWN),
        ("http:///hooks", UrlProblem.HOST_MISSING),
        ("http://:80/hooks", UrlProblem.HOST_MISSING),
        ("http://1.2.3.400/hooks", UrlProblem.HOST_MALFORMED),
        ("http://[::z]/hooks", UrlProblem.HOST_MALFORMED),
        ("http://-web-/hooks", UrlProblem.HOST_MALFORMED),
        ("http://web:0/hooks", UrlProblem.PORT_MALFORMED),
        ("http://web:65536/hooks", UrlProblem.PORT_MALFORMED),
        ("http://web:80a/hooks", UrlProblem.PORT_MALFORMED),
        ("http://web/my hooks", UrlProblem.SPACES),
        ('"http://web/hooks"', UrlProblem.QUOTES),
        ("http://web\\hooks", UrlProblem.BACKSLASH),
        ("http://web/hooks\n", UrlProblem.CONTROL),
        ("http://web/hooks?x=1", UrlProblem.QUERY),
        ("http://web/hooks#x", UrlProblem.FRAGMENT),
    ],
)
def test_a_fatal_problem_leaves_no_url(text: str, problem: UrlProblem) -> None:
    parsed = parse_rest_url(text)
    assert problem in parsed.problems
    assert parsed.url is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("http://web/hooks/", UrlProblem.TRAILING_SLASH),
        ("http://u:p@web/hooks", UrlProblem.USERINFO),
        ("http://my_web/hooks", UrlProblem.UNDERSCORE),
        ("http://web/hooks/connect", UrlProblem.ENDS_IN_METHOD),
    ],
)
def test_a_tolerable_problem_is_named_beside_the_url(text: str, problem: UrlProblem) -> None:
    parsed = parse_rest_url(text)
    assert parsed.problems == (problem,)
    assert parsed.url is not None


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("http://web", "web", 80, ""),
        ("HTTPS://web/hooks", "web", 443, "/hooks"),
        ("http://[::1]:9091/x", "::1", 9091, "/x"),
        ("http://web.example.com:8000/a/b/", "web.example.com", 8000, "/a/b"),
    ],
)
def test_a_good_url_comes_in_parts(text: str, host: str, port: int, path: str) -> None:
    url = good(text)
    assert (url.host, url.port, url.path) == (host, port, path)


def test_the_method_is_appended_with_one_slash() -> None:
    assert good("http://web/hooks/").method_url("connect") == "http://web/hooks/connect"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.1.1", "[::1]", "LOCALHOST"])
def test_loopback_is_known(host: str) -> None:
    assert good(f"http://{host}:80/x").is_loopback


@pytest.mark.parametrize("host", ["web", "10.0.0.1", "[2001:db8::1]", "localhost.example.com"])
def test_others_are_not_loopback(host: str) -> None:
    assert not good(f"http://{host}:80/x").is_loopback


@pytest.mark.parametrize(
    ("text", "generation", "http_port", "is_built_in"),
    [
        ("http://localhost:9091/EchoApp", OLD, 8081, True),
        ("http://localhost:9091/EchoApp", NEW, 8081, False),
        ("http://localhost:8081/apps/EchoApp", NEW, 8081, True),
        ("http://127.0.0.1:8081/apps/EchoApp/", NEW, 8081, True),
        ("http://localhost:8081/apps/EchoApp", NEW, 9081, False),
        ("http://localhost:9081/apps/EchoApp", NEW, 9081, True),
        ("http://localhost:8081/EchoApp", NEW, 8081, False),
        ("http://web:8081/apps/EchoApp", NEW, 8081, False),
    ],
)
def test_the_built_in_echo_app_is_known_by_generation(
    text: str, generation: Generation, http_port: int, *, is_built_in: bool
) -> None:
    assert good(text).is_built_in_echo_app(generation, http_port) is is_built_in


@pytest.mark.parametrize("generation", Generation)
def test_the_documented_echo_app_is_the_built_in_one(generation: Generation) -> None:
    assert echo_app_url(generation) == generation.echo_app_url
    assert good(generation.echo_app_url).is_built_in_echo_app(generation)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://api.example.com:8081/apps/hooks", "http://api.example.com:9091/hooks"),
        ("http://localhost:8081/apps/hooks", "http://localhost:9091/hooks"),
        ("http://api:8081/apps/EchoApp", "http://api:9091/EchoApp"),
        ("http://localhost:8081/apps/EchoApp", None),
        ("http://api.example.com:9091/hooks", None),
    ],
)
def test_upgrade_damage_is_undone(text: str, origin: str | None) -> None:
    assert upgrade_damage_origin(text) == origin


@pytest.mark.parametrize(
    ("text", "generation"),
    [
        ("4.0.10-abc", OLD),
        ("5.0.2900-0a1b2c3", OLD),
        ("5.1.3700-f00", NEW),
        ("5.2.1475-0a1b2c3\n", NEW),
        ("FlashphonerWebCallServer-5.3.392", NEW),
        ("6.0.1", NEW),
        ("5", None),
        ("3.0.1", None),
        ("", None),
        ("unknown", None),
    ],
)
def test_the_version_tells_the_generation(text: str, generation: Generation | None) -> None:
    assert generation_of_version(text) is generation


@pytest.mark.parametrize(
    ("hook", "rest_url"),
    [
        ("http://web/hooks/connect", "http://web/hooks"),
        ("http://web:80/hooks//connect", "http://web/hooks"),
        ("http://web/hooks/v2/connect", "http://web/hooks/v2"),
        ("not a URL/connect", "not a URL"),
    ],
)
def test_the_rest_url_behind_a_hook_is_known(hook: str, rest_url: str) -> None:
    assert rest_url_behind(hook, ("http://other/hooks", "http://web/hooks")) == rest_url
