"""Probes for the tests of group WEB: real ones of small servers, through a recorded host."""

from __future__ import annotations

from dataclasses import replace

from tests.support_web import Behaviour, serving
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.log_window import LogWindow
from wcsdiag.facts.probes import ProbedUrl, WebServerProbes, web_server_probes
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.net.probe import (
    AddressAttempt,
    Answer,
    Certificate,
    Outcome,
    Phase,
    PhaseResult,
    Probe,
    Vantage,
)
from wcsdiag.redact import Redactor, Secret
from wcsdiag.target import Intent, Target
from wcsdiag.testing import absent
from wcsdiag.wcs.app import App
from wcsdiag.wcs.rest_url import parse_rest_url
from wcsdiag.wcs.settings import Setting, Settings

TARGET = Target("wcs1")
SETTINGS = Settings({}, {}, ())
NO_INSTALLATION = absent(Installation, Unavailable("not found", because="HST102"))
NO_LOG = absent(LogWindow, Unavailable("the log was not found", because="LOG101"))
NO_SSH = Unavailable("the host cannot be reached", because="HST101")
PLAIN = "http://web.example:9091/hooks"
SECURE = "https://web.example/hooks"
ADDRESS = "192.0.2.1"


def probes_of(
    behaviour: Behaviour,
    *,
    user: str | None = None,
    settings: Settings = SETTINGS,
    post: bool = True,
) -> WebServerProbes:
    """One app whose web server behaves so, probed from the host for real."""
    with serving(behaviour) as server:
        password = Secret("pass") if user else None
        url = server.url(host="web.example")
        app = App("myApp", "myKey", url, None, user or "", password, ("connect",))
        host = RecordedHost(
            is_local=True,
            names={"web.example": (ADDRESS,)},
            tcp={(ADDRESS, server.port): ("127.0.0.1", server.port)},
        )
        return web_server_probes(
            TARGET,
            Apps(AppSource.CLI, "host: CLI", (app,), (app,)),
            settings,
            HostAccess(host),
            Intent(post=post),
            Lifetime(3, deadline_s=20),
            Redactor(),
        )


def timeout_setting(seconds: str) -> Settings:
    """Settings with that `rest_request_timeout`."""
    return Settings({"rest_request_timeout": Setting(seconds, "host: f.properties:3")}, {}, ())


def ended(
    phase: Phase,
    outcome: Outcome,
    detail: str = "",
    *,
    url: str = PLAIN,
    vantage: Vantage = Vantage.HOST,
) -> Probe:
    """A probe made by hand, that went well up to this phase."""
    order = [Phase.NAME, Phase.CONNECT, Phase.TLS, Phase.HTTP]
    before = [
        PhaseResult(each, Outcome.OK, 0.01)
        for each in order[: order.index(phase)]
        if each is not Phase.TLS or url.startswith("https")
    ]
    phases = (*before, PhaseResult(phase, outcome, 0.01, detail))
    parsed = parse_rest_url(url).url
    port = parsed.port if parsed else 0
    attempts: tuple[AddressAttempt, ...] = ()
    if phase is not Phase.NAME:
        connected = outcome if phase is Phase.CONNECT else Outcome.OK
        attempts = (AddressAttempt(ADDRESS, port, connected, 0.01, detail),)
    addresses = (ADDRESS,) if attempts else ()
    return Probe(vantage, url, phases, addresses, attempts, answer_limit_s=15.0)


def with_certificate(
    probe: Probe, certificate: Certificate, *problems: Outcome, protocol: str = "TLSv1.2"
) -> Probe:
    """The same probe with what was learned in TLS."""
    return replace(
        probe,
        certificate=certificate,
        certificate_problems=frozenset(problems),
        protocol=protocol,
        protocols=("TLSv1", "TLSv1.1", "TLSv1.2"),
        trust_store="the operator's trust store",
    )


def timed(probe: Probe, seconds: float) -> Probe:
    """The same probe with an answer that took this long."""
    return replace(probe, answer=Answer(200, "OK", (), b"{}", False, seconds))


def facts(
    host: Probe | Unavailable, operator: Probe | None = None, *, url: str = PLAIN
) -> WebServerProbes:
    """Probes of one URL, made by hand."""
    app = App("myApp", "myKey", url)
    exchange = Exchange(Source.PROBE, "connect", f"{url}/connect", {}, status=None)
    reached = isinstance(host, Probe) and host.phase(Phase.HTTP) is not None
    return WebServerProbes(
        (
            ProbedUrl(
                url,
                (app,),
                host,
                operator,
                exchange if reached else None,
                None,
                app,
                parse_rest_url(url).url,
            ),
        ),
        posted=True,
    )
