"""Synthetic logs of WCS, in the literal forms of wcs.md 2.1 and 2.2 and nothing else.

The one exception is a line that says of itself that it is invented.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from wcsdiag.lab.log_sessions import (
    STEP,
    Body,
    Client,
    LoggedHook,
    first_method,
    sends_hooks,
    session_hooks,
)
from wcsdiag.lab.scenario import LabApp, Scenario

_SPAN = timedelta(minutes=50)
_FAILURE_SPAN = timedelta(minutes=10)
_LATEST = timedelta(seconds=2)
_JUST_SENT = timedelta(milliseconds=500)
_FILLER = "stand-in line: this text is invented, WCS does not print it"


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
    log = scenario.log
    if sends_hooks(scenario, apps):
        for number, at in enumerate(_spread(log.sessions, _SPAN, now)):
            client = Client(number, apps[number % len(apps)])
            goes_on = number >= log.sessions - log.traffic.going_on
            entries += _session(client, at, scenario, goes_on=goes_on)
        for number, at in enumerate(_spread(len(log.failures), _FAILURE_SPAN, now)):
            entries += _failure(Client(number, apps[0]), at, scenario)
        if log.traffic.in_flight:
            entries += _in_flight(Client(log.sessions, apps[0]), now - _JUST_SENT, scenario)
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


def _session(
    client: Client, ends: datetime, scenario: Scenario, *, goes_on: bool
) -> Iterator[_Entry]:
    thread = f"API-ASYNC-pool-{client.number % 8 + 1}-thread-{client.number % 4 + 1}"
    for hook in session_hooks(client, ends, scenario, goes_on=goes_on):
        yield from _logged(hook, thread, client.app, scenario)


def _failure(client: Client, at: datetime, scenario: Scenario) -> Iterator[_Entry]:
    thread = f"API-ASYNC-pool-12-thread-{client.number % 4 + 1}"
    method = first_method(client.app)
    body = client.body(scenario, method, "")
    exception = scenario.log.failures[client.number]
    hook = LoggedHook(at - STEP, at, method, body, exception)
    yield from _logged(hook, thread, client.app, scenario)


def _in_flight(client: Client, at: datetime, scenario: Scenario) -> Iterator[_Entry]:
    method = first_method(client.app)
    hook = LoggedHook(at, None, method, client.body(scenario, method, ""))
    yield from _logged(hook, "API-ASYNC-pool-9-thread-1", client.app, scenario)


def _logged(hook: LoggedHook, thread: str, app: LabApp, scenario: Scenario) -> Iterator[_Entry]:
    """The blocks of one hook: what was sent, and what became of it."""
    indent = " " if scenario.has_manager else "  "
    block = f"URL:{app.url}/{hook.method}\nOBJECT:\n{_pretty(hook.body, indent)}\n"
    yield _Entry(hook.sent_at, "INFO", thread, f"SEND REST OBJECT ==>\n{block}")
    if hook.ends_at is None:
        return
    if hook.exception:
        text = f"Got exception in REST \n{hook.exception}\n"
        yield _Entry(hook.ends_at, "ERROR", thread, text)
    else:
        yield _Entry(hook.ends_at, "INFO", thread, f"RECEIVED REST OBJECT <==\n{block}")


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
