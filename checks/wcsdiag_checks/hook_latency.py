"""Group HKS, hook traffic: how long answers take, and what waits for them."""

from __future__ import annotations

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.facts.pool_counters import PoolCounters
from wcsdiag.hooks.latency import is_near
from wcsdiag.hooks.traffic import MethodNumbers
from wcsdiag.model import Evidence, Finding, Fix, NotApplicable, Unavailable, failed, passed, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag.wcs.settings import DEFAULT_REST_REQUEST_TIMEOUT_S, Settings
from wcsdiag_checks.hook_seen import (
    BEHIND_FAILED_HOOKS,
    BEHIND_TRAFFIC,
    HooksOfUrl,
    by_rest_url,
    numbers_seen,
    read_range,
    seconds,
)

_SETTING = "rest_request_timeout"


@check(
    "HKS108",
    "Answers come well within rest_request_timeout",
    explained_by=(*BEHIND_TRAFFIC, "RST106", "HKS102", "HKS109"),
)
def answers_well_in_time(
    target: Target, hooks: HookTraffic, settings: Settings, apps: Apps | Unavailable
) -> Observations:
    """A web server that needs two thirds of the limit today fails under a little more load, and
    every web client waits as long for what it asked.

    Judged are real hooks, which one probe in a quiet moment cannot stand for.

    Fix
    ---
    Let the handler answer first and work later; look for what all slow ones have in common (a
    database, a lock, a pool of workers). A higher limit only moves the cliff::

        wcsdiag logs --host HOST
        wcsdiag send connection --host HOST --app-key KEY --count 200 --rate 20
    """
    limit = settings.rest_request_timeout
    if limit is None or limit < 0:
        limit = DEFAULT_REST_REQUEST_TIMEOUT_S
    for group in by_rest_url(hooks, apps):
        timed = [each for each in group.numbers if each.max_s is not None]
        if timed:
            yield _latency(target, hooks, group, timed, limit, settings)
    if all(each.max_s is None for each in hooks.traffic.numbers):
        raise NotApplicable("no hook was answered, so that nothing could be timed")


def _latency(
    target: Target,
    hooks: HookTraffic,
    group: HooksOfUrl,
    timed: list[MethodNumbers],
    limit: int,
    settings: Settings,
) -> Finding:
    text = (
        f"{_SETTING}={limit}" if settings.where(_SETTING) else f"{_SETTING} is not set: {limit} s"
    )
    where = settings.where(_SETTING) or f"host: {', '.join(settings.files)}"
    setting = Evidence(text, where)
    evidence = (numbers_seen(hooks, timed), setting, read_range(hooks))
    slowest = max(timed, key=lambda each: (each.p95_s or 0.0, each.max_s or 0.0))
    longest = max(timed, key=lambda each: each.max_s or 0.0)
    worst = (
        f"p95 of {slowest.method} {seconds(slowest.p95_s)}, "
        f"longest {seconds(longest.max_s)} ({longest.method})"
    )
    if not limit:
        return passed(f"{worst}; WCS waits without limit", setting, subject=group.subject)
    fix = Fix(
        f"Make the web server's answer to {longest.method} faster: answer first, work later.",
        (f"wcsdiag logs --host {target.host}",),
    )
    if is_near(slowest.p95_s, limit):
        summary = f"answers{group.to} come near the limit of {limit} s: {worst}"
        return warned(summary, *evidence, subject=group.subject, fix=fix)
    if is_near(longest.max_s, limit):
        summary = f"single answers{group.to} come near the limit of {limit} s: {worst}"
        return warned(summary, *evidence, subject=group.subject, fix=fix)
    return passed(f"{worst}; the limit is {limit} s", setting, subject=group.subject)


@check(
    "HKS109",
    "The pool of connections to the web server has room",
    explained_by=(*BEHIND_FAILED_HOOKS, "LOG104"),
)
def pool_has_room(target: Target, pool: PoolCounters) -> Observations:
    """WCS sends hooks over a pool of connections. Where all of them are in use and hooks wait for
    one, the web server is too slow for the load, although each single probe of it passes.

    WCS's own statistics page is read twice, a second apart where hooks wait: a queue that is gone
    by then was a moment's.

    Fix
    ---
    Make the web server answer faster or take more requests at once, or remove REST methods that
    it has no use for; see which hooks are slow::

        curl -s 'http://127.0.0.1:8081/?action=stat' | grep ports_rest_api
        wcsdiag logs --host HOST
    """
    readings = f"{pool.first}\n{pool.second}\n{pool.apart_s:.1f} s apart"
    evidence = Evidence(readings, pool.where)
    port_and_path = pool.where.removeprefix("host: ")
    page = f"curl -s '{port_and_path}' | grep ports_rest_api"
    fix = Fix(
        "The web server is too slow for the load: make its answers faster, or let it take more "
        "at once. HKS101 says which hooks are slow.",
        (on_host(target, page), f"wcsdiag run HKS101 HKS108 --host {target.host}"),
    )
    waiting = f"{pool.first.pending}, then {pool.second.pending} hooks"
    if pool.first.pending and pool.second.pending:
        if not pool.first.available and not pool.second.available:
            summary = f"all {pool.second.leased} connections are in use, and {waiting} wait for one"
            yield failed(summary, evidence, fix=fix)
            return
        summary = f"{waiting} wait for a connection, though {pool.second.available} are unused"
        yield warned(summary, evidence, fix=fix)
        return
    passing = ", a moment's queue" if pool.first.pending else ""
    yield passed(
        f"{pool.second.leased} connections in use, {pool.second.available} unused, "
        f"{pool.second.pending} hooks wait{passing}",
        evidence,
    )
