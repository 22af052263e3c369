"""Synthetic logs of WCS, in the literal forms of wcs.md 2.1 and 2.2 and nothing else.

The one exception is a line that says of itself that it is invented.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wcsdiag.lab.scenario import LabApp, Scenario

_SPAN = timedelta(minutes=50)
_FAILURE_SPAN = timedelta(minutes=10)
_LATEST = timedelta(seconds=2)
_ANSWER_TIME = timedelta(milliseconds=6)
_STEP = timedelta(milliseconds=150)
_NODE_ID = "d2hxbqNPE04vGeZ51NPhDuId6k3hUrBB@"
_SEQUENCE = ("connect", "ConnectionStatusEvent", "publishStream", "StreamStatusEvent")
_FILLER = "stand-in line: this text is invented, WCS does not print it"

Body = Mapping[str, object]


@dataclass(frozen=True)
class _Entry:
    """One record: what follows the time. `hook` records carry a URL and a body."""

    at: datetime
    level: str
    thread: str
    text: str


def hook_log(scenario: Scenario, apps: tuple[LabApp, ...], now: datetime) -> str:
    """The log that holds the hooks: sessions of clients, failures, and recent signs of life."""
    entries = [_filler(now - _LATEST)]
    asked = scenario.log.sessions
    disabled = scenario.settings.flashphoner.get("disable_rest_requests") == "true"
    silent = disabled or not any(app.methods for app in apps)
    if apps and not silent:
        for number, at in enumerate(_spread(asked, _SPAN, now)):
            entries += _session(number, at, apps[number % len(apps)], scenario)
        failing = apps[0]
        for number, at in enumerate(_spread(len(scenario.log.failures), _FAILURE_SPAN, now)):
            entries += _failure(number, at, failing, scenario)
    entries.sort(key=lambda entry: entry.at)
    return "".join(_written(entry, scenario) for entry in entries)


def filler_log(now: datetime) -> str:
    """A log that shows life and no hook."""
    return _core_line(_filler(now - _LATEST))


def _spread(count: int, span: timedelta, now: datetime) -> Iterator[datetime]:
    """`count` times up to now. They do not reach back over midnight, where WCS begins a new log."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    available = min(span, now - midnight) if now - midnight > timedelta(minutes=1) else span
    for number in range(count):
        yield now - _LATEST - available * ((count - 1 - number) / max(count, 1)) * 0.98


def _session(number: int, at: datetime, app: LabApp, scenario: Scenario) -> Iterator[_Entry]:
    thread = f"API-ASYNC-pool-{number % 8 + 1}-thread-{number % 4 + 1}"
    session = str(uuid.uuid4())
    stream = {"mediaSessionId": str(uuid.uuid4()), "name": f"stream{number}"}
    moment = at - _STEP * len(_SEQUENCE)
    for method in _SEQUENCE:
        if method not in app.methods:
            continue
        body = _body(method, app, session, stream, scenario)
        yield _hook(moment, thread, "SEND REST OBJECT ==>", app, method, body, scenario)
        answered = moment + _ANSWER_TIME
        yield _hook(answered, thread, "RECEIVED REST OBJECT <==", app, method, body, scenario)
        moment += _STEP


def _failure(number: int, at: datetime, app: LabApp, scenario: Scenario) -> Iterator[_Entry]:
    thread = f"API-ASYNC-pool-12-thread-{number % 4 + 1}"
    method = next((name for name in _SEQUENCE if name in app.methods), app.methods[0])
    body = _body(method, app, str(uuid.uuid4()), {}, scenario)
    yield _hook(at - _STEP, thread, "SEND REST OBJECT ==>", app, method, body, scenario)
    exception = scenario.log.failures[number]
    yield _Entry(at, "ERROR", thread, f"Got exception in REST \n{exception}\n")


def _hook(
    at: datetime,
    thread: str,
    marker: str,
    app: LabApp,
    method: str,
    body: Body,
    scenario: Scenario,
) -> _Entry:
    indent = " " if scenario.has_manager else "  "
    text = f"{marker}\nURL:{app.url}/{method}\nOBJECT:\n{_pretty(body, indent)}\n"
    return _Entry(at, "INFO", thread, text)


def _body(
    method: str, app: LabApp, session: str, stream: Body, scenario: Scenario
) -> dict[str, object]:
    """The fields that are documented for the method (wcs.md 3.1, 3.8, 12)."""
    body: dict[str, object] = {} if scenario.has_manager else {"nodeId": f"{_NODE_ID}192.0.2.10"}
    body |= {"appKey": app.key, "sessionId": session, "mediaProviders": ["WebRTC"]}
    if method == "ConnectionStatusEvent":
        body |= {"authToken": session, "status": "ESTABLISHED"}
    elif method in {"publishStream", "StreamStatusEvent"}:
        del body["mediaProviders"]
        status = "PENDING" if method == "publishStream" else "PUBLISHING"
        body |= {**stream, "published": True, "hasVideo": True, "hasAudio": True}
        body |= {"status": status, "record": False, "mediaProvider": "WebRTC"}
    elif method != "connect":
        del body["mediaProviders"]
    return body


def _pretty(body: Body, indent: str) -> str:
    lines = ",\n".join(
        f"{indent}{json.dumps(key)} : {_value(value)}" for key, value in body.items()
    )
    return f"{{\n{lines}\n}}"


def _value(value: object) -> str:
    if isinstance(value, list):
        items: Iterable[object] = value
        return "[ " + ", ".join(map(json.dumps, items)) + " ]"
    return json.dumps(value)


def _filler(at: datetime) -> _Entry:
    return _Entry(at, "INFO", "stand-in", f"{_FILLER}\n")


def _written(entry: _Entry, scenario: Scenario) -> str:
    return _manager_line(entry) if scenario.has_manager else _core_line(entry)


def _manager_line(entry: _Entry) -> str:
    """wcs.md 2.1: time, sometimes the level, and the text."""
    level = "" if entry.text.startswith("SEND") else f"{entry.level} "
    return f"{_time(entry.at)} {level}{entry.text}"


def _core_line(entry: _Entry) -> str:
    """wcs.md 2.2: `%d{HH:mm:ss,SSS} %-5p %20c{1} - %t %m%n`."""
    return f"{_time(entry.at)} {entry.level:<5} {'RestClient':>20} - {entry.thread} {entry.text}"


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S},{at.microsecond // 1000:03d}"
