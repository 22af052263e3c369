"""Causes before effects, and a verdict that says when it cannot know."""

from __future__ import annotations

import pytest

from tests.engine.helpers import result
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    PluginProblem,
    Run,
    Status,
    Verdict,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.verdict import exit_code, judge


def test_all_passes_are_healthy() -> None:
    judgement = judge([result("HST101", passed("up")), result("WEB101", passed("resolves"))])
    assert judgement.verdict is Verdict.HEALTHY
    assert judgement.causes == ()


def test_a_failure_that_another_explains_is_its_effect() -> None:
    judgement = judge(
        [
            result("FWL101", failed("filtered", subject="http://a")),
            result("WEB102", failed("no answer", subject="http://a"), explained_by=("FWL101",)),
        ]
    )
    assert [cause.code for cause in judgement.causes] == ["FWL101"]
    assert [effect.code for effect in judgement.causes[0].effects] == ["WEB102"]


def test_explanations_reach_through_checks_that_did_not_run() -> None:
    judgement = judge(
        [
            result("WEB102", failed("refused")),
            result("WEB107", run=Run.SKIPPED, because="WEB102", reason="not reached"),
            result("LOG104", failed("hooks failed"), explained_by=("WEB107",)),
        ]
    )
    assert [cause.code for cause in judgement.causes] == ["WEB102"]
    assert [effect.code for effect in judgement.causes[0].effects] == ["WEB107", "LOG104"]


def test_findings_about_different_subjects_do_not_explain_each_other() -> None:
    judgement = judge(
        [
            result("WEB101", failed("no such name", subject="http://a")),
            result("WEB102", failed("refused", subject="http://b"), explained_by=("WEB101",)),
        ]
    )
    assert {cause.code for cause in judgement.causes} == {"WEB101", "WEB102"}


def test_a_check_that_is_not_in_trouble_hands_no_explanation_on() -> None:
    judgement = judge(
        [
            result("HST103", failed("the core is dead")),
            result("URL112", run=Run.NOT_APPLICABLE, explained_by=("HST103",)),
            result("WEB102", failed("refused", subject="http://a"), explained_by=("URL112",)),
        ]
    )
    assert {cause.code for cause in judgement.causes} == {"HST103", "WEB102"}


def test_an_explanation_keeps_to_its_subject_all_the_way() -> None:
    judgement = judge(
        [
            result("HST103", failed("the core is dead")),
            result("URL112", failed("closed", subject="http://b"), explained_by=("HST103",)),
            result("WEB102", failed("refused", subject="http://a"), explained_by=("URL112",)),
            result("WEB107", run=Run.SKIPPED, because="WEB102", reason="not reached"),
            result("LOG104", failed("failed", subject="http://b"), explained_by=("WEB107",)),
        ]
    )
    effects = {c.code: [effect.code for effect in c.effects] for c in judgement.causes}
    assert effects == {"WEB102": ["WEB107"], "HST103": ["URL112"], "LOG104": []}


def test_a_warning_explains_nothing_and_is_no_cause() -> None:
    judgement = judge(
        [
            result("URL109", warned("still EchoApp")),
            result("WEB102", failed("refused"), explained_by=("URL109",)),
        ]
    )
    assert [cause.code for cause in judgement.causes] == ["WEB102"]


def test_with_fail_on_warn_a_warning_makes_the_target_unhealthy() -> None:
    results = [result("URL109", warned("still EchoApp"))]
    assert judge(results).verdict is Verdict.HEALTHY
    strict = judge(results, fail_on=Status.WARN)
    assert strict.verdict is Verdict.UNHEALTHY
    assert [cause.code for cause in strict.causes] == ["URL109"]


def test_with_fail_on_warn_a_failure_still_comes_before_a_warning() -> None:
    results = [result("HST108", warned("clock")), result("WEB102", failed("refused"))]
    assert [c.code for c in judge(results, fail_on=Status.WARN).causes] == ["WEB102", "HST108"]


def test_the_cause_that_explains_more_failures_comes_first() -> None:
    judgement = judge(
        [
            result("HST105", failed("disk full")),
            result("WEB102", failed("refused")),
            result("LOG104", failed("hooks failed"), explained_by=("WEB102",)),
        ]
    )
    assert [cause.code for cause in judgement.causes] == ["WEB102", "HST105"]


def test_what_could_not_be_judged_is_neither_pass_nor_failure() -> None:
    judgement = judge(
        [result("HST101", passed("up")), result("LOG102", undetermined("no permission"))]
    )
    assert judgement.verdict is Verdict.UNDETERMINED
    assert [(cause.code, cause.status) for cause in judgement.causes] == [("LOG102", None)]


