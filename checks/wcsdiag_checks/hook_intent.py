"""Group HKS, hook traffic: hooks are sent where they are wanted, and not where they are not."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.log_window import LogWindow
from wcsdiag.facts.processes import Processes
from wcsdiag.hooks.traffic import MethodNumbers
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Unavailable,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Intent, RestIntent, Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.settings import Settings
from wcsdiag_checks.hook_seen import (
    clock,
    counted,
    not_read_whole,
    number,
    numbers_seen,
    place,
    read_range,
)

_JUST_NOW = timedelta(minutes=2)
"""A REST method that was sent longer ago than this may have been removed since."""

_TOO_SHORT = timedelta(minutes=5)
"""Silence in a shorter time says nothing, as right after WCS's start."""

_MOST_FAILURES = 5
_IN_FLIGHT = timedelta(seconds=30)
"""After WCS's start: hooks of sessions that began before it."""


@check(
    "HKS104",
    "Hooks are sent while REST methods are on",
    explained_by=(
        *("HST103", "HST104", "HST105", "LOG103", "URL101", "URL104", "URL106"),
        *("RST101", "RST102", "RST104", "RST105", "FWL102", "FWL103"),
    ),
)
def hooks_are_sent(
    target: Target,
    intent: Intent,
    hooks: HookTraffic,
    apps: Apps,
    log: LogWindow,
    installation: Installation,
    settings: Settings | Unavailable,
) -> Observations:
    """Where nothing is sent though the app has REST methods, no web client came, or it came with an
    app key that WCS does not know: then WCS sends nothing at all, and the client gets FAILED. Or
    the clients go to another WCS. Where the log takes no lines of level INFO, hooks are not in it.

    A quiet hour is no fault, so this is never more than a warning.

    Fix
    ---
    Open the page of a web client while the log is watched; compare its app key with the list and
    its address with this host::

        wcsdiag logs --follow --host HOST
        ssh -p 2001 admin@HOST     # then: show apps
    """
    wanted = _wanted(apps, intent, settings)
    questions = tuple(not_read_whole(hooks))
    yield from questions
    if questions:
        return
    sent = {each.app_key for each in hooks.traffic.numbers}
    silent = [app for app in wanted if app.key not in sent]
    if hooks.traffic.count and (None in sent or len(silent) < len(wanted)):
        total = number(hooks.traffic.count, "hook")
        others = f"; none for {', '.join(app.key for app in silent)}" if silent else ""
        keys = ", ".join(sorted(key for key in sent if key)) or "none in the bodies"
        keys_seen = Evidence(f"app keys of the hooks: {keys}", place(hooks))
        yield passed(
            f"{total} were sent {hooks.window.named}{others}", keys_seen, read_range(hooks)
        )
        return
    watched = hooks.window.now - hooks.window.since
    if watched < _TOO_SHORT and not hooks.traffic.count and not hooks.traffic.contacts:
        seconds = f"{watched.total_seconds():.0f} s"
        raise NotApplicable(
            f"the window holds {seconds} alone: nothing need have been sent in them"
        )
    level = _log_level(target, installation)
    if hooks.traffic.contacts:
        reason = f"failures of hooks are in {hooks.role}, and no hook: does it take level INFO?"
        fix = Fix("Hooks are logged at level INFO. See what the log takes.", (level,))
        yield undetermined(reason, *_failures(hooks), read_range(hooks), fix=fix)
        return
    yield _silent(target, hooks, apps, silent, log.hooks.ends, level)


def _failures(hooks: HookTraffic) -> Iterator[Evidence]:
    for contact in hooks.traffic.contacts[:_MOST_FAILURES]:
        text = f"{contact.count} x {contact.detail}"
        yield Evidence(text, contact.place or place(hooks), contact.at)


def _log_level(target: Target, installation: Installation) -> str:
    path = shlex.quote(f"{installation.home}/conf/log4j.properties")
    return on_host(target, f"grep -i rootLogger {path}")


def _wanted(apps: Apps, intent: Intent, settings: Settings | Unavailable) -> list[App]:
    """The apps for which hooks should be sent. Raises `NotApplicable` where there are none."""
    if intent.rest is RestIntent.OFF:
        raise NotApplicable("REST is meant to be off")
    if not isinstance(settings, Unavailable) and settings.disable_rest_requests:
        raise NotApplicable("disable_rest_requests switches all hooks off: see RST104")
    wanted = [app for app in apps.selected if app.methods != ()]
    if not wanted:
        raise NotApplicable("no app has REST methods")
    return wanted


