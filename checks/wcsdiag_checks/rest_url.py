"""URL, second half: the REST URL as it is written."""

from __future__ import annotations

import re

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.model import (
    Evidence,
    Fix,
    NotApplicable,
    Unavailable,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.net.probe import Outcome
from wcsdiag.registry import Observations, check
from wcsdiag.target import Intent, RestIntent
from wcsdiag.wcs.app import App
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.rest_url import (
    RestUrl,
    echo_app_ports,
    echo_app_url,
    parse_rest_url,
    upgrade_damage_origin,
)
from wcsdiag.wcs.settings import DEFAULT_HTTP_PORT, DEFAULT_HTTPS_PORT, Settings

_SPARE_APP = "flashStreamingApp"
_WCS_PORTS = frozenset({8080, 8081, 8443, 8444, 8888, 9091})


@check("URL107", "The REST URL is well formed")
def rest_url_well_formed(apps: Apps) -> Observations:
    """WCS appends `/connect` and the like to the REST URL as it is written, and POSTs there.

    Fix
    ---
    Write scheme, host, port and path, nothing else, and no slash at the end::

        ssh -p 2001 admin@HOST     # then: update app -l "http://web.example.com:8000/hooks" APP
    """
    for text, users in apps.by_url.items():
        parsed = parse_rest_url(text)
        shown = Evidence(f"{_names(users)}: {text!r}", apps.where)
        summary = "; ".join(problem.value for problem in parsed.problems)
        if parsed.url is None:
            yield failed(
                f"the REST URL is malformed: {summary}",
                shown,
                subject=text,
                fix=_update(apps, users, suggested_url(text)),
            )
        elif parsed.problems:
            yield warned(
                f"the REST URL asks for trouble: {summary}",
                shown,
                subject=text,
                fix=_update(apps, users, suggested_url(text)),
            )
        else:
            yield passed("the REST URL is well formed", shown, subject=text)
    for app in (app for app in apps.selected if app.url is None):
        yield undetermined(
            f"the REST URL of app {app.name} is not in what was read",
            Evidence(f"name {app.name}, key {app.key}", apps.where),
            subject=app.key,
            fix=Fix("Look at the app in the CLI.", (apps.cli, "show apps -d")),
        )
    if not apps.selected:
        raise NotApplicable("there is no app")


def suggested_url(text: str) -> str | None:
    """The text without what can be taken away mechanically, where that makes a good REST URL."""
    cleaned = re.sub(r"[\s\"'`\u2018\u2019\u201c\u201d\u200b-\u200f\ufeff]", "", text)
    cleaned = re.split(r"[?#]", cleaned.replace("\\", "/"))[0].rstrip("/")
    cleaned = re.sub(r"^(https?):/*(?=[^/])", r"\1://", cleaned)
    cleaned = re.sub(r"//[^/@]*@", "//", cleaned)
    if "://" not in cleaned:
        cleaned = f"http://{cleaned.lstrip('/')}"
    parsed = parse_rest_url(cleaned)
    return cleaned if parsed.url is not None and not parsed.problems else None


@check(
    "URL108",
    "The REST URL is the expected one",
    explained_by=("URL107", "URL109", "URL110", "URL111"),
)
def rest_url_as_expected(apps: Apps, intent: Intent) -> Observations:
    """A REST URL that points to another web server, or to yesterday's, fails in silence: WCS logs
    errors of hooks, and clients rarely see them.

    Fix
    ---
    Set the REST URL in the CLI::

        ssh -p 2001 admin@HOST     # then: update app -l "EXPECTED URL" APP
    """
    if intent.expect_url is None:
        raise NotApplicable("no --expect-url was given")
    expected = parse_rest_url(intent.expect_url).url
    for text, users in apps.by_url.items():
        if _is_expected(text, intent):
            shown = Evidence(f"{_names(users)}: {text}", apps.where)
            yield passed("the REST URL is the expected one", shown, subject=text)
            continue
        actual = parse_rest_url(text).url
        parts = _differing_parts(actual, expected) if actual and expected else "the text"
        judge = warned if _is_spare(users, apps, intent) else failed
        yield judge(
            f"the REST URL of {_names(users)} is not the expected one: it differs in {parts}",
            Evidence(f"{_names(users)}: {text}", apps.where),
            Evidence(intent.expect_url, "operator: --expect-url"),
            subject=text,
            fix=_update(apps, users, intent.expect_url),
        )
    if not apps.by_url:
        yield undetermined("no REST URL was read", Evidence("no REST URL", apps.where))


def _differing_parts(actual: RestUrl, expected: RestUrl) -> str:
    parts = {
        "scheme": (actual.scheme, expected.scheme),
        "host": (actual.host.lower(), expected.host.lower()),
        "port": (actual.port, expected.port),
        "path": (actual.path, expected.path),
    }
    return " and ".join(name for name, (mine, theirs) in parts.items() if mine != theirs)


@check("URL109", "The REST URL is not the built-in EchoApp")
def rest_url_is_not_echo_app(
    apps: Apps,
    intent: Intent,
    installation: Installation | Unavailable,
    settings: Settings | Unavailable,
) -> Observations:
    """A new WCS sends its hooks to its own EchoApp, which answers each with what it got.

    So everything looks well, and the customer's web server never hears of it.

    Fix
    ---
    Point the app to your web server::

        ssh -p 2001 admin@HOST     # then: update app -l "http://web.example.com:8000/hooks" APP
    """
    found = False
    for text, users in apps.by_url.items():
        url = parse_rest_url(text).url
        if url is None or not _is_echo_app(url, installation, settings):
            continue
        found = True
        shown = Evidence(f"{_names(users)}: {text}", apps.where)
        if _is_expected(text, intent) or intent.rest is RestIntent.OFF:
            yield passed("the REST URL is the built-in EchoApp, as intended", shown, subject=text)
            continue
        judge = warned
        if intent.expect_url is not None and not _is_spare(users, apps, intent):
            judge = failed
        yield judge(
            f"hooks of {_names(users)} go to the built-in EchoApp, not to your web server",
            shown,
            subject=text,
            fix=_update(apps, users, intent.expect_url),
        )
    if not found:
        urls = ", ".join(apps.by_url) or "no REST URL"
        yield passed("no REST URL is the built-in EchoApp", Evidence(urls, apps.where))


def _is_echo_app(
    url: RestUrl, installation: Installation | Unavailable, settings: Settings | Unavailable
) -> bool:
    """By the generation that was found; by any where none was."""
    generations = tuple(Generation)
    if not isinstance(installation, Unavailable):
        generations = (installation.generation,)
    ports = _ports(settings)
    return any(url.is_built_in_echo_app(generation, *ports) for generation in generations)


def _ports(settings: Settings | Unavailable) -> tuple[int, int]:
    if isinstance(settings, Unavailable):
        return DEFAULT_HTTP_PORT, DEFAULT_HTTPS_PORT
    return settings.http_port, settings.https_port


@check("URL110", "A REST URL of the EchoApp has the place where this WCS answers it")
def echo_app_path_right(
    apps: Apps,
    installation: Installation,
    settings: Settings | Unavailable,
    probes: WebServerProbes | Unavailable,
) -> Observations:
    """WCS with Manager answers at http://localhost:9091/EchoApp, WCS 5.1 and later at
    http://localhost:8081/apps/EchoApp, on the port that `http.port` sets.

    Fix
    ---
    Better than to correct the place: point the app to your web server. For the EchoApp::

        ssh -p 2001 admin@HOST     # then: update app -l "http://localhost:8081/apps/EchoApp" APP
    """
    ports = _ports(settings)
    right = echo_app_url(installation.generation, ports[0])
    own_ports = _WCS_PORTS | set(echo_app_ports(installation.generation, *ports).values())
    found = False
    for text, users in apps.urls_in_use.items():
        url = parse_rest_url(text).url
        if url is None or not url.looks_like_echo_app() or url.port not in own_ports:
            continue
        found = True
        shown = Evidence(f"{_names(users)}: {text}", apps.where)
        if url.is_built_in_echo_app(installation.generation, *ports):
            yield passed("the EchoApp's place is right", shown, subject=text)
        elif _answer(text, probes) is True:
            yield passed("it is not the documented place, and answers", shown, subject=text)
        else:
            yield failed(
                f"the EchoApp of {installation.generation.value} is at {right}",
                shown,
                Evidence(f"WCS {installation.version or 'of unknown version'}", installation.home),
                subject=text,
                fix=_update(apps, users, right),
            )
    if not found:
        urls = ", ".join(apps.urls_in_use) or "no REST URL"
        yield passed("no REST URL means the built-in EchoApp", Evidence(urls, apps.where))


@check("URL111", "No update has rewritten the REST URL")
def no_upgrade_damage(
    apps: Apps,
    intent: Intent,
    installation: Installation | Unavailable,
    probes: WebServerProbes | Unavailable,
) -> Observations:
    """The installer of the 5.2 line replaces `9091` by `8081/apps` wherever it stands in
    conf/database.yml, so that `http://web:9091/hooks` becomes `http://web:8081/apps/hooks`.

    A REST URL that has this text and answers as a web server should is meant to be so.

    Fix
    ---
    Set the REST URL again after the update::

        ssh -p 2001 admin@HOST     # then: update app -l "http://web.example.com:9091/hooks" APP
    """
    if (
        not isinstance(installation, Unavailable)
        and installation.generation is Generation.WITH_MANAGER
    ):
        raise NotApplicable("the installer of WCS with Manager (4, 5.0) rewrites nothing")
    found = False
    for text, users in apps.urls_in_use.items():
        origin = upgrade_damage_origin(text)
        if origin is None:
            continue
        found = True
        shown = Evidence(f"{_names(users)}: {text}", apps.where)
        answers = _answer(text, probes)
        if _is_expected(text, intent):
            yield passed("`8081/apps` is in the REST URL, as expected", shown, subject=text)
        elif _is_expected(origin, intent) or answers is False:
            yield failed(
                f"an update of WCS has rewritten the REST URL: it was probably {origin}",
                shown,
                subject=text,
                fix=_update(apps, users, origin),
            )
        elif answers:
            yield passed("`8081/apps` is in the REST URL, which answers", shown, subject=text)
        else:
            yield undetermined(
                f"an update of WCS may have rewritten the REST URL: was it {origin}?",
                shown,
                subject=text,
                fix=Fix("--expect-url says which one is right, and a POST would tell."),
            )
    if not found:
        urls = ", ".join(apps.urls_in_use) or "no REST URL"
        yield passed("no REST URL bears the sign of it", Evidence(urls, apps.where))


def _answer(text: str, probes: WebServerProbes | Unavailable) -> bool | None:
    """Does the web server answer hooks there, as the host sees it? None: that was not learned.

    An error of the web server itself (5xx) decides nothing: the place may be right.
    """
    if isinstance(probes, Unavailable):
        return None
    probed = next((one for one in probes.urls if one.url == text), None)
    return _verdict_of(probed) if probed is not None else None


def _verdict_of(probed: ProbedUrl) -> bool | None:
    if isinstance(probed.host, Unavailable):
        return None
    answer = probed.host.answer
    if answer is None:
        undecided = {Outcome.OK, Outcome.NOT_TRIED, Outcome.FORWARDING_DENIED}
        return None if probed.host.outcome in undecided else False
    if answer.status >= 500:
        return None
    is_json = "json" in (answer.header("Content-Type") or "").lower()
    return (answer.status == 200 and is_json) or answer.status in {401, 403}


def _is_expected(text: str, intent: Intent) -> bool:
    if intent.expect_url is None:
        return False
    actual, expected = parse_rest_url(text).url, parse_rest_url(intent.expect_url).url
    if actual is None or expected is None:
        return text.strip() == intent.expect_url.strip()
    return actual.is_same_as(expected)


def _is_spare(users: tuple[App, ...], apps: Apps, intent: Intent) -> bool:
    """True for the stock app that few use, where another app has the expected REST URL."""
    others = any(_is_expected(text, intent) for text in apps.by_url)
    return others and all(app.name == _SPARE_APP for app in users)


def _names(users: tuple[App, ...]) -> str:
    return "app " + ", ".join(app.name for app in users)


def _update(apps: Apps, users: tuple[App, ...], url: str | None) -> Fix:
    """Set the REST URL; only `-l` is sure to work, not a URL by position (wcs.md 1.2)."""
    shown = url or "http://YOUR-WEB-SERVER/PATH"
    quoted = shown.replace('"', "")
    commands = tuple(f'update app -l "{quoted}" {app.name}' for app in users)
    return Fix("Set the REST URL in the WCS CLI.", (apps.cli, *commands))
