"""Group HKS, hook traffic: what the log says of the hooks that WCS sent."""

from __future__ import annotations

from datetime import timedelta

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.hooks.exchange import Exchange, Failure
from wcsdiag.hooks.traffic import RARE
from wcsdiag.logs.exchanges import UNANSWERED
from wcsdiag.model import (
    Finding,
    Fix,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag.wcs.rest_methods import CONNECT
from wcsdiag.wcs.rest_url import rest_url_behind
from wcsdiag.wcs.settings import Settings
from wcsdiag_checks.hook_seen import (
    BEHIND_TRAFFIC,
    LEFT_OUT,
    HooksOfUrl,
    by_rest_url,
    clock,
    counted,
    example,
    is_connect,
    not_read_whole,
    number,
    numbers_seen,
    read_range,
    search,
    seconds,
)

_MOST_FAILURES = 5
_MANY_DECLINED = 10
_WITHOUT_LIMIT = timedelta(minutes=1)
"""Where WCS waits without limit, a hook that waits longer than this is called unanswered."""


@check("HKS101", "Hooks are exchanged", explained_by=(*BEHIND_TRAFFIC, "HKS102"))
def hooks_are_exchanged(
    target: Target, hooks: HookTraffic, apps: Apps | Unavailable
) -> Observations:
    """The log holds every hook that WCS sent, and its answer: this is the traffic itself.

    For each REST method: how many hooks, how many of them failed, and how long the answers took
    (p50, p95: half of them and 95% of them came within that time). A 403 to a hook that the web
    server may decline is an answer: it counts as a failure only where nobody at all gets in.

    Fix
    ---
    Look at the failures of group LOG, and try the web server from the host::

        wcsdiag logs --host HOST
        wcsdiag run WEB FWL URL LOG104 --host HOST
    """
    questions = tuple(not_read_whole(hooks))
    yield from questions
    if questions:
        return
    for group in by_rest_url(hooks, apps):
        yield _exchanged(target, hooks, group)


def _exchanged(target: Target, hooks: HookTraffic, group: HooksOfUrl) -> Finding | Undetermined:
    evidence = (numbers_seen(hooks, group.numbers), read_range(hooks))
    judged = group.count - group.unknown
    commands = (f"wcsdiag logs --host {target.host}", f"wcsdiag run WEB FWL --host {target.host}")
    sent = number(group.count, "hook")
    if not judged:
        reason = f"of {sent}{group.to} the log does not say what became of them"
        return undetermined(
            reason, *evidence, subject=group.subject, fix=Fix("Look again.", commands[:1])
        )
    if group.lets_nobody_in:
        return _lets_nobody_in(target, hooks, group)
    if not group.failed:
        slowest = seconds(max((each.p95_s or 0.0 for each in group.numbers), default=None))
        declined = f", {group.refused} declined with 403" if group.refused else ""
        summary = f"{sent}{group.to}, none failed{declined}; p95 of the slowest method {slowest}"
        return passed(summary, *evidence, subject=group.subject)
    kinds: dict[str, int] = {}
    for each in group.numbers:
        for kind, count in each.failures:
            kinds[kind] = kinds.get(kind, 0) + count
    why = f" ({counted(tuple(kinds.items()), _MOST_FAILURES)})" if kinds else ""
    fix = Fix("LOG104 says what the failures mean; try the web server from the host.", commands)
    if group.failed < judged:
        summary = f"{group.failed} of {number(judged, 'hook')}{group.to} failed{why}"
        return warned(summary, *evidence, subject=group.subject, fix=fix)
    summary = f"every hook{group.to} failed, {judged} of {judged}{why}"
    if not group.is_asked:
        summary = f"{summary}; {LEFT_OUT}"
        return warned(summary, *evidence, subject=group.subject, fix=fix)
    return failed(summary, *evidence, subject=group.subject, fix=fix)


def _lets_nobody_in(target: Target, hooks: HookTraffic, group: HooksOfUrl) -> Finding:
    connects = [each for each in group.numbers if is_connect(each)]
    refused = sum(each.refused for each in connects)
    summary = f"every connect{group.to} was declined with 403, {refused} of {refused}"
    fix = Fix(
        "No web client gets in. See in the web server's log why it declines them: expired tokens, "
        "a wrong app key, or another rest_hook_secret_key than WCS has.",
        (search(target, hooks, CONNECT), f"wcsdiag logs --host {target.host}"),
    )
    evidence = (numbers_seen(hooks, group.numbers), read_range(hooks))
    # One client that comes again and again with a bad token is no fault of the web server.
    say = failed if refused >= _MANY_DECLINED and group.is_asked else warned
    if not group.is_asked:
        summary = f"{summary}; {LEFT_OUT}"
    return say(summary, *evidence, subject=group.subject, fix=fix)


@check("HKS102", "Every hook gets an answer", explained_by=BEHIND_TRAFFIC)
def every_hook_is_answered(
    target: Target,
    hooks: HookTraffic,
    apps: Apps | Unavailable,
    settings: Settings | Unavailable,
) -> Observations:
    """A hook for which the log has neither an answer nor an error is one that WCS still waits for,
    or that was lost in WCS itself. With `rest_request_timeout=0` WCS waits without limit.

    Hooks that were sent just before the log's end do not count: their answers may still come.
    Single ones, up to one in a hundred, are a warning.

    Fix
    ---
    Set a limit in conf/flashphoner.properties, restart, and look what the web server does with such
    a hook::

        rest_request_timeout=10
        wcsdiag logs --follow --host HOST
    """
    questions = tuple(not_read_whole(hooks))
    yield from questions
    if questions:
        return
    groups = by_rest_url(hooks, apps)
    lost = [each for each in hooks.traffic.exchanges if _is_lost(each)]
    if isinstance(settings, Settings) and settings.rest_request_timeout == 0:
        lost += [each for each in hooks.traffic.exchanges if _waits_for_long(each, hooks)]
    by_url: dict[str | None, list[Exchange]] = {}
    urls = [group.subject for group in groups if group.subject]
    for exchange in lost:
        by_url.setdefault(rest_url_behind(exchange.url, urls), []).append(exchange)
    left_out = {group.subject for group in groups if not group.is_asked}
    counts = {group.subject: group.count for group in groups}
    for subject, those in by_url.items():
        is_grave = subject not in left_out and len(those) > RARE * counts.get(subject, 0)
        yield _unanswered(
            target, hooks, subject, those, is_asked=subject not in left_out, is_grave=is_grave
        )
    if not by_url:
        waiting = sum(group.unknown for group in groups)
        rest = f"; the end of {number(waiting, 'hook')} is not in what was read" if waiting else ""
        total = sum(group.count for group in groups)
        yield passed(f"no hook of {total} was left without an answer{rest}", read_range(hooks))


def _is_lost(exchange: Exchange) -> bool:
    """True where neither answer nor error came though the log goes on for long enough."""
    return (exchange.error or "").startswith(UNANSWERED)


def _waits_for_long(exchange: Exchange, hooks: HookTraffic) -> bool:
    """True where WCS waits without limit, and has done so for longer than a web server needs."""
    ended = hooks.traffic.ended
    if exchange.failure is not Failure.NOT_SEEN or ended is None or exchange.sent_at is None:
        return False
    return hooks.is_complete and ended - exchange.sent_at > _WITHOUT_LIMIT


def _unanswered(
    target: Target,
    hooks: HookTraffic,
    subject: str | None,
    lost: list[Exchange],
    *,
    is_asked: bool,
    is_grave: bool,
) -> Finding:
    methods: dict[str, int] = {}
    for exchange in lost:
        methods[exchange.method] = methods.get(exchange.method, 0) + 1
    newest = lost[-1]
    least = "at least " if hooks.traffic.omitted or not hooks.is_complete else ""
    summary = (
        f"{least}{number(len(lost), 'hook')} got neither an answer nor an error: "
        f"{counted(tuple(methods.items()))}; the last one at {clock(newest.sent_at)}"
    )
    fix = Fix(
        "See what the web server does with such a hook, and whether rest_request_timeout is 0: "
        "then WCS waits without limit.",
        (search(target, hooks, newest.method), f"wcsdiag run WEB RST106 --host {target.host}"),
    )
    evidence = (example(hooks, newest), read_range(hooks))
    if not is_asked:
        return warned(f"{summary}; {LEFT_OUT}", *evidence, subject=subject, fix=fix)
    say = failed if is_grave else warned
    return say(summary, *evidence, subject=subject, fix=fix)
