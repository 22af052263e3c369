"""One fault gives one cause at the top, and nothing unrelated fails; a healthy target is green."""

from __future__ import annotations

import pytest

from wcsdiag.diagnosis import diagnose
from wcsdiag.lab.fault import Fault
from wcsdiag.lab.faults import FAULTS
from wcsdiag.lab.lab import Lab, open_lab
from wcsdiag.lab.variants import VARIANTS, Variant
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import CheckResult, Report, Run, Status, Verdict
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor

REGISTRY = load()


def report_on(lab: Lab, fail_on: Status = Status.FAIL) -> Report:
    lifetime = Lifetime(lab.timeout_s, deadline_s=60)
    return diagnose(
        REGISTRY, REGISTRY.checks, lab.target, lab.intent, lifetime, Redactor(), fail_on=fail_on
    )


def row(report: Report, code: str) -> CheckResult:
    return next(result for result in report.results if result.code == code)


def explain(report: Report) -> str:
    lines = [f"{report.verdict.value}"]
    lines += [f"cause {c.code} [{c.subject}]: {c.summary}" for c in report.causes]
    for result in report.results:
        if result.status is not Status.PASS and result.run is not Run.NOT_APPLICABLE:
            lines.append(f"{result.code} {result.run.value} {result.status} {result.reason}")
            lines += [f"    {f.status.value}: {f.summary}" for f in result.findings]
            if result.traceback:
                lines.append(result.traceback)
    return "\n".join(lines)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_a_fault_has_its_cause_first_and_alone(fault: Fault) -> None:
    with open_lab(fault.name) as lab:
        report = report_on(lab, Status.WARN if fault.warns else Status.FAIL)
    assert [cause.code for cause in report.causes] == [fault.cause], explain(report)
    assert report.verdict in {Verdict.UNHEALTHY, Verdict.UNDETERMINED}, explain(report)
    assert not any(result.run is Run.BROKEN for result in report.results), explain(report)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda variant: variant.name)
def test_a_healthy_variant_is_green(variant: Variant) -> None:
    with open_lab(variant=variant.name) as lab:
        report = report_on(lab)
    assert report.verdict is Verdict.HEALTHY, explain(report)
    not_green = [
        result.code
        for result in report.results
        if result.run is not Run.NOT_APPLICABLE and result.status is not Status.PASS
    ]
    assert not_green == [], explain(report)


def test_a_healthy_target_shows_the_numbers_of_its_traffic() -> None:
    with open_lab() as lab:
        report = report_on(lab)
    evidence = [e.text for f in row(report, "HKS101").findings for e in f.evidence]
    assert "StreamStatusEvent" in evidence[0]
    assert "20" in evidence[0].splitlines()[1].split()
    hooks = [result for result in report.results if result.code.startswith("HKS")]
    assert {result.status for result in hooks} == {Status.PASS}, explain(report)


def test_failures_that_web_clients_do_not_notice_are_named_beside_their_cause() -> None:
    with open_lab("failures-hidden") as lab:
        report = report_on(lab)
    result = row(report, "HKS106")
    assert result.status is Status.WARN
    assert "10 publishStream" in result.findings[0].summary


def test_there_are_enough_faults_and_variants() -> None:
    assert len(FAULTS) >= 24
    assert len(VARIANTS) >= 5
