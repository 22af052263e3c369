"""The sequences of hooks, as data (wcs.md 3.2, 11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

CONNECT = "connect"

AT_ONCE_S = 5.0
"""A hook that WCS sends on its own comes within this time."""

AFTER_SIP_S = 35.0
"""One that waits for the SIP side: a SIP transaction ends after 32 s (RFC 3261, timers B and F)."""

AGAIN_S = 60.0
"""The same body again within this time counts as sent again: three retries after time-outs of
rest_request_timeout's default (wcs.md 3.7). How long WCS waits between them is not documented."""


class Need(Enum):
    """When a step is part of its sequence."""

    ALWAYS = "always"
    BY_CLIENT = "when the web client ends what goes on"
    MAYBE = "may come"


@dataclass(frozen=True)
class Step:
    """One step: a REST method, once or several times in a row.

    `within_s` is how long after the step before it may come. `absence` is a clause: what it means
    for the web client that the step is not there. `or_else` are REST methods in its place.
    """

    method: str
    need: Need
    absence: str
    within_s: float = AT_ONCE_S
    or_else: tuple[str, ...] = ()

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The step's REST methods in lower case."""
        return (self.method.lower(), *(method.lower() for method in self.or_else))


@dataclass(frozen=True)
class Sequence:
    """The steps in order. `scenario` is its name on the command line, "" where it has none."""

    name: str
    scenario: str
    steps: tuple[Step, ...]

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Those of each step."""
        return tuple(step.keys for step in self.steps)


_CONNECT = Step("connect", Need.ALWAYS, "the web server was not asked about this web client")
_CONNECTION_STATUS = Step(
    "ConnectionStatusEvent",
    Need.ALWAYS,
    "the web server does not learn that the web client is connected or why it is not",
)
_REGISTRATION_STATUS = Step(
    "RegistrationStatusEvent",
    Need.ALWAYS,
    "the web server does not learn whether the web client is registered at the SIP server;"
    " without a registration it gets no calls",
    AFTER_SIP_S,
)
_CALL_GOES_ON = Step(
    "CallStatusEvent",
    Need.ALWAYS,
    "the web server does not learn whether the call rings, is answered or failed",
    AFTER_SIP_S,
)
_HANGUP = Step("hangup", Need.BY_CLIENT, "the web client did not end the call")
_CALL_ENDED = Step(
    "CallStatusEvent",
    Need.ALWAYS,
    "the web server does not learn that the call is over",
    AFTER_SIP_S,
)
_MESSAGE_STATUS = Step(
    "MessageStatusEvent",
    Need.ALWAYS,
    "nobody learns whether the message was sent",
    AFTER_SIP_S,
)
_STREAM_GOES_ON = Step(
    "StreamStatusEvent",
    Need.ALWAYS,
    "the web server does not learn whether the stream runs or failed",
    AFTER_SIP_S,
)
_STREAM_ENDED = Step(
    "StreamStatusEvent", Need.ALWAYS, "the web server does not learn that the stream is over"
)


def _maybe(method: str, absence: str) -> Step:
    return Step(method, Need.MAYBE, absence, AFTER_SIP_S)


CONNECTION = Sequence("connection", "connection", (_CONNECT, _CONNECTION_STATUS))
REGISTRATION = Sequence(
    "connection with SIP registration",
    "registration",
    (_CONNECT, _CONNECTION_STATUS, _REGISTRATION_STATUS),
)
OUTGOING_CALL = Sequence(
    "outgoing call",
    "call",
    (
        Step("call", Need.ALWAYS, "the web server was not asked about this call"),
        _CALL_GOES_ON,
        _HANGUP,
        _CALL_ENDED,
    ),
)
INCOMING_CALL = Sequence(
    "incoming call",
    "",
    (
        Step("OnCallEvent", Need.ALWAYS, "the web server was not asked about this call"),
        _maybe("CallStatusEvent", "the web server does not learn what becomes of the call"),
        _maybe("hangup", "the web client did not end the call"),
        _maybe("CallStatusEvent", "the web server does not learn that the call is over"),
    ),
)
MESSAGE = Sequence(
    "message",
    "message",
    (
        Step("sendMessage", Need.ALWAYS, "the web server was not asked about this message"),
        _MESSAGE_STATUS,
        _maybe("OnMessageEvent", "no message came to the web client"),
        _maybe("MessageStatusEvent", "nobody learns whether the message arrived"),
    ),
)
RECEIVED_MESSAGE = Sequence(
    "received message",
    "",
    (
        Step("OnMessageEvent", Need.ALWAYS, "no message came to the web client"),
        _maybe("MessageStatusEvent", "nobody learns whether the message arrived"),
    ),
)
PUBLISHING = Sequence(
    "publishing",
    "publish",
    (
        Step("publishStream", Need.ALWAYS, "the web server was not asked about this stream"),
        _STREAM_GOES_ON,
        Step("unPublishStream", Need.BY_CLIENT, "the web client did not end the stream"),
        _STREAM_ENDED,
    ),
)
PLAYING = Sequence(
    "playing",
    "play",
    (
        Step(
            "playStream",
            Need.ALWAYS,
            "the web server was not asked about this stream",
            or_else=("playHLS", "playRTSP"),
        ),
        _STREAM_GOES_ON,
        Step("stopStream", Need.BY_CLIENT, "the web client did not end the stream"),
        _STREAM_ENDED,
    ),
)
STREAM = Sequence(
    "stream", "", (_maybe("StreamStatusEvent", "the web server learns nothing of the stream"),)
)
OTHER = Sequence("other hooks", "", ())

SEQUENCES = (CONNECTION, REGISTRATION, OUTGOING_CALL, MESSAGE, PUBLISHING, PLAYING)
"""Those that can be expected of a trace."""


def named(name: str) -> Sequence:
    """The sequence of that name or scenario. Raises KeyError where there is none."""
    for sequence in SEQUENCES:
        if name in {sequence.name, sequence.scenario}:
            return sequence
    raise KeyError(name)
