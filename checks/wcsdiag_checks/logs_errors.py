"""Group LOG, logs: what the log says of hooks that failed, and of everything else."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.hooks.catalogue import can_decline
from wcsdiag.hooks.traffic import RARE
from wcsdiag.logs.blocks import method_of
from wcsdiag.logs.errors_seen import LoggedError
from wcsdiag.logs.excerpt import excerpt
from wcsdiag.logs.failures import failure_of
from wcsdiag.logs.signatures import Group, group
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    Status,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag.wcs.rest_url import rest_url_behind
from wcsdiag_checks.hook_seen import BEHIND_FAILED_HOOKS

_QUIET = timedelta(minutes=10)
"""Failures have stopped when the last one is older than this, and hooks were answered since."""

_DECLINED = 403
_MOST_GROUPS = 8
_MOST_URLS = 5


@check("LOG104", "No hook failed in the window", explained_by=BEHIND_FAILED_HOOKS)
def no_failed_hooks(target: Target, log: LogWindow, apps: Apps | Unavailable) -> Observations:
    """By default WCS only writes a failed hook to its log and goes on: nobody else is told.

    The `connect` hook is the exception, there the client is declined. WCS writes `Got exception in
    REST` and a Java exception, which says whether the web server was not found, not reached, too
    slow, or not trusted. The explanations are the Java-standard meanings of the exceptions.

    A 403 to a hook that the web server may decline is its answer, and no failure. Single failures,
    up to one in a hundred hooks, are a warning where hooks are answered since.

    Fix
    ---
    Read the exception, and mend what it speaks of; the checks of group WEB try the web server at
    this moment::

        grep -a -A 5 "Got exception in REST" LOG | tail -n 30
        wcsdiag run WEB FWL URL --host HOST
    """
    for file in _files(log):
        if not file.understood:
            yield _not_understood(target, file)
            continue
        failures = _by_rest_url(file, apps)
        if not failures:
            yield _no_failure(log.window, file)
        for subject, found in failures[:_MOST_GROUPS]:
            finding = _failure(target, log.window, file, found, subject)
            yield _of_another_app(finding) if _is_of_another(subject, apps) else finding
        if len(failures) > _MOST_GROUPS:
            yield failed(_more(tuple(found for _, found in failures)), _range(file))
    yield from _core_missing(log)


@check(
    "LOG105",
    "No other errors in the window",
    explained_by=("LOG104", "LOG106", "HST105", "HST106", "HST107"),
)
def no_other_errors(target: Target, log: LogWindow) -> Observations:
    """What else WCS complains of may explain what hooks alone do not.

    Errors are taken together by logger and by what they say; numbers, ids and addresses do not
    count. Known Java exceptions are explained, others are shown as they are.

    Fix
    ---
    Read the errors in full, with what stands before them::

        grep -a -n -B 3 -A 20 -E "ERROR|FATAL" LOG | tail -n 100
    """
    for file in _files(log):
        if not file.understood:
            yield _not_understood(target, file)
            continue
        errors = [error for error in file.errors if not error.is_hook]
        groups = group(error for error in errors if not error.is_warning)
        for found in groups[:_MOST_GROUPS]:
            yield _other(target, file, found)
        if len(groups) > _MOST_GROUPS:
            yield warned(_more(groups), _range(file))
        if not groups:
            warnings = sum(error.is_warning for error in errors)
            noted = f", {warnings} lines of level WARN" if warnings else ""
            yield passed(f"no other errors in {file.role} {log.window.named}{noted}", _range(file))
    yield from _core_missing(log)


def _files(log: LogWindow) -> Iterator[FileWindow]:
    yield log.hooks
    if log.core is not None:
        yield log.core


def _by_rest_url(
    file: FileWindow, apps: Apps | Unavailable
) -> tuple[tuple[str | None, Group], ...]:
    """The failures of each REST URL in groups, most frequent first; None: its URL is not known."""
    rest_urls = [] if isinstance(apps, Unavailable) else [a.url for a in apps.existing if a.url]
    subjects: dict[str | None, str | None] = {None: None}
    errors: dict[str | None, list[LoggedError]] = {}
    for error in (each for each in file.errors if each.is_hook and not _is_refusal(each)):
        if error.url and error.url not in subjects:
            subjects[error.url] = rest_url_behind(error.url, rest_urls)
        errors.setdefault(subjects[error.url or None], []).append(error)
    groups = [
        (subject, found)
        for subject, those in errors.items()
        for found in group(those, by_exception=True)
    ]
    return tuple(sorted(groups, key=lambda pair: (-pair[1].count, pair[1].first)))


def _is_refusal(error: LoggedError) -> bool:
    """True for a 403 to a hook that the web server may decline: an answer, as HKS101 counts it."""
    if failure_of(error).status != _DECLINED:
        return False
    return error.url is None or can_decline(method_of(error.url))


def _is_of_another(subject: str | None, apps: Apps | Unavailable) -> bool:
    """True where only apps have the REST URL that were not asked about."""
    if isinstance(apps, Unavailable) or subject in apps.by_url:
        return False
    return subject in {app.url for app in apps.existing if app.url}


def _of_another_app(finding: Finding) -> Finding:
    summary = f"{finding.summary}; it is of an app that --app-key leaves out"
    return replace(finding, status=Status.WARN, summary=summary)


def _failure(
    target: Target, window: Window, file: FileWindow, found: Group, subject: str | None
) -> Finding:
    hooks = "a hook" if found.count == 1 else f"{found.count} hooks"
    summary = f"{hooks} failed {_when(found)}: {_said(found)}"
    search = f'grep -a -A 5 "Got exception in REST" {shlex.quote(file.path)} | tail -n 30'
    commands = (_remote(target, search), f"wcsdiag run WEB FWL URL --host {target.host}")
    advice = found.known.fix if found.known else "Read the exception in WCS's log."
    evidence = (*_sample(file, found), *_urls(file, found), _answers(file))
    is_answered = _answered_after(file, found.last, subject)
    if is_answered and window.now - found.last >= _QUIET:
        past = Fix(f"It has stopped. Should it come back: {advice}", commands)
        summary = f"{summary}; it has stopped, hooks are answered"
        return warned(summary, *evidence, subject=subject, fix=past)
    if is_answered and found.count <= RARE * file.answers:
        summary = f"{summary}; {file.answers} others were answered, before and since"
        return warned(summary, *evidence, subject=subject, fix=Fix(advice, commands))
    return failed(summary, *evidence, subject=subject, fix=Fix(advice, commands))


def _answered_after(file: FileWindow, moment: datetime, subject: str | None) -> bool:
    answered = file.answered if subject is None else file.answered_at(subject)
    return answered is not None and answered > moment


def _no_failure(window: Window, file: FileWindow) -> Finding:
    hooks = f"{'' if file.is_complete else 'at least '}{file.answers} answered"
    declined = sum(error.is_hook and _is_refusal(error) for error in file.errors)
    if declined:
        hooks = f"{hooks}, {declined} declined with 403"
    elif not file.answers:
        hooks = "none was seen to be answered either"
    return passed(f"no hook failed in {file.role} {window.named}; {hooks}", _range(file))


def _other(target: Target, file: FileWindow, found: Group) -> Finding:
    logger = f" from {found.logger}" if found.logger else ""
    errors = "an error" if found.count == 1 else f"{found.count} errors"
    summary = f"{errors}{logger} {_when(found)}: {_said(found)}"
    advice = found.known.fix if found.known else "Read what WCS logged around it."
    command = _remote(target, f"tail -n 200 {shlex.quote(file.path)}")
    return warned(summary, *_sample(file, found), fix=Fix(advice, (command,)))


def _said(found: Group) -> str:
    """The exception and its meaning; without an exception, what the record says."""
    if found.exception is None:
        return found.sample.dated.record.message[:200].strip() or found.signature
    said = str(found.exception)[:200]
    if found.known is None:
        return said
    return f"{said} (Java-standard meaning: {found.known.meaning})"


def _when(found: Group) -> str:
    if found.first == found.last:
        return f"at {found.last:%H:%M:%S}"
    days = "%Y-%m-%d " if found.first.date() != found.last.date() else ""
    return f"from {found.first:{days}%H:%M:%S} to {found.last:{days}%H:%M:%S}"


def _sample(file: FileWindow, found: Group) -> tuple[Evidence, ...]:
    return (Evidence(excerpt(found.sample.dated.record), f"host: {file.path}", found.last),)


def _urls(file: FileWindow, found: Group) -> tuple[Evidence, ...]:
    if not found.urls:
        return ()
    lines = [f"{count} x POST {url}" for url, count in found.urls[:_MOST_URLS]]
    return (Evidence("\n".join(lines), f"host: {file.path}: the requests that failed"),)


def _answers(file: FileWindow) -> Evidence:
    last = f", the last at {file.answered:%H:%M:%S}" if file.answered else ""
    some = "" if file.is_complete else "in its newest part "
    text = "\n".join((f"hooks answered {some}in the window: {file.answers}{last}", *file.notes))
    return Evidence(text, f"host: {file.path}")


def _range(file: FileWindow) -> Evidence:
    ends = f" to {file.ends:%H:%M:%S}" if file.ends and file.ends >= file.begins else ""
    text = f"lines from {file.begins:%Y-%m-%d %H:%M:%S}{ends} were looked at"
    if not ends:
        text = f"no line since {file.begins:%Y-%m-%d %H:%M:%S}"
    return Evidence("\n".join((text, *file.notes)), f"host: {file.path}", file.ends)


def _more(groups: tuple[Group, ...]) -> str:
    rest = groups[_MOST_GROUPS:]
    return f"{sum(found.count for found in rest)} more errors of {len(rest)} other kinds"


def _not_understood(target: Target, file: FileWindow) -> Undetermined:
    fix = Fix(
        "Compare ConversionPattern in conf/log4j.properties with the vendor's: wcsdiag reads "
        "lines that begin with a time.",
        (_remote(target, f"tail -n 20 {shlex.quote(file.path)}"),),
    )
    return undetermined(
        f"the layout of {file.role} was not understood: no line begins with a time",
        Evidence(file.sample, f"host: {file.path}"),
        fix=fix,
    )


def _core_missing(log: LogWindow) -> Iterator[Undetermined]:
    if log.core_problem:
        yield undetermined(log.core_problem)


def _remote(target: Target, command: str) -> str:
    return on_host(target, command)
