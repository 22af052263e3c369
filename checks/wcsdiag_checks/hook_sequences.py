"""Group HKS, hook traffic: the hooks of each session follow one another as they should."""

from __future__ import annotations

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.hooks.traffic import BrokenStep, Fault, State
from wcsdiag.model import Evidence, Finding, Fix, Unavailable, failed, passed, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.hook_seen import (
    BEHIND_TRAFFIC,
    LEFT_OUT,
    example,
    is_asked,
    none_sent,
    not_read_whole,
    number,
    place,
    read_range,
    search,
)

_SEQUENCE = frozenset({Fault.MISSING, Fault.OUT_OF_ORDER})
"""Failed, slow and repeated hooks have checks of their own."""

_SHARE_THAT_FAILS = 0.2
_SHARE_THAT_WARNS = 0.5
_FEWEST_SESSIONS = 3
_MOST_STEPS = 8


@check(
    "HKS103",
    "The hooks of a session come in their order and none is missing",
    explained_by=(*BEHIND_TRAFFIC, "HKS101", "HKS102", "RST101", "RST102", "RST103", "HKS105"),
)
def sequences_are_whole(
    target: Target, hooks: HookTraffic, apps: Apps | Unavailable
) -> Observations:
    """What a web client does is a sequence of hooks: `connect`, then `ConnectionStatusEvent`;
    `call`, `CallStatusEvent`, `hangup`. The first step that is missing is where it broke.

    One odd session is no fault of the target: a step fails the check where it is beyond doubt and
    breaks a fifth of the sessions or more. Steps whose REST method the app does not have are not
    missed, nor those that may lie outside the part of the log that was read.

    Fix
    ---
    See whether the app has the REST method of the missing step, then what WCS logged between the
    step before it and the time at which it should have come::

        ssh -p 2001 admin@HOST     # then: show app-rest-methods APP
        wcsdiag logs --host HOST
    """
    questions = tuple(not_read_whole(hooks))
    yield from questions
    if questions:
        return
    if not hooks.traffic.numbers:
        raise none_sent(hooks)
    broken = [step for step in hooks.traffic.broken_steps if step.fault in _SEQUENCE]
    broken.sort(key=lambda step: (not step.example.is_certain, -step.count))
    odd = []
    for step in broken[:_MOST_STEPS]:
        if _is_worth_a_finding(step, hooks):
            yield _broken(target, hooks, step, asked=_is_of_asked(step, hooks, apps))
        else:
            odd.append(step)
    if len(odd) == len(broken[:_MOST_STEPS]):
        yield _whole(hooks, odd)


def _is_worth_a_finding(step: BrokenStep, hooks: HookTraffic) -> bool:
    if step.example.is_certain:
        return True
    return _share(step, hooks) >= _SHARE_THAT_WARNS and step.count >= _FEWEST_SESSIONS


def _share(step: BrokenStep, hooks: HookTraffic) -> float:
    return step.count / max(1, hooks.traffic.session_count)


def _is_of_asked(step: BrokenStep, hooks: HookTraffic, apps: Apps | Unavailable) -> bool:
    """By the session that stands for all that are broken at this step."""
    keys = (each.app_key for each in hooks.traffic.sessions if each.session_id == step.session_id)
    return is_asked(next(keys, None), apps)


def _broken(target: Target, hooks: HookTraffic, step: BrokenStep, *, asked: bool) -> Finding:
    seen, fault = step.example.exchange, step.fault.value
    summary = (
        f"{step.sequence} is broken at {step.step} ({fault}) in {step.count} of "
        f"{number(hooks.traffic.session_count, 'session')}"
    )
    fix = Fix(
        f"See whether the app has the REST method {step.step}, and what WCS logged where it "
        "should have come.",
        (search(target, hooks, step.step), f"wcsdiag logs --host {target.host}"),
    )
    evidence = [_detail(hooks, step), read_range(hooks)]
    if seen is not None:
        evidence.insert(1, example(hooks, seen))
    many = _share(step, hooks) >= _SHARE_THAT_FAILS and step.count >= _FEWEST_SESSIONS
    say = failed if step.example.is_certain and many and asked else warned
    if not step.example.is_certain:
        summary = f"{summary}, unless another reading holds"
    if not asked:
        summary = f"{summary}; {LEFT_OUT}"
    return say(summary, *evidence, fix=fix)


def _detail(hooks: HookTraffic, step: BrokenStep) -> Evidence:
    session = f"for example session {step.session_id}: " if step.session_id else ""
    return Evidence(f"{session}{step.example.detail}", place(hooks))


def _whole(hooks: HookTraffic, odd: list[BrokenStep]) -> Finding:
    traffic = hooks.traffic
    going_on = sum(session.state is State.OPEN for session in traffic.sessions)
    sessions = f"{number(traffic.session_count, 'session')}, {traffic.broken_count} broken"
    lines = [f"{sessions}; of those that were kept, {going_on} began earlier or go on"]
    lines += [
        f"perhaps: {step.sequence}, {step.step} {step.fault.value} in "
        f"{number(step.count, 'session')}: {step.example.detail}"
        for step in odd
    ]
    said = (
        "no sequence of hooks is broken beyond doubt" if odd else "no sequence of hooks is broken"
    )
    return passed(said, Evidence("\n".join(lines), place(hooks)), read_range(hooks))
