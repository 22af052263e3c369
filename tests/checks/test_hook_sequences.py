from __future__ import annotations

from dataclasses import replace

import pytest
from wcsdiag_checks.hook_sequences import sequences_are_whole

from tests.checks.hook_facts import APPS, KEY, broken, hooks, nothing, numbers, said
from tests.checks.samples_url import TARGET, app
from wcsdiag.hooks.traffic import Fault, JudgedSession
from wcsdiag.model import Run, Status
from wcsdiag.testing import judge


def test_whole_sequences_pass_with_the_number_of_sessions() -> None:
    result = judge(sequences_are_whole, TARGET, hooks(numbers()), APPS)
    assert result.status is Status.PASS
    assert "20 sessions, 0 broken" in said(result)


@pytest.mark.parametrize(
    ("count", "certain", "status"),
    [
        (12, True, Status.FAIL),
        (4, True, Status.FAIL),
        (3, True, Status.WARN),
        (1, True, Status.WARN),
        (12, False, Status.WARN),
        (9, False, Status.PASS),
    ],
    ids=["most", "a fifth", "less than that", "one", "most, perhaps", "some, perhaps"],
)
def test_only_what_is_certain_and_concerns_many_sessions_fails(
    count: int, certain: bool, status: Status
) -> None:
    traffic = hooks(numbers(), steps=(broken(count, certain=certain),))
    result = judge(sequences_are_whole, TARGET, traffic, APPS)
    assert result.status is status
    assert "StreamStatusEvent" in said(result)


def test_the_only_sessions_broken_are_a_warning_where_there_are_few() -> None:
    traffic = hooks(numbers(), steps=(broken(2),), sessions=2)
    assert judge(sequences_are_whole, TARGET, traffic, APPS).status is Status.WARN


def test_a_broken_step_names_sequence_step_and_share_and_what_it_means() -> None:
    traffic = hooks(numbers(), steps=(broken(12),))
    text = said(judge(sequences_are_whole, TARGET, traffic, APPS))
    assert "publishing is broken at StreamStatusEvent (missing) in 12 of 20 sessions" in text
    assert "for example session s-1: StreamStatusEvent did not follow" in text


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.SLOW, Fault.RETRIED, Fault.CLOSED_IN_USE])
def test_what_other_checks_judge_breaks_no_sequence(fault: Fault) -> None:
    traffic = hooks(numbers(), steps=(broken(20, fault=fault),))
    assert judge(sequences_are_whole, TARGET, traffic, APPS).status is Status.PASS


def test_nothing_seen_in_a_part_of_the_log_is_undetermined() -> None:
    assert judge(sequences_are_whole, TARGET, nothing(complete=False), APPS).run is Run.UNDETERMINED


def test_no_session_is_nothing_to_judge() -> None:
    assert judge(sequences_are_whole, TARGET, nothing(), APPS).run is Run.NOT_APPLICABLE


def test_sessions_of_an_app_that_was_not_asked_about_are_a_warning() -> None:
    other = app("http://other/hooks", name="other")
    known = replace(APPS, selected=(other,), existing=(*APPS.existing, other))
    found = hooks(numbers(), steps=(broken(12),))
    session = JudgedSession(KEY, "s-1", ())
    traffic = replace(found, traffic=replace(found.traffic, sessions=(session,)))
    result = judge(sequences_are_whole, TARGET, traffic, known)
    assert result.status is Status.WARN
    assert "--app-key" in said(result)
