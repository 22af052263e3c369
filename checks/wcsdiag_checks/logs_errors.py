"""Group LOG, logs: what the log says of hooks that failed, and of everything else."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta

from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.logs.excerpt import excerpt
from wcsdiag.logs.signatures import Group, group
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target

_QUIET = timedelta(minutes=10)
"""Failures have stopped when the last one is older than this, and hooks were answered since."""

_MOST_GROUPS = 8
_MOST_URLS = 5

# Whatever is wrong now between WCS and the web server has left its trace in the log too.
_BEHIND_FAILED_HOOKS = (
    *("HST103", "HST104", "HST106", "HST107", "FWL101", "FWL102"),
    *("URL107", "URL108", "URL110", "URL111", "URL112", "URL113", "URL114", "URL115"),
    *("WEB101", "WEB102", "WEB103", "WEB104", "WEB105", "WEB106", "WEB107", "WEB108", "WEB109"),
    *("WEB110", "WEB112"),
)


@check("LOG104", "No hook failed in the window", explained_by=_BEHIND_FAILED_HOOKS)
def no_failed_hooks(target: Target, log: LogWindow) -> Observations:
    """By default WCS only writes a failed hook to its log and goes on: nobody else is told.

    The `connect` hook is the exception, there the client is declined. WCS writes `Got exception in
    REST` and a Java exception, which says whether the web server was not found, not reached, too
    slow, or not trusted. The explanations are the Java-standard meanings of the exceptions.

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
        groups = group((error for error in file.errors if error.is_hook), by_exception=True)
        if not groups:
            yield _no_failure(log.window, file)
        for found in groups[:_MOST_GROUPS]:
            yield _failure(target, log.window, file, found)
        if len(groups) > _MOST_GROUPS:
            yield failed(_more(groups), _range(file))
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


def _failure(target: Target, window: Window, file: FileWindow, found: Group) -> Finding:
    hooks = "a hook" if found.count == 1 else f"{found.count} hooks"
    summary = f"{hooks} failed {_when(found)}: {_said(found)}"
    search = f"grep -a -A 5 'Got exception in REST' {shlex.quote(file.path)} | tail -n 30"
    commands = (_remote(target, search), f"wcsdiag run WEB FWL URL --host {target.host}")
    advice = found.known.fix if found.known else "Read the exception in WCS's log."
    evidence = (*_sample(file, found), *_urls(file, found), _answers(file))
    if window.now - found.last >= _QUIET and _answered_after(file, found.last):
        past = Fix(f"It has stopped. Should it come back: {advice}", commands)
        return warned(f"{summary}; it has stopped, hooks are answered", *evidence, fix=past)
    return failed(summary, *evidence, fix=Fix(advice, commands))


def _answered_after(file: FileWindow, moment: datetime) -> bool:
    return file.answered is not None and file.answered > moment


def _no_failure(window: Window, file: FileWindow) -> Finding:
    hooks = f"{'' if file.is_complete else 'at least '}{file.answers} answered"
    if not file.answers:
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
    return f"ssh {target.host} {shlex.quote(command)}"
