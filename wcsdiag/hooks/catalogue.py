"""Every REST method that a source names, with its kind and what it is part of (wcs.md 3.2, 12).

Names differ in spelling between sources; WCS's own `show rest-methods` decides on a host. They
are looked up without regard to case, and printed as they were seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
    """One REST method. `can_decline`: an answer other than 200 may stop what it announces."""

    name: str
    kind: Kind
    can_decline: bool
    scenario: Scenario


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


def _methods(
    names: dict[Scenario, str], kind: Kind, *, can_decline: bool
) -> tuple[RestMethod, ...]:
    return tuple(
        RestMethod(name, kind, can_decline, scenario)
        for scenario, text in names.items()
        for name in text.split()
    )


CONNECT = RestMethod("connect", Kind.CONNECT, True, Scenario.CONNECTION)  # noqa: FBT003
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


def of_scenario(scenario: Scenario) -> tuple[RestMethod, ...]:
    """The methods that belong to a scenario."""
    return tuple(method for method in CATALOGUE if method.scenario is scenario)
