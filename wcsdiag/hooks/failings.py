"""What can be wrong with the hooks themselves: failed, slow, sent again, connection closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wcsdiag.hooks.effects import FAIL, LOG, effect_of_failure
from wcsdiag.hooks.exchange import Outcome
from wcsdiag.hooks.found import FoundFault
from wcsdiag.hooks.latency import is_near
from wcsdiag.hooks.rest_client_config import ClientConfig
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sequences import AGAIN_S
from wcsdiag.hooks.traffic import Fault
from wcsdiag.hooks.view import View

# Of these, and no others, the same body twice means the same hook twice: events and key presses
# repeat by themselves.
_SENT_ONCE = frozenset(
    {"connect", "call", "hangup", "oncallevent", "sendmessage", "onmessageevent", "ondataevent"}
    | {"publishstream", "unpublishstream", "playstream", "playhls", "playrtsp", "stopstream"}
)


def may_come_again(hook: SeenHook) -> bool:
    """False where no later hook can be this one once more, whatever its body."""
    return hook.body is not None and (hook.key in _SENT_ONCE or hook.outcome is Outcome.FAILED)


def is_again(hook: SeenHook, earlier: SeenHook) -> bool:
    """True where a hook of equal body is the earlier one once more, and no new one.

    Never for bodies that say nothing of the hook itself: equal ones may be of different events.
    """
    if hook.is_bare:
        return False
    if hook.at is not None and earlier.at is not None and abs(hook.at - earlier.at) > AGAIN_S:
        return False
    return earlier.outcome is Outcome.FAILED or hook.key in _SENT_ONCE


def faults_of_hooks(hooks: Iterable[SeenHook], view: View) -> list[FoundFault]:
    """The faults of each hook, for hooks in the order of time. One that failed and was answered
    when it was sent again is no failure of its sequence."""
    found: list[FoundFault] = []
    seen: dict[tuple[str, int], SeenHook] = {}
    unmended: list[SeenHook] = []
    for hook in hooks:
        if hook.body is not None:
            key = (hook.key, hook.body)
            earlier = seen.pop(key, None)
            if earlier is not None and is_again(hook, earlier):
                found.append(_sent_again(hook, earlier))
                if hook.outcome is Outcome.ANSWERED and earlier.outcome is Outcome.FAILED:
                    unmended = [f for f in unmended if (f.key, f.body) != key]
            if may_come_again(hook):
                seen[key] = hook
        if hook.outcome is Outcome.FAILED:
            unmended.append(hook)
        if hook.closed_in_use or is_near(hook.seconds, view.limit_s):
            found.extend(_remarks(hook, view.limit_s))
    return [*(_failed(hook, view.config) for hook in unmended), *found]


def _remarks(hook: SeenHook, limit_s: float | None) -> Iterator[FoundFault]:
    seconds = hook.seconds
    if hook.outcome is Outcome.ANSWERED and limit_s and seconds and is_near(seconds, limit_s):
        than = "of" if seconds <= limit_s else "and so longer than"
        detail = (
            f"the answer took {seconds:.1f} s, {than} the {limit_s:g} s of rest_request_timeout"
        )
        yield FoundFault(Fault.SLOW, hook.method, detail, hook)
    if hook.closed_in_use:
        detail = "the web server closed the connection though it had promised to keep it open"
        yield FoundFault(Fault.CLOSED_IN_USE, hook.method, detail, hook)


def _failed(hook: SeenHook, config: ClientConfig | None) -> FoundFault:
    detail = f"{hook.why or 'the hook failed'}. {_meaning(hook, config)}"
    return FoundFault(Fault.FAILED, hook.method, detail, hook)


def _meaning(hook: SeenHook, config: ClientConfig | None) -> str:
    as_log, as_fail = (effect_of_failure(hook.method, choice) for choice in (LOG, FAIL))
    if as_log == as_fail:
        return f"{as_log}."
    if config is not None:
        choice, effect = (FAIL, as_fail) if hook.key in config.failing else (LOG, as_log)
        return f"In this session restOnError is {choice}: {effect}."
    return f"With restOnError LOG, the default, {as_log}; with FAIL {as_fail}."


def _sent_again(hook: SeenHook, earlier: SeenHook) -> FoundFault:
    if earlier.outcome is Outcome.FAILED:
        detail = f"the same body was sent again after an attempt that failed: {earlier.why}"
        return FoundFault(Fault.RETRIED, hook.method, detail, hook)
    detail = "the same body came twice: a retry, or the web client did the same twice"
    return FoundFault(Fault.RETRIED, hook.method, detail, hook, is_certain=False)
