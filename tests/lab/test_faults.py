"""One fault gives one cause at the top, and nothing unrelated fails; a healthy target is green."""

from __future__ import annotations

import pytest

from wcsdiag.diagnosis import diagnose
from wcsdiag.lab.fault import Fault
from wcsdiag.lab.faults import FAULTS
from wcsdiag.lab.lab import Lab, open_lab
from wcsdiag.lab.variants import VARIANTS, Variant
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Report, Run, Status, Verdict
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor

REGISTRY = load()


def report_on(lab: Lab) -> Report:
    lifetime = Lifetime(lab.timeout_s, deadline_s=60)
    return diagnose(REGISTRY, REGISTRY.checks, lab.target, lab.intent, lifetime, Redactor())


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
        report = report_on(lab)
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


def test_there_are_enough_faults_and_variants() -> None:
    assert len(FAULTS) >= 24
    assert len(VARIANTS) >= 5