def test_a_failure_outweighs_what_could_not_be_judged() -> None:
    judgement = judge(
        [result("LOG102", undetermined("no permission")), result("WEB102", failed("refused"))]
    )
    assert judgement.verdict is Verdict.UNHEALTHY
    assert [cause.code for cause in judgement.causes] == ["WEB102"]


def test_skipped_checks_stand_beneath_what_kept_their_facts_away() -> None:
    judgement = judge(
        [
            result("HST101", undetermined("login refused")),
            result("URL104", run=Run.SKIPPED, because="HST101", reason="no access"),
            result("URL107", run=Run.SKIPPED, because="URL104", reason="no apps"),
        ]
    )
    assert [cause.code for cause in judgement.causes] == ["HST101"]
    assert [effect.code for effect in judgement.causes[0].effects] == ["URL104", "URL107"]


def test_skipped_checks_without_a_finding_behind_them_are_one_cause() -> None:
    judgement = judge(
        [
            result("WEB101", run=Run.SKIPPED, because="HST101", reason="no access"),
            result("WEB102", run=Run.SKIPPED, because="HST101", reason="no access"),
        ]
    )
    assert judgement.verdict is Verdict.UNDETERMINED
    assert [(cause.code, cause.summary) for cause in judgement.causes] == [("WEB101", "no access")]
    assert [effect.code for effect in judgement.causes[0].effects] == ["WEB102"]


def test_a_run_in_which_nothing_could_be_judged_is_not_healthy() -> None:
    results = [result("HST104", run=Run.NOT_APPLICABLE, reason="no Manager")]
    assert judge(results).verdict is Verdict.UNDETERMINED
    assert judge([]).verdict is Verdict.UNDETERMINED


def test_a_broken_check_is_a_bug_whatever_else_was_found() -> None:
    results = [result("WEB102", failed("refused")), result("WEB103", run=Run.BROKEN)]
    judgement = judge(results)
    assert judgement.verdict is Verdict.BROKEN
    assert [cause.code for cause in judgement.causes] == ["WEB102"]


def test_a_plugin_that_did_not_load_is_not_healthy() -> None:
    problem = PluginProblem("mine", "ImportError: x", "")
    judgement = judge([result("HST101", passed("up"))], plugin_problems=[problem])
    assert judgement.verdict is Verdict.BROKEN


def test_explanations_that_go_in_a_circle_end() -> None:
    judgement = judge(
        [
            result("WEB101", failed("a"), explained_by=("WEB102",)),
            result("WEB102", failed("b"), explained_by=("WEB101",)),
        ]
    )
    assert judgement.verdict is Verdict.UNHEALTHY


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.HEALTHY, 0),
        (Verdict.UNHEALTHY, 1),
        (Verdict.UNDETERMINED, 3),
        (Verdict.BROKEN, 4),
    ],
)
def test_each_verdict_has_its_exit_code(verdict: Verdict, code: int) -> None:
    assert exit_code(verdict, interrupted=False) == code
    assert exit_code(verdict, interrupted=True) == 130


def test_apps_that_suffer_from_the_same_thing_are_one_cause_with_all_its_evidence() -> None:
    def down(url: str) -> Finding:
        seen = Evidence(f"{url}: refused", "host")
        fix = Fix("start it", (f"look at {url}",))
        return failed("the web server refuses", seen, subject=url, fix=fix)

    judgement = judge(
        [
            result("WEB102", down("http://a/1"), down("http://a/2")),
            result("WEB113", failed("neither", subject="http://a/2"), explained_by=("WEB102",)),
        ]
    )
    (cause,) = judgement.causes
    assert [item.text for item in cause.evidence] == ["http://a/1: refused", "http://a/2: refused"]
    assert cause.fix == Fix("start it", ("look at http://a/1", "look at http://a/2"))
    assert cause.subject is None
    assert [effect.code for effect in cause.effects] == ["WEB113"]


def test_a_run_that_its_deadline_ended_has_one_cause() -> None:
    reason = "wcsdiag's own limit ended the run"
    judgement = judge(
        [
            result("URL101", run=Run.UNDETERMINED, reason=reason, explained_by=("HST101",)),
            result("URL104", run=Run.UNDETERMINED, reason=reason, explained_by=("URL101",)),
            result("URL105", run=Run.UNDETERMINED, reason=reason, explained_by=("URL104",)),
        ]
    )
    assert [cause.code for cause in judgement.causes] == ["URL101"]
    assert [effect.code for effect in judgement.causes[0].effects] == ["URL104", "URL105"]


def test_of_two_that_keep_each_other_from_running_one_leads() -> None:
    judgement = judge(
        [
            result("FWL101", run=Run.SKIPPED, because="URL104", reason="no apps"),
            result("URL104", run=Run.SKIPPED, because="URL104", reason="no apps"),
        ]
    )
    assert len(judgement.causes) == 1
    assert len(judgement.causes[0].effects) == 1