def _silent(
    target: Target,
    hooks: HookTraffic,
    apps: Apps,
    silent: list[App],
    ends: datetime | None,
    level: str,
) -> Finding:
    keys = ", ".join(app.key for app in silent)
    others = [(each.app_key or "no app key", each.count) for each in hooks.traffic.numbers]
    evidence = [Evidence(f"app keys with REST methods: {keys}", apps.where), read_range(hooks)]
    subject = silent[0].key if len(silent) == 1 else None
    fix = Fix(
        "Open the page of a web client while the log is watched. Compare the app key in it with "
        f"{keys}, and the address that it connects to with this host.",
        (f"wcsdiag logs --follow --host {target.host}", apps.cli, "show apps", level),
    )
    if others:
        evidence.insert(0, numbers_seen(hooks, hooks.traffic.numbers))
        totals: dict[str, int] = {}
        for key, count in others:
            totals[key] = totals.get(key, 0) + count
        summary = (
            f"no hook was sent for {keys} {hooks.window.named}; the web clients that came have "
            f"another app key ({counted(tuple(totals.items()))})"
        )
        return warned(summary, *evidence, subject=subject, fix=fix)
    if ends is None or ends < hooks.begins:
        summary = (
            f"no hook was sent for {keys} {hooks.window.named}, and the log shows no life either: "
            "no web client came to this WCS"
        )
    else:
        summary = (
            f"no hook was sent for {keys} {hooks.window.named}, though the log goes on to "
            f"{clock(ends)}: no web client came, or it came with an app key that WCS does not know"
        )
    return warned(summary, *evidence, subject=subject, fix=fix)


@check(
    "HKS105",
    "No hook is sent for a REST method that was removed",
    explained_by=("HST109", "RST101", "RST104", "URL105"),
)
def nothing_removed_is_sent(
    target: Target,
    intent: Intent,
    hooks: HookTraffic,
    apps: Apps,
    settings: Settings | Unavailable,
    processes: Processes | Unavailable,
) -> Observations:
    """After `remove app-rest-method` or `disable_rest_requests=true` WCS has nothing to send. What
    still comes was sent before the removal, or shows that the removal is not in effect: a changed
    setting needs a restart.

    Hooks from before the removal are normal. So only the newest count, and this is a failure only
    with `--rest off`: nobody can see in a log when a REST method was removed.

    Fix
    ---
    Look again in a few minutes. If hooks still come, look at the app's REST methods once more, and
    restart WCS where a setting was changed::

        ssh -p 2001 admin@HOST     # then: show app-rest-methods APP
        sudo systemctl restart webcallserver
    """
    off = not isinstance(settings, Unavailable) and settings.disable_rest_requests
    known = [app for app in apps.selected if app.methods is not None or off]
    if not known:
        raise Unavailable("the REST methods are not known", because="RST101")
    started = None if isinstance(processes, Unavailable) else processes.core
    found = False
    for app in known:
        removed = tuple(_removed(app, hooks, off=off))
        if removed:
            found = True
            began = started.started if started else None
            yield _still_sent(target, intent, hooks, apps, app, removed, began, off=off)
    if not found:
        names = ", ".join(f"{app.name}: {_methods_of(app, off=off)}" for app in known)
        in_effect = Evidence(f"REST methods {names}", apps.where)
        yield passed("no hook is sent that should not be", in_effect, read_range(hooks))


def _methods_of(app: App, *, off: bool) -> str:
    return "all switched off" if off else str(len(app.methods or ()) or "none")


def _removed(app: App, hooks: HookTraffic, *, off: bool) -> Iterator[MethodNumbers]:
    present = frozenset() if off else {method.lower() for method in app.methods or ()}
    for each in hooks.traffic.numbers:
        if each.app_key == app.key and each.method.lower() not in present:
            yield each


def _still_sent(
    target: Target,
    intent: Intent,
    hooks: HookTraffic,
    apps: Apps,
    app: App,
    removed: tuple[MethodNumbers, ...],
    started: datetime | None,
    *,
    off: bool,
) -> Finding:
    last = max((each.last_seen for each in removed if each.last_seen), default=None)
    names = ", ".join(each.method for each in removed)
    why = "disable_rest_requests is set" if off else f"app {app.name} does not have them"
    evidence = (numbers_seen(hooks, removed), Evidence(why, apps.where), read_range(hooks))
    if last is None or hooks.window.now - last > _JUST_NOW:
        seen = f"the last one at {clock(last)}" if last else "at an unknown time"
        summary = f"{names} were sent for app {app.name}, {seen}: before the removal, as it seems"
        return passed(summary, *evidence, subject=app.key)
    age = hooks.window.now - last
    summary = (
        f"{names} are still sent for app {app.name}: {why}, and the last hook went out "
        f"{age.total_seconds():.0f} s ago, at {clock(last)}"
    )
    fix = Fix(
        "If they were removed in this very moment, look again in a few minutes. Else look at the "
        "app's REST methods in the CLI; a changed setting needs a restart.",
        (
            f"wcsdiag run HKS105 --host {target.host}",
            apps.cli,
            f"show app-rest-methods {apps.word_for(app)}",
        ),
    )
    is_since_start = started is None or last > started + _IN_FLIGHT or not off
    say = failed if intent.rest is RestIntent.OFF and is_since_start else warned
    return say(summary, *evidence, subject=app.key, fix=fix)
