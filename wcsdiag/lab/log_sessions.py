"""The sessions of web clients as the stand-in WCS logs them: which hooks, when, with what in them.

Bodies hold the fields that are documented (wcs.md 3.1, 3.8, 12). Of the statuses, UNPUBLISHED and
the body of unPublishStream are not in any sample: the vendor's web SDK has the word.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wcsdiag.lab.scenario import LabApp, Scenario

STEP = timedelta(milliseconds=150)

_STREAMED = timedelta(seconds=1)
_LAST_OF_ONGOING = 4
_NODE_ID = "d2hxbqNPE04vGeZ51NPhDuId6k3hUrBB@"
_SEQUENCE = (
    ("connect", ""),
    ("ConnectionStatusEvent", "ESTABLISHED"),
    ("publishStream", "PENDING"),
    ("StreamStatusEvent", "PUBLISHING"),
    ("unPublishStream", ""),
    ("StreamStatusEvent", "UNPUBLISHED"),
    ("ConnectionStatusEvent", "DISCONNECTED"),
)

Body = Mapping[str, object]


@dataclass(frozen=True)
class LoggedHook:
    """One hook. `ends_at` is when it was answered, or failed with `exception`; None: neither."""

    sent_at: datetime
    ends_at: datetime | None
    method: str
    body: Body
    exception: str = ""


@dataclass(frozen=True)
class Client:
    """One web client: its session, and the stream that it publishes."""

    number: int
    app: LabApp
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    media_session: str = field(default_factory=lambda: str(uuid.uuid4()))

    def body(self, scenario: Scenario, method: str, status: str) -> dict[str, object]:
        """The hook's body."""
        body: dict[str, object] = (
            {} if scenario.has_manager else {"nodeId": f"{_NODE_ID}192.0.2.10"}
        )
        body |= {"appKey": self.app.key, "sessionId": self.session}
        if method in {"connect", "ConnectionStatusEvent"}:
            body["mediaProviders"] = ["WebRTC"]
        if method == "ConnectionStatusEvent":
            body |= {"authToken": self.session, "status": status}
        elif method in {"publishStream", "StreamStatusEvent", "unPublishStream"}:
            body |= {"mediaSessionId": self.media_session, "name": f"stream{self.number}"}
        if method in {"publishStream", "StreamStatusEvent"}:
            body |= {"published": True, "hasVideo": True, "hasAudio": True, "status": status}
            body |= {"record": False, "mediaProvider": "WebRTC"}
        return body


def sends_hooks(scenario: Scenario, apps: tuple[LabApp, ...]) -> bool:
    """True where the scenario's WCS sends anything at all."""
    if scenario.log.traffic.removed:
        return bool(apps)
    disabled = scenario.settings.flashphoner.get("disable_rest_requests") == "true"
    return not disabled and any(app.methods for app in apps)


def first_method(app: LabApp) -> str:
    """The REST method that a session of the app begins with."""
    known = (name for name, _ in _SEQUENCE if name in app.methods)
    return next(known, app.methods[0] if app.methods else "connect")


def session_hooks(
    client: Client, ends: datetime, scenario: Scenario, *, goes_on: bool
) -> Iterator[LoggedHook]:
    """The hooks of one session, the last of them sent and answered by `ends`."""
    traffic = scenario.log.traffic
    sent = {*client.app.methods, *traffic.removed} - {*traffic.missing}
    sequence = _SEQUENCE[:_LAST_OF_ONGOING] if goes_on else _SEQUENCE
    answer = timedelta(seconds=traffic.answer_s)
    step = max(STEP, answer + STEP)
    moment = ends - step * len(sequence) - _STREAMED
    for place, (method, status) in enumerate(sequence):
        if place == _LAST_OF_ONGOING:
            moment += _STREAMED
        if method not in sent:
            continue
        body = client.body(scenario, method, status)
        yield from _sent(client, moment, answer, method, body, scenario)
        moment += step


def _sent(
    client: Client,
    moment: datetime,
    answer: timedelta,
    method: str,
    body: Body,
    scenario: Scenario,
) -> Iterator[LoggedHook]:
    """The hook as the traffic of the scenario has it, in every second session with its fault."""
    traffic = scenario.log.traffic
    is_hit = client.number % 2 == 0
    exception = traffic.failing.get(method, "") if is_hit else ""
    ends_at = None if is_hit and method in traffic.unanswered else moment + answer
    yield LoggedHook(moment, ends_at, method, body, exception)
    if is_hit and method in traffic.repeated:
        again = moment + answer + STEP / 3
        yield LoggedHook(again, again + answer, method, body)
