"""What a lab plays, as data: the host, its CLI, its logs, its web server, and what is asked of it.

Texts may hold `{web}` (the web server's address) and `{public}` (the lab host's): the addresses
are chosen when a lab opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from wcsdiag.receiver.behaviour import Behaviour
from wcsdiag.target import RestIntent
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.rest_methods import KNOWN_METHODS

WEB_PORT = 9091
TLS_PORT = 9443
SSH_PORT = 2222


class Layout(Enum):
    """How the CLI prints. What WCS really prints is UNKNOWN, so none of these is the truth."""

    TABLE = "bordered table"
    COLUMNS = "columns with headings"
    BLOCKS = "key: value blocks"
    PAIRS = "key=value blocks"
    LINES = "one line per app"


class CliTrouble(Enum):
    """What a CLI may do instead of answering."""

    NONE = "answers"
    FLOOD = "prints without end"
    SILENT = "takes the login and never says a word"


class AppIdentifier(Enum):
    """What `show app-rest-methods` takes: builds differ (wcs.md 1.3)."""

    EITHER = "app name or app key"
    NAME = "app name"
    KEY = "app key"


class Tls(Enum):
    """The certificate of a web server that speaks TLS."""

    GOOD = "trusted"
    SELF_SIGNED = "self-signed"
    EXPIRED = "expired"
    WRONG_NAME = "for another name"


class Route(Enum):
    """What lies between the host and the web server."""

    OPEN = "nothing"
    MISSING = "no route"
    DROPPED = "something that drops packets"
    UNREACHABLE = "a reject with host-prohibited"


class Sudo(Enum):
    """What the operator's user may do as root on the host."""

    NOTHING = "nothing"
    RULES = "read the firewall's rules"
    EVERYTHING = "everything"


class LogState(Enum):
    """The log of hooks, as a file."""

    PRESENT = "present"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class LabApp:
    """One app of the stand-in WCS."""

    name: str = "defaultApp"
    key: str = "defaultApp"
    url: str = f"http://{{web}}:{WEB_PORT}/hooks"
    methods: tuple[str, ...] = KNOWN_METHODS
    rest_username: str = ""
    rest_password: str = ""


@dataclass(frozen=True)
class LabPool:
    """The pool of connections for hooks, as WCS's statistics page shows it (wcs.md 13)."""

    leased: int = 2
    available: int = 98
    pending: int = 0


@dataclass(frozen=True)
class LabHost:
    """The stand-in host. `names` is all that its resolver knows beside localhost.

    `aliases` lets the lab host reach an address of the lab under another one, which nobody else
    can: a stand-in for routes and address families that the machine may not have.
    `rules` is what iptables-save shows there; nothing applies them, so `route` has to agree.
    `pool` is None for a build that does not count its pool.
    """

    ssh_listens: bool = True
    accepts_login: bool = True
    forwarding: bool = True
    sudo: Sudo = Sudo.NOTHING
    disk_full: bool = False
    core_runs: bool = True
    manager_runs: bool = True
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    route: Route = Route.OPEN
    rules: str = ""
    pool: LabPool | None = LabPool()


@dataclass(frozen=True)
class LabCli:
    """The stand-in CLI. `page_lines` is the height of a page; None means that it never pages."""

    listens: bool = True
    gives_exec: bool = True
    legacy: bool = False
    layout: Layout = Layout.TABLE
    takes: AppIdentifier = AppIdentifier.EITHER
    trouble: CliTrouble = CliTrouble.NONE
    page_lines: int | None = None
    coloured: bool = False


@dataclass(frozen=True)
class LabSettings:
    """`flashphoner` overrides flashphoner.properties; `jvm` adds lines to wcs-core.properties."""

    flashphoner: Mapping[str, str] = field(default_factory=dict)
    jvm: tuple[str, ...] = ()
    present: bool = True


@dataclass(frozen=True)
class LabTraffic:
    """How the hooks of the log's sessions go. The default is a stream published and ended.

    `missing` REST methods are not sent though the app has them, `removed` ones are sent though it
    has not. Of every second session the hooks of `unanswered` get no answer, those of `repeated`
    are sent twice, and those of `failing` end in the exception that is given. The last `going_on`
    sessions still publish, and their newest hook waits for its answer where `in_flight`.
    """

    answer_s: float = 0.006
    missing: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    failing: Mapping[str, str] = field(default_factory=dict)
    going_on: int = 0
    in_flight: bool = False


@dataclass(frozen=True)
class LabLog:
    """The log of hooks. `failures` are the literal lines after `Got exception in REST`.

    `sessions` clients are spread over the 50 minutes, `failures` over the ten, that end `age` ago.
    """

    state: LogState = LogState.PRESENT
    sessions: int = 20
    failures: tuple[str, ...] = ()
    jvm_crash: bool = False
    age: timedelta = timedelta(0)
    appended: bytes = b""
    traffic: LabTraffic = LabTraffic()


@dataclass(frozen=True)
class LabWebServer:
    """The stand-in web server. `basic` is user and password; `hmac_key` the key of signatures.

    `refusal` is the status of an answer to a hook whose signature is wrong.
    """

    listens: bool = True
    behaviour: Behaviour = Behaviour.ECHO
    delay_s: float = 0.0
    tls: Tls | None = None
    tls13_only: bool = False
    basic: tuple[str, str] | None = None
    hmac_key: str | None = None
    refusal: int = 403


@dataclass(frozen=True)
class Asked:
    """What the operator says on the command line."""

    app_key: str | None = None
    expect_url: str | None = None
    rest: RestIntent = RestIntent.AUTO
    since: timedelta = timedelta(hours=1)
    wrong_cli_password: bool = False


@dataclass(frozen=True)
class Scenario:
    """Everything that a lab plays. The default is a healthy WCS 5.2 with one app."""

    generation: Generation = Generation.WITHOUT_MANAGER
    version: str = "5.2.1490"
    apps: tuple[LabApp, ...] = (LabApp(),)
    host: LabHost = LabHost()
    cli: LabCli = LabCli()
    settings: LabSettings = LabSettings()
    log: LabLog = LabLog()
    web_server: LabWebServer = LabWebServer()
    asked: Asked = Asked()

    @property
    def has_manager(self) -> bool:
        """True for the generation with a Manager process."""
        return self.generation is Generation.WITH_MANAGER

    @property
    def web_port(self) -> int:
        """The port on which the web server listens."""
        return WEB_PORT if self.web_server.tls is None else TLS_PORT
