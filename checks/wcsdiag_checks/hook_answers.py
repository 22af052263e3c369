"""Group HKS, hook traffic: what the web server answered to real hooks."""

from __future__ import annotations

from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.hooks.contract import Flaw
from wcsdiag.hooks.traffic import BadAnswers
from wcsdiag.model import Evidence, Fix, NotApplicable, passed, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.hook_seen import BEHIND_TRAFFIC, none_sent, number, place, read_range, search

_RULES = (Flaw.FIXED_FIELDS.value, Flaw.CLIENT_CONFIG.value)
_MOST_KINDS = 8


@check(
    "HKS110",
    "Answers to real hooks keep what they must",
    explained_by=(*BEHIND_TRAFFIC, "WEB111"),
)
def answers_keep_fields(target: Target, hooks: HookTraffic) -> Observations:
    """A web server may answer a synthetic hook well and lose what only real ones hold, such as
    `custom` with a client's token. The answer to `connect` must hold all fields of the hook;
    `nodeId`, `sessionId` and `appKey` cannot be redefined by any.

    The log shows the object that WCS read from each answer, not what came over the wire, so this
    is a warning at most. For other hooks than `connect` it is only recommended that all comes back.

    Fix
    ---
    Start from the JSON that came in, change what is to be changed, and answer with all of it::

        wcsdiag run WEB111 --host HOST
        wcsdiag logs --host HOST --format json
    """
    traffic = hooks.traffic
    if not traffic.count:
        raise none_sent(hooks)
    if not any(each.answer_text for each in traffic.exchanges):
        raise NotApplicable("what the web server answered is not in what was read of the log")
    wrong = [each for each in traffic.violations if each.are_unusable or _breaks_rule(each)]
    others = sum(each.count for each in traffic.violations) - sum(each.count for each in wrong)
    if not wrong:
        said = f"; {number(others, 'answer')} to other hooks did not return all" if others else ""
        yield passed(f"the answers to connect hold all fields of the hook{said}", read_range(hooks))
        return
    lines = "\n".join(f"{each.count} x {_told(each)}" for each in wrong[:_MOST_KINDS])
    fix = Fix(
        "Answer with all the fields that came in: start from the hook's JSON, then change it.",
        (search(target, hooks, "connect"), f"wcsdiag run WEB111 --host {target.host}"),
    )
    total = sum(each.count for each in wrong)
    summary = f"{number(total, 'answer')} to hooks broke the contract: {_told(wrong[0])}"
    yield warned(summary, Evidence(lines, place(hooks)), read_range(hooks), fix=fix)


def _breaks_rule(answers: BadAnswers) -> bool:
    return answers.text.startswith(_RULES)


def _told(answers: BadAnswers) -> str:
    return f"connect: {answers.text}" if answers.are_unusable else answers.text
