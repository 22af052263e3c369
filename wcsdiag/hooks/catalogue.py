"""Every REST method that a source names, with its kind and what it is part of (wcs.md 3.2, 12).

What follows which is of the same section; fields are those that a source shows (3.1, 3.8, 12).

Names differ in spelling between sources; WCS's own `show rest-methods` decides on a host. They
are looked up without regard to case, and printed as they were seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wcsdiag.hooks.known_fields import COMMON_FIELDS, KNOWN_FIELDS


class Kind(Enum):
    """The four types of REST methods (vendor docs: Four types of REST methods)."""

    CONNECT = "connect"
    DIRECT = "direct"
    EVENT = "event"
    INCOMING = "incoming"


class Scenario(Enum):
    """What a web client does when a hook of the method is sent."""

    CONNECTION = "connection"
    REGISTRATION = "registration"
    CALL = "call"
    MESSAGE = "message"
    STREAMING = "streaming"
    DATA = "data"
    OTHER = "other"


@dataclass(frozen=True)
class RestMethod:
    """One REST method. `can_decline`: an answer other than 200 may stop what it announces.

    `followed_by` are the methods that the vendor's docs name as its consequence. `fields` are the
    known names of its body; most bodies are documented in part only.
    """

    name: str
    kind: Kind
    can_decline: bool
    scenario: Scenario
    followed_by: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


_DIRECT = {
    Scenario.CALL: "call answer hold unhold transfer sendDTMF sendDtmf",
    Scenario.MESSAGE: "sendMessage sendIMDN",
    Scenario.STREAMING: "publishStream playStream playHLS playRTSP availableStream",
    Scenario.OTHER: "subscribe sendXcapRequest sendBugReport submitBugReport pushLogs sessionDebug",
}
_DIRECT_WITHOUT_EFFECT = {
    Scenario.CALL: "hangup",
    Scenario.STREAMING: "unPublishStream stopStream pauseStream snapshot",
}
_EVENTS = {
    Scenario.CONNECTION: "ConnectionStatusEvent ErrorStatusEvent",
    Scenario.REGISTRATION: "RegistrationStatusEvent",
    Scenario.CALL: "CallStatusEvent TransferStatusEvent",
    Scenario.MESSAGE: "MessageStatusEvent",
    Scenario.STREAMING: (
        "StreamStatusEvent StreamKeepAliveEvent RecordingStatusEvent StreamsStatEvent"
        " StreamTranscodingGroupEvent"
    ),
    Scenario.DATA: "DataStatusEvent",
    Scenario.OTHER: (
        "BugReportStatusEvent SessionDebugStatusEvent SubscriptionStatusEvent XcapStatusEvent"
    ),
}
_INCOMING = {
    Scenario.CALL: "OnCallEvent OnTransferEvent",
    Scenario.MESSAGE: "OnMessageEvent",
    Scenario.DATA: "OnDataEvent",
}
_FOLLOWED_BY = {
    "connect": ("ConnectionStatusEvent", "RegistrationStatusEvent"),
    "publishStream": ("StreamStatusEvent",),
    "playStream": ("StreamStatusEvent",),
    "call": ("CallStatusEvent",),
    "transfer": ("TransferStatusEvent",),
    "sendMessage": ("MessageStatusEvent",),
    "OnDataEvent": ("DataStatusEvent",),
}


def _method(name: str, kind: Kind, scenario: Scenario, *, can_decline: bool) -> RestMethod:
    fields = COMMON_FIELDS + KNOWN_FIELDS.get(name, ())
    return RestMethod(name, kind, can_decline, scenario, _FOLLOWED_BY.get(name, ()), fields)


def _methods(
    names: dict[Scenario, str], kind: Kind, *, can_decline: bool
) -> tuple[RestMethod, ...]:
    return tuple(
        _method(name, kind, scenario, can_decline=can_decline)
        for scenario, text in names.items()
        for name in text.split()
    )


CONNECT = _method("connect", Kind.CONNECT, Scenario.CONNECTION, can_decline=True)
CATALOGUE: tuple[RestMethod, ...] = (
    CONNECT,
    *_methods(_DIRECT, Kind.DIRECT, can_decline=True),
    *_methods(_DIRECT_WITHOUT_EFFECT, Kind.DIRECT, can_decline=False),
    *_methods(_EVENTS, Kind.EVENT, can_decline=False),
    *_methods(_INCOMING, Kind.INCOMING, can_decline=True),
)
"""All methods. One that WCS knows under two spellings is listed under both."""

_BY_NAME = {method.name.lower(): method for method in reversed(CATALOGUE)}


def find(name: str) -> RestMethod | None:
    """The method of that name, compared without case; None where no source names it."""
    return _BY_NAME.get(name.strip().lower())


def can_decline(name: str) -> bool:
    """True where the web server may answer 403 to hooks of the method: it declines what they
    announce, or ends the stream that goes on."""
    known = find(name)
    return known is not None and (known.can_decline or known.name == "StreamKeepAliveEvent")
