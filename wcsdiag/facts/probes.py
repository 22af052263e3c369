"""The web servers behind the REST URLs, probed from the host and from the operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps
from wcsdiag.hooks.exchange import Exchange, JsonObject, Source
from wcsdiag.hooks.synthetic import body_of, connect_hook
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.host_tools import connect_by_tool
from wcsdiag.net.network import Network, OperatorNetwork
from wcsdiag.net.parallel import at_the_same_time
from wcsdiag.net.probe import Authorization, Outcome, Phase, Probe, Vantage
from wcsdiag.net.prober import Hook, ProbeRequest, probe
from wcsdiag.redact import Redactor, Secret
from wcsdiag.registry import fact
from wcsdiag.target import Intent, RestIntent, Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.credentials import credentials_of
from wcsdiag.wcs.rest_url import RestUrl, parse_rest_url
from wcsdiag.wcs.settings import DEFAULT_REST_REQUEST_TIMEOUT_S, Settings

CONNECT = "connect"
_NOT_THE_WAY = frozenset({Outcome.OK, Outcome.FORWARDING_DENIED})
"""Outcomes that do not say that the host lacks a way."""
_PROBES_AT_ONCE = 64
# A stock app of every WCS: the key that clients send unless they are told otherwise (wcs.md 1.2).
_STOCK_APP_KEY = "defaultApp"


@dataclass(frozen=True)
class ProbedUrl:
    """One REST URL and what the probes of it saw.

    `host` is an `Unavailable` where the host could not be used as a vantage, or has no direct way
    while a proxy of WCS's JVM catches the URL. `operator` is None
    where that vantage means nothing: a loopback URL, or host and operator are one machine.
    An exchange is None where no hook was sent, or the probe ended before HTTP.

    `sender` is the app whose key and credentials the hook carried: of several with this URL the
    first that has credentials, else the first. `apps` is empty where the URL is only the one of
    `--expect-url`. `rest_url` is None where the URL is malformed; then nothing was probed, and
    `host` says so with URL107.
    """

    url: str
    apps: tuple[App, ...]
    host: Probe | Unavailable
    operator: Probe | None
    host_exchange: Exchange | None = None
    operator_exchange: Exchange | None = None
    sender: App | None = None
    rest_url: RestUrl | None = None


@dataclass(frozen=True)
class WebServerProbes:
    """The REST URLs of the selected apps, each once. `posted` says whether hooks were sent."""

    urls: tuple[ProbedUrl, ...]
    posted: bool


@dataclass(frozen=True)
class _Sent:
    """One URL with what will be sent there."""

    url: str
    apps: tuple[App, ...]
    sender: App | None
    parsed: RestUrl | None
    hook: JsonObject
    request: ProbeRequest | None
    is_proxied: bool = False


@dataclass(frozen=True)
class _Way:
    """How WCS speaks, as far as its settings tell; the documented defaults where they do not."""

    settings: Settings | None
    post: bool
    fallback_key: str

    @property
    def answer_limit_s(self) -> float | None:
        """Seconds that WCS waits for an answer; None where it waits without limit."""
        if self.settings is None:
            return float(DEFAULT_REST_REQUEST_TIMEOUT_S)
        return self.settings.answer_limit_s

    def to(self, url: str, apps: tuple[App, ...]) -> _Sent:
        """What is sent to one URL."""
        sender = next((app for app in apps if app.rest_username), apps[0] if apps else None)
        hook = connect_hook(sender.key if sender else self.fallback_key)
        parsed = parse_rest_url(url).url
        if parsed is None:
            return _Sent(url, apps, sender, None, hook, None)
        settings = self.settings
        request = ProbeRequest(
            url=url,
            scheme=parsed.scheme,
            host=parsed.host,
            port=parsed.port,
            hook=self._hook(parsed, sender, body_of(hook)) if self.post else None,
            protocols=settings.tls_client_protocols if settings else (),
            ipv4_only=settings.prefer_ipv4_stack if settings else False,
            answer_limit_s=self.answer_limit_s,
        )
        is_proxied = settings is not None and settings.proxy_for(parsed) is not None
        return _Sent(url, apps, sender, parsed, hook, request, is_proxied)

    def _hook(self, url: RestUrl, sender: App | None, body: bytes) -> Hook:
        credentials = credentials_of(self.settings, sender)
        kind = Authorization.NONE
        if credentials.username:
            kind = Authorization.BASIC
        if credentials.hash_key:
            kind = Authorization.HASH
        return Hook(url.request_url(CONNECT), body, credentials.header(body), kind)


@fact
def web_server_probes(
    target: Target,
    apps: Apps | Unavailable,
    settings: Settings | Unavailable,
    access: HostAccess | Unavailable,
    intent: Intent,
    lifetime: Lifetime,
    redactor: Redactor,
) -> WebServerProbes:
    """Probe every distinct REST URL that hooks are sent to, from both vantages, all at once.

    Where the apps cannot be had, the URL of `--expect-url` is probed instead.
    """
    if intent.rest is RestIntent.OFF:
        raise NotApplicable("REST hooks are meant to be off (--rest off)")
    known = settings if isinstance(settings, Settings) else None
    way = _Way(known, intent.post, target.app_key or _STOCK_APP_KEY)
    sent = [way.to(url, of_url) for url, of_url in _by_url(apps, intent)]
    _learn(sent, redactor)
    operator = OperatorNetwork(lifetime)
    calls = []
    for each in sent:
        calls.append(partial(_from_host, each, access, lifetime))
        calls.append(partial(_from_operator, each, access, operator, lifetime))
    results = at_the_same_time(calls, at_most=_PROBES_AT_ONCE)
    pairs = zip(sent, results[::2], results[1::2], strict=True)
    urls = tuple(_probed(each, host, operator) for each, host, operator in pairs)
    return WebServerProbes(urls, intent.post)


def _by_url(apps: Apps | Unavailable, intent: Intent) -> Iterable[tuple[str, tuple[App, ...]]]:
    if isinstance(apps, Unavailable):
        if intent.expect_url is None:
            raise Unavailable(apps.reason, because=apps.because, fix=apps.fix)
        return [(intent.expect_url, ())]
    urls = {url: users for url, users in apps.urls_in_use.items() if url}
    if not urls:
        raise Unavailable("none of the apps has a REST URL", because="URL107")
    return urls.items()


def _from_host(
    sent: _Sent, access: HostAccess | Unavailable, lifetime: Lifetime
) -> Probe | Unavailable | None:
    if sent.request is None:
        return Unavailable(f"{sent.url!r} is not a URL that can be asked", because="URL107")
    if isinstance(access, Unavailable):
        return Unavailable(access.reason, because=access.because, fix=access.fix)
    tool = partial(connect_by_tool, access.host)
    seen = probe(Vantage.HOST, access.host, sent.request, lifetime, tool)
    ended = seen.phases[-1].phase if seen.phases else Phase.NAME
    has_no_way = ended in {Phase.NAME, Phase.CONNECT} and seen.outcome not in _NOT_THE_WAY
    if sent.is_proxied and has_no_way:
        reason = "the host has no direct way, and a proxy of WCS's JVM may be the way of its hooks"
        return Unavailable(f"{reason}: {sent.url}", because="URL115")
    return seen


def _from_operator(
    sent: _Sent, access: HostAccess | Unavailable, network: Network, lifetime: Lifetime
) -> Probe | Unavailable | None:
    one_machine = isinstance(access, HostAccess) and access.host.is_local
    if sent.request is None or sent.parsed is None or sent.parsed.is_loopback or one_machine:
        return None
    return probe(Vantage.OPERATOR, network, sent.request, lifetime)


def _probed(
    sent: _Sent, host: Probe | Unavailable | None, operator: Probe | Unavailable | None
) -> ProbedUrl:
    assert host is not None
    seen = operator if isinstance(operator, Probe) else None
    return ProbedUrl(
        url=sent.url,
        apps=sent.apps,
        host=host,
        operator=seen,
        host_exchange=_exchange(sent, host) if isinstance(host, Probe) else None,
        operator_exchange=_exchange(sent, seen) if seen else None,
        sender=sent.sender,
        rest_url=sent.parsed,
    )


def _exchange(sent: _Sent, seen: Probe) -> Exchange | None:
    phase = seen.phase(Phase.HTTP)
    hook = sent.request.hook if sent.request else None
    if phase is None or hook is None:
        return None
    exchange = Exchange(
        Source.PROBE, CONNECT, hook.url, sent.hook, datetime.now(UTC), error=phase.detail or None
    )
    answer = seen.answer
    if answer is None:
        return exchange
    return Exchange(
        source=Source.PROBE,
        method=CONNECT,
        url=hook.url,
        request=sent.hook,
        sent_at=exchange.sent_at,
        status=answer.status,
        content_type=answer.header("Content-Type"),
        answer_text=answer.body.decode("utf-8", "replace"),
        answer_truncated=answer.truncated,
        seconds=answer.seconds,
    )


def _learn(sent: Iterable[_Sent], redactor: Redactor) -> None:
    for each in sent:
        if each.request and each.request.hook and each.request.hook.authorization:
            header = each.request.hook.authorization
            redactor.learn(header)
            redactor.learn(Secret(header.reveal().partition(" ")[2]))
        password = urlsplit(each.url).password if each.parsed else None
        if password:
            redactor.learn(Secret(password))
