"""The cases of the diagnosis benchmark: enough of them, and each is what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.diagnosis.cases import Case, NetworkCase, all_cases
from benchmarks.diagnosis.outcome import Done, Outcome, Said
from benchmarks.diagnosis.run_case import in_network
from tests.network.needs import require_network
from wcsdiag.plugins import load

CASES = {case.name: case for case in all_cases()}
FAULT = Case("fault", "a fault", "FWL105")
HEALTHY = Case("healthy", "no fault", None)


def done(case: Case, verdict: str, *causes: str, word: str = "ok") -> Done:
    return Done(case, Said(verdict, causes), word)


def test_there_are_enough_faults_and_healthy_variants() -> None:
    in_network = [case for case in CASES.values() if isinstance(case, NetworkCase)]
    assert sum(case.cause is not None for case in CASES.values()) >= 60
    assert sum(case.cause is None for case in CASES.values()) >= 12
    assert sum(case.cause is not None for case in in_network) >= 25
    assert all(case.name.startswith("healthy-") == (case.cause is None) for case in CASES.values())


def test_every_cause_is_the_code_of_a_check() -> None:
    known = {check.code for check in load().checks}
    assert {case.cause for case in CASES.values() if case.cause} <= known


@pytest.mark.parametrize("name", ["healthy-plain", "between-drop", "web-502"])
def test_a_case_is_run_and_judged(name: str) -> None:
    require_network()
    case = CASES[name]
    assert isinstance(case, NetworkCase)
    assert in_network(case).outcome is Outcome.RIGHT


def test_a_case_that_is_not_what_it_says_is_an_error() -> None:
    require_network()
    case = CASES["healthy-plain"]
    assert isinstance(case, NetworkCase)
    with pytest.raises(AssertionError, match="hook"):
        in_network(replace(case, cause="FWL105"))


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (done(FAULT, "unhealthy", "FWL105", "LOG104"), Outcome.RIGHT),
        (done(FAULT, "unhealthy", "LOG104", "FWL105"), Outcome.WRONG),
        (done(FAULT, "undetermined", "HST101"), Outcome.UNDETERMINED),
        (done(FAULT, "healthy"), Outcome.MISSED),
        (done(FAULT, "broken"), Outcome.WRONG),
        (done(HEALTHY, "healthy"), Outcome.RIGHT),
        (done(HEALTHY, "unhealthy", "WEB102"), Outcome.FALSE_ALARM),
        (done(HEALTHY, "undetermined", "URL101"), Outcome.UNDETERMINED),
    ],
)
def test_what_wcsdiag_says_is_held_against_what_is_wrong(given: Done, outcome: Outcome) -> None:
    assert given.outcome is outcome


@pytest.mark.parametrize(
    ("case", "word", "outcome"),
    [
        (FAULT, "dropped", Outcome.UNDETERMINED),
        (FAULT, "http-500", Outcome.WRONG),
        (FAULT, "ok", Outcome.MISSED),
        (FAULT, "failed", Outcome.UNDETERMINED),
        (replace(FAULT, cause="FWL101"), "dropped", Outcome.RIGHT),
        (HEALTHY, "ok", Outcome.RIGHT),
        (HEALTHY, "refused", Outcome.FALSE_ALARM),
    ],
)
def test_the_script_is_judged_by_its_word(case: Case, word: str, outcome: Outcome) -> None:
    assert done(case, "healthy", word=word).script is outcome
