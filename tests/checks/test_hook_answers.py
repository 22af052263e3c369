from __future__ import annotations

from dataclasses import replace

from wcsdiag_checks.hook_answers import answers_keep_fields

from tests.checks.hook_facts import exchange, hooks, nothing, numbers, said
from tests.checks.samples_url import TARGET
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.hooks.traffic import BadAnswers
from wcsdiag.model import Run, Status
from wcsdiag.testing import judge

READ = exchange(answer='{"appKey": "defaultApp"}')
LOST = "fields of the hook do not come back: custom"


def answered(*violations: BadAnswers) -> HookTraffic:
    found = hooks(numbers(), exchanges=(READ,))
    return replace(found, traffic=replace(found.traffic, violations=violations))


def test_answers_with_all_fields_pass() -> None:
    assert judge(answers_keep_fields, TARGET, answered()).status is Status.PASS


def test_lost_fields_of_connect_are_a_warning_that_names_them() -> None:
    result = judge(answers_keep_fields, TARGET, answered(BadAnswers(LOST, 3, are_unusable=True)))
    assert result.status is Status.WARN
    assert "3 answers to hooks broke the contract: connect: fields of the hook" in said(result)


def test_fields_that_cannot_be_redefined_are_a_warning() -> None:
    changed = BadAnswers("fields that cannot be redefined come back changed: sessionId", 1)
    assert judge(answers_keep_fields, TARGET, answered(changed)).status is Status.WARN


def test_lost_fields_of_other_hooks_are_no_more_than_a_remark() -> None:
    result = judge(answers_keep_fields, TARGET, answered(BadAnswers(LOST, 7)))
    assert result.status is Status.PASS
    assert "7 answers to other hooks did not return all" in said(result)


def test_without_answers_there_is_nothing_to_judge() -> None:
    for facts in (nothing(), hooks(numbers(), exchanges=(exchange(answer=""),))):
        assert judge(answers_keep_fields, TARGET, facts).run is Run.NOT_APPLICABLE
