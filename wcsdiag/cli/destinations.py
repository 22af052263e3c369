"""Where `send` and `replay` send to: the host's own app, or a URL from here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import partial

from wcsdiag.cli.debug import current_redactor
from wcsdiag.cli.on_host import OnHost
from wcsdiag.config import variable_of
from wcsdiag.errors import UsageError
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.net.host_tools import connect_by_tool
from wcsdiag.net.network import OperatorNetwork
from wcsdiag.net.probe import Vantage
from wcsdiag.redact import Secret
from wcsdiag.sender.destination import Destination
from wcsdiag.wcs.app import App
from wcsdiag.wcs.credentials import Credentials, credentials_of
from wcsdiag.wcs.rest_url import RestUrl, parse_rest_url
from wcsdiag.wcs.settings import Settings

WANTED = (HostAccess, Apps, Settings)
"""The facts that a destination on the host needs."""

STOCK_APP_KEY = "defaultApp"


@dataclass(frozen=True)
class Way:
    """Where to, as which app, and what the user should know of it. `place` names it for people."""

    destination: Destination
    app_key: str
    place: str
    notes: tuple[str, ...] = field(default=())


def rest_url(text: str) -> RestUrl:
    """The URL of `--url`. Raises `UsageError` with what is wrong with it."""
    parsed = parse_rest_url(text)
    if parsed.url is None:
        problems = "; ".join(each.value for each in parsed.problems if each.is_fatal)
        raise UsageError(f"--url: {text!r} is not a URL that hooks can go to: {problems}")
    return parsed.url


def from_here(url: RestUrl, app_key: str | None, lifetime: Lifetime) -> Way:
    """From the operator's vantage, with the credentials of the environment."""
    network = OperatorNetwork(lifetime)
    destination = Destination(url, network, Vantage.OPERATOR, credentials_of_environment())
    return Way(destination, app_key or STOCK_APP_KEY, f"{_shown(url)}, from this machine")


def from_host(there: OnHost, url: RestUrl | None) -> Way:
    """From the host's vantage, as its WCS would speak to the app's REST URL, or to `url`.

    Raises `UsageError` where it is not clear which app is meant, `FactMissingError` where the
    host or its apps are not to be had.
    """
    host = there.facts.get(HostAccess).host
    apps = there.facts.find(Apps) if url else there.facts.get(Apps)
    settings = there.facts.find(Settings)
    known = settings if isinstance(settings, Settings) else None
    app = _app(apps, url) if isinstance(apps, Apps) else None
    target = url or _url_of(app)
    destination = Destination(
        url=target,
        network=host,
        vantage=Vantage.HOST,
        credentials=_credentials(known, app, target),
        protocols=known.tls_client_protocols if known else (),
        ipv4_only=known.prefer_ipv4_stack if known else False,
        tool=partial(connect_by_tool, host),
    )
    if known is not None:
        destination = replace(destination, answer_limit_s=known.answer_limit_s)
    key = app.key if app else there.target.app_key or STOCK_APP_KEY
    place = f"{_shown(target)}, from {host.name}"
    return Way(destination, key, place, _notes(settings, target))


def credentials_of_environment() -> Credentials:
    """What `WCSDIAG_HOOK_HASH_KEY`, `WCSDIAG_REST_USER` and `WCSDIAG_REST_PASSWORD` hold."""
    key, user, password = (
        os.environ.get(variable_of(name), "")
        for name in ("hook-hash-key", "rest-user", "rest-password")
    )
    return Credentials(
        hash_key=Secret(key) if key else None,
        username=user,
        password=Secret(password) if password else None,
    )


def learn(credentials: Credentials) -> None:
    """Let none of it be shown."""
    basic = replace(credentials, hash_key=None).header(b"")
    encoded = Secret(basic.reveal().partition(" ")[2]) if basic else None
    for secret in (credentials.hash_key, credentials.password, encoded):
        if secret is not None:
            current_redactor().learn(secret)


def _app(apps: Apps, url: RestUrl | None) -> App | None:
    candidates = [app for app in apps.selected if app.url]
    if url is not None:
        candidates = [app for app in candidates if _is_at(app, url)]
        return candidates[0] if candidates else None
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise UsageError("no app has a REST URL: give one with --url URL")
    keys = ", ".join(app.key for app in candidates[:10])
    raise UsageError(f"the host has several apps: name one with --app-key KEY, of {keys}")


def _is_at(app: App, url: RestUrl) -> bool:
    place = parse_rest_url(app.url or "").url
    return place is not None and place.is_same_as(url)


def _url_of(app: App | None) -> RestUrl:
    assert app is not None
    parsed = parse_rest_url(app.url or "")
    if parsed.url is None:
        problems = "; ".join(each.value for each in parsed.problems if each.is_fatal)
        raise UsageError(f"the REST URL of app {app.name} cannot be used: {problems}")
    return parsed.url


def _credentials(settings: Settings | None, app: App | None, url: RestUrl) -> Credentials:
    """Variables before the host's own; those go nowhere but to the app's own REST URL."""
    given = credentials_of_environment()
    if given.hash_key or given.username:
        return given
    return credentials_of(settings, app) if app and _is_at(app, url) else Credentials()


def _notes(settings: Settings | Unavailable, url: RestUrl) -> tuple[str, ...]:
    if isinstance(settings, Unavailable):
        why = f"the settings of WCS could not be read ({settings.reason})"
        return (f"{why}: the limit of 15 s is its default, and hooks are not signed",)
    notes = []
    if settings.disable_rest_requests:
        notes.append("WCS itself sends no hooks now: disable_rest_requests=true")
    if settings.proxy_for(url) is not None:
        notes.append("a proxy of WCS's JVM catches this URL; these hooks went the direct way")
    return tuple(notes)


def _shown(url: RestUrl) -> str:
    return url.request_url("").rstrip("/")
