"""Group HKS, hook traffic: failures that nobody sees, and hooks that are sent again."""

from __future__ import annotations

import json
from collections.abc import Mapping

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.rest_client_config import DEFAULTS, ClientConfig, client_config
from wcsdiag.hooks.traffic import MethodNumbers
from wcsdiag.model import Evidence, Finding, Fix, NotApplicable, Unavailable, passed, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag.wcs.rest_methods import CONNECT
from wcsdiag.wcs.settings import Settings
from wcsdiag_checks.hook_seen import (
    BEHIND_TRAFFIC,
    HooksOfUrl,
    by_rest_url,
    counted,
    is_connect,
    number,
    numbers_seen,
    read_range,
)

_RETRIES = "rest_client_request_retry_count"
_SENT_RETRY = "rest_client_request_sent_retry_enabled"


@check(
    "HKS106",
    "No failure is hidden by restOnError LOG",
    explained_by=(*BEHIND_TRAFFIC, "HKS101", "HKS102"),
)
def no_hidden_failures(
    target: Target, hooks: HookTraffic, apps: Apps | Unavailable
) -> Observations:
    """When a hook other than `connect` fails, WCS logs it and goes on, unless the web server asked
    for `restOnError: FAIL` in its answer to `connect`. So the web server misses calls and streams,
    its refusals are passed over, and no web client notices: a stream runs although the web server
    declined it with a 403 to `publishStream`.

    Fix
    ---
    Mend the failures (LOG104). Where the web server must have its say, let its answer to `connect`
    hold for each such REST method::

        "restClientConfig": {"publishStream": {"restOnError": "FAIL"}}
    """
    for group in by_rest_url(hooks, apps):
        keys = {each.app_key for each in group.numbers}
        answers = {key: newest_config(hooks.traffic.exchanges, key) for key in keys}
        hidden = {each: count for each in group.numbers if (count := _hidden(each, answers))}
        if not hidden:
            yield _nothing_hidden(hooks, group)
            continue
        names = counted(tuple((each.method, count) for each, count in hidden.items()))
        if None in answers.values():
            said = f"failed hooks{group.to} that web clients may not notice: {names} (restOnError "
            summary = f"{said}LOG is the default; no answer to connect was read that could set it)"
        else:
            said = f"failed or declined hooks{group.to} that web clients do not notice: {names} "
            summary = f"{said}(no answer to connect sets restOnError FAIL for them)"
        wanted = {each.method: {"restOnError": "FAIL"} for each in tuple(hidden)[:3]}
        fix = Fix(
            "Mend the failures, see LOG104. Where the web server must have its say, let its "
            f"answer to connect hold: {json.dumps({'restClientConfig': wanted})}",
            (f"wcsdiag run LOG104 WEB --host {target.host}",),
        )
        evidence = (numbers_seen(hooks, tuple(hidden)), read_range(hooks))
        yield warned(summary, *evidence, subject=group.subject, fix=fix)


def _hidden(each: MethodNumbers, answers: Mapping[str | None, ClientConfig | None]) -> int:
    """How many hooks failed or were declined without effect. Whether a refusal had its effect is
    open where no answer to `connect` was read."""
    config = answers[each.app_key]
    if is_connect(each) or each.method.lower() in (config or DEFAULTS).failing:
        return 0
    return each.failed + (each.refused if config is not None else 0)


def _nothing_hidden(hooks: HookTraffic, group: HooksOfUrl) -> Finding:
    said = f"no hook{group.to} failed unseen"
    if group.failed:
        said = f"{said}: web clients notice {number(group.failed, 'failure')}"
    return passed(said, read_range(hooks), subject=group.subject)


def newest_config(exchanges: tuple[Exchange, ...], app_key: str | None) -> ClientConfig | None:
    """What the newest answer to `connect` that was read sets; None where none was."""
    for exchange in reversed(exchanges):
        is_connect = exchange.method.lower() == CONNECT and exchange.app_key == app_key
        if is_connect and exchange.answer_text and not exchange.answer_truncated:
            config = client_config(exchange.answer_text)
            if config is not None:
                return config
    return None


@check(
    "HKS107",
    "Each hook is sent once",
    explained_by=(*BEHIND_TRAFFIC, "HKS101", "HKS102", "HKS108", "HKS109"),
)
def hooks_are_sent_once(
    target: Target,
    hooks: HookTraffic,
    apps: Apps | Unavailable,
    settings: Settings | Unavailable,
) -> Observations:
    """Since 5.2.1475 WCS sends a hook again where it got no answer, three times unless it is set
    otherwise. The web server may have handled it each time: a call is counted or billed twice
    unless its handler takes a hook that comes twice for one.

    Fix
    ---
    Let the handlers recognise what they have seen (session, call, stream and status), or switch
    repetitions off in conf/flashphoner.properties and restart::

        rest_client_request_sent_retry_enabled=false
    """
    for group in by_rest_url(hooks, apps):
        again = [each for each in group.numbers if each.sent_again]
        total = sum(each.sent_again for each in again)
        if not total and not _are_bodies_seen(hooks):
            raise NotApplicable(
                "the log is so large that bodies were left out: equal ones cannot be told"
            )
        if not total:
            summary = f"none of {number(group.count, 'hook')}{group.to} was sent again"
            yield passed(summary, read_range(hooks), subject=group.subject)
            continue
        names = counted(tuple((each.method, each.sent_again) for each in again))
        evidence = (numbers_seen(hooks, again), _retries(settings), read_range(hooks))
        fix = Fix(
            "Let the web server's handlers bear the same hook again; find out why the first one "
            f"got no answer. {_SENT_RETRY}=false switches repetitions off.",
            (f"wcsdiag run HKS101 HKS108 LOG104 --host {target.host}",),
        )
        summary = f"{number(total, 'hook')}{group.to} repeated one with the same body: {names}"
        yield warned(summary, *evidence, subject=group.subject, fix=fix)


def _are_bodies_seen(hooks: HookTraffic) -> bool:
    """False where of all that was kept the bodies are not whole, as of a log thinned out."""
    kept = hooks.traffic.exchanges
    return not kept or not all(each.request_truncated for each in kept)


def _retries(settings: Settings | Unavailable) -> Evidence:
    if isinstance(settings, Unavailable):
        return Evidence(f"the settings are not known: {settings.reason}", "host: settings")
    lines = []
    for name in (_RETRIES, _SENT_RETRY):
        setting = settings.flashphoner.get(name)
        lines.append(f"{name}={setting.value}" if setting else f"{name} is not set")
    return Evidence(
        "\n".join(lines), f"host: {settings.files[0] if settings.files else 'settings'}"
    )
