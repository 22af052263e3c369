"""The whole run against a real OpenSSH server and a real nginx."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.real_target import real_target
from tests.lab.test_faults import explain
from wcsdiag.diagnosis import diagnose
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Report, Run, Status, Verdict
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor
from wcsdiag.target import Intent, Target

REGISTRY = load()


def report_on(target: Target) -> Report:
    return diagnose(REGISTRY, REGISTRY.checks, target, Intent(), Lifetime(), Redactor())


def test_a_healthy_host_is_healthy(tmp_path: Path) -> None:
    with real_target(tmp_path) as real:
        report = report_on(real.target)
    assert report.verdict is Verdict.HEALTHY, explain(report)
    ran = [result for result in report.results if result.run is not Run.NOT_APPLICABLE]
    assert all(result.run is Run.COMPLETED for result in ran), explain(report)
    assert not any(result.status is Status.FAIL for result in ran), explain(report)


def test_a_web_server_that_fails_is_the_one_cause(tmp_path: Path) -> None:
    with real_target(tmp_path, status=502) as real:
        report = report_on(real.target)
    assert [cause.code for cause in report.causes] == ["WEB108"], explain(report)
    assert report.causes[0].subject == real.url


def test_a_host_that_forwards_nothing_is_asked_through_its_own_programs(tmp_path: Path) -> None:
    with real_target(tmp_path, sshd_options=("AllowTcpForwarding no",)) as real:
        report = report_on(real.target)
    assert report.verdict is Verdict.HEALTHY, explain(report)
    status = {result.code: result.status for result in report.results}
    assert status["FWL109"] is Status.WARN
    assert status["URL101"] is Status.PASS
    assert status["WEB111"] is Status.PASS
