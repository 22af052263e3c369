"""What a probe of a web server saw: phases, outcomes, certificate and answer, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Vantage(Enum):
    """The place from which a probe is made."""

    OPERATOR = "operator"
    HOST = "host"


class Phase(Enum):
    """The steps of a request, in order."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    HTTP = "http"


class Outcome(Enum):
    """How a phase ended."""

    OK = "ok"
    NAME_NOT_FOUND = "name_not_found"
    NAME_SERVER_FAILED = "name_server_failed"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    NO_ROUTE = "no_route"
    NET_UNREACHABLE = "net_unreachable"
    RESET = "reset"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_EXPIRED = "tls_expired"
    TLS_WRONG_NAME = "tls_wrong_name"
    TLS_PROTOCOL = "tls_protocol"
    TLS_FAILED = "tls_failed"
    CLOSED_EARLY = "closed_early"
    NOT_HTTP = "not_http"
    TOO_SLOW = "too_slow"
    FORWARDING_DENIED = "forwarding_denied"
    NOT_TRIED = "not_tried"
    FAILED = "failed"


class Authorization(Enum):
    """What a hook carried in its `Authorization` header."""

    NONE = "no Authorization header"
    BASIC = "HTTP Basic credentials"
    HASH = "the hash of the hook's body (rest_hook_send_hash)"


@dataclass(frozen=True)
class PhaseResult:
    """One phase: its outcome, its seconds, and the literal error text (empty where it is OK)."""

    phase: Phase
    outcome: Outcome
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class AddressAttempt:
    """One TCP connection attempt to one numeric address of the name."""

    address: str
    port: int
    outcome: Outcome
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class Certificate:
    """The web server's certificate, as far as it could be read without trusting it."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    protocol: str


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `body` is cut at the probe's limit, and `truncated` says so.

    `headers` keep their order and spelling. `seconds` run from the last byte sent to the last
    byte taken.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    seconds: float

    def header(self, name: str) -> str | None:
        """The first header of that name, compared without case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True)
class Probe:
    """One URL seen from one vantage: the phases that were tried, up to the first failure.

    `addresses` are all that the name has, `attempts` the ones that were tried, `address` the one
    that the probe went on with. `protocols` are the TLS versions that were offered; empty where
    that was not restricted. `certificate_problems` holds every TLS_UNTRUSTED, TLS_EXPIRED and
    TLS_WRONG_NAME of the certificate, whichever of them the handshake stopped at; where the
    certificate could not be read, `certificate` is None and nothing is known of them.
    `answer_limit_s` is the time that WCS waits for an answer; None: without limit. `tool` is the
    program of the host that had to make the connection where SSH forwarding was denied.
    """

    vantage: Vantage
    url: str
    phases: tuple[PhaseResult, ...]
    addresses: tuple[str, ...] = ()
    attempts: tuple[AddressAttempt, ...] = ()
    certificate: Certificate | None = None
    answer: Answer | None = None
    address: str | None = None
    protocols: tuple[str, ...] = ()
    protocol: str | None = None
    certificate_problems: frozenset[Outcome] = frozenset()
    trust_store: str = ""
    authorization: Authorization = Authorization.NONE
    answer_limit_s: float | None = None
    tool: str = ""

    @property
    def outcome(self) -> Outcome:
        """How the probe ended: the outcome of its last phase."""
        return self.phases[-1].outcome if self.phases else Outcome.NOT_TRIED

    def phase(self, phase: Phase) -> PhaseResult | None:
        """The result of that phase, or None where it was not reached."""
        return next((result for result in self.phases if result.phase is phase), None)
