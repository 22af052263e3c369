"""Facts made by hand, for the tests of the groups URL and RST."""

from __future__ import annotations

from collections.abc import Mapping

from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.facts.cli import CliReply, WcsCli
from wcsdiag.facts.container import Container
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.model import Evidence, Unavailable
from wcsdiag.net.probe import Answer, Outcome, Phase, PhaseResult, Probe, Vantage
from wcsdiag.target import Intent, RestIntent, Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.properties import read_jvm_options, read_properties
from wcsdiag.wcs.settings import Settings

URL = "http://web.example.com:8000/hooks"
CLI_WHERE = "host: WCS CLI at 127.0.0.1:2001"
TARGET = Target("wcs1.example.com")
OLD, NEW = Generation.WITH_MANAGER, Generation.WITHOUT_MANAGER
GONE = Unavailable("it could not be had", because="HST101")


def app(
    url: str | None = URL,
    methods: tuple[str, ...] | None = ("connect", "ConnectionStatusEvent"),
    name: str = "defaultApp",
    key: str | None = None,
) -> App:
    return App(name, key if key is not None else name, url, methods=methods)


def apps(
    *members: App, source: AppSource = AppSource.CLI, words: Mapping[str, str] | None = None
) -> Apps:
    where = f"{CLI_WHERE}: show apps -d"
    if source is AppSource.DATABASE_YML:
        where = "host: /opt/wcs/conf/database.yml"
    login = "ssh -p 2001 admin@wcs1.example.com"
    return Apps(source, where, members, members, words or {}, login)


def cli(listed: tuple[App, ...] | NotUnderstood, *replies: CliReply, user: str = "admin") -> WcsCli:
    return WcsCli(CLI_WHERE, 2001, user, "exec channel", False, (), listed, replies)


def installation(generation: Generation = NEW) -> Installation:
    version = "5.0.2900-a" if generation is OLD else "5.2.1475-a"
    return Installation("/opt/wcs", generation, version, "host: /opt/wcs", "conf/WCS.version")


def settings(flashphoner: str = "", core: str = "") -> Settings:
    files = ("/opt/wcs/conf/flashphoner.properties", "/opt/wcs/conf/wcs-core.properties")
    return Settings(
        read_properties(flashphoner.encode(), f"host: {files[0]}"),
        read_jvm_options(core.encode(), f"host: {files[1]}"),
        files,
    )


def intent(expect_url: str | None = None, rest: RestIntent = RestIntent.AUTO) -> Intent:
    return Intent(expect_url=expect_url, rest=rest)


def sockets(*addresses: tuple[str, int]) -> ListeningSockets:
    return ListeningSockets(tuple(ListeningSocket(*one) for one in addresses), "host: ss -H -tln")


def container(*, inside: bool) -> Container:
    signs = (Evidence("/.dockerenv exists", "host: /.dockerenv"),) if inside else ()
    return Container(signs, ("/.dockerenv",))


def probes(
    url: str,
    status: int | None = 200,
    content_type: str = "application/json",
    outcome: Outcome = Outcome.OK,
    addresses: tuple[str, ...] = ("192.0.2.1",),
) -> WebServerProbes:
    answer = None
    if status is not None:
        headers = (("Content-Type", content_type),)
        answer = Answer(status, "", headers, b"{}", truncated=False, seconds=0.01)
    phases = (PhaseResult(Phase.HTTP if answer else Phase.CONNECT, outcome, 0.01),)
    probe = Probe(Vantage.HOST, url, phases, addresses, answer=answer)
    return WebServerProbes((ProbedUrl(url, (), probe, None),), posted=True)
