"""An exchange: one hook with its answer or its failure, wherever it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from wcsdiag.hooks.catalogue import can_decline

JsonObject = Mapping[str, object]


class Source(Enum):
    """Where an exchange was seen."""

    PROBE = "probe"
    LOG = "log"
    CAPTURE = "capture"
    RECEIVED = "received"
    RECORDING = "recording"


class Failure(Enum):
    """Why a hook has no HTTP answer. NOT_SEEN alone does not say that there was none."""

    NAME_NOT_FOUND = "the web server's name does not resolve"
    CONNECT_TIMED_OUT = "nothing answered the attempt to connect"
    REFUSED = "the connection was refused"
    UNREACHABLE = "there is no route to the web server"
    RESET = "the connection was reset"
    CLOSED_EARLY = "the connection was closed before the answer was whole"
    TIMED_OUT = "no answer came within the time limit"
    TLS = "TLS failed"
    NOT_HTTP = "what answered does not speak HTTP"
    OTHER = "the hook failed"
    NOT_SEEN = "no answer is in the trace, which may be only a part"


class Outcome(Enum):
    """What became of a hook, as far as the trace tells."""

    ANSWERED = "answered"
    FAILED = "failed"
    UNKNOWN = "unknown"


_ANSWERED = Outcome.ANSWERED


@dataclass(frozen=True)
class Exchange:
    """One hook and what became of it.

    `method` is the REST method as it was seen (case kept); `url` the full URL of the request.
    `request` is empty where the body could not be read as a JSON object; `request_text` is the
    body as it was seen, None where it was not kept. `status` is None where no HTTP answer came,
    and in logs, which do not say it (wcs.md 2): there `answer_text` says that an answer came.
    Where none came, `failure` says why as data and `error` in literal words. `answer_text` is the
    body as text, cut at the reader's limit. `seconds` run from request to whole answer,
    `first_byte_s` to its first byte; both only where they were measured.

    `place` is where it was seen: "frame 12", "flashphoner.log, byte 4096". `connection` names the
    TCP connection ("127.0.0.1:33642 - 127.0.0.1:9091"), where it is known. `closed_in_use` says
    that the web server closed it though it had promised to keep it (RFC 9112 section 9.6).
    `request_bytes` and `answer_bytes` count whole messages with their headers.
    """

    source: Source
    method: str
    url: str
    request: JsonObject
    sent_at: datetime | None = None
    status: int | None = None
    content_type: str | None = None
    answer_text: str | None = None
    answer_truncated: bool = False
    seconds: float | None = None
    error: str | None = None
    failure: Failure | None = None
    request_text: str | None = None
    request_truncated: bool = False
    first_byte_s: float | None = None
    request_bytes: int | None = None
    answer_bytes: int | None = None
    place: str = ""
    connection: str = ""
    closed_in_use: bool = False

    @property
    def app_key(self) -> str | None:
        """The app key of the hook's body."""
        return _text(self.request.get("appKey"))

    @property
    def session_id(self) -> str | None:
        """The session of the hook's body: a UUID, or `/client:port/server:port` of older WCS."""
        return _text(self.request.get("sessionId"))

    @property
    def is_refused(self) -> bool:
        """True for a 403 where the contract has one: the web server declines what is announced."""
        return self.status == 403 and self.failure is None and can_decline(self.method)

    @property
    def outcome(self) -> Outcome:
        """Answered is a 200, a refusal, or in a log any answer."""
        if self.status == 200 and self.failure is None:
            return _ANSWERED
        if self.failure is not None:
            return Outcome.UNKNOWN if self.failure is Failure.NOT_SEEN else Outcome.FAILED
        if self.status is not None:
            return Outcome.ANSWERED if self.is_refused else Outcome.FAILED
        if self.error is not None:
            return Outcome.FAILED
        return Outcome.UNKNOWN if self.answer_text is None else Outcome.ANSWERED


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
