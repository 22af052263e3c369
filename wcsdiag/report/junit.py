"""The report as JUnit XML, for pipelines.

A suite per group, a testcase per check. What makes the exit code other than 0 is never green:

- pass, and a warning that the verdict allows: a testcase, with the findings in system-out;
- fail, and a warning where warnings make the verdict (`--fail-on warn`): failure;
- undetermined: error of type "undetermined"; broken check or plugin: error of type "broken";
- skipped, not applicable: skipped, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree as ET

from wcsdiag.model import (
    CheckResult,
    Evidence,
    Finding,
    Fix,
    Group,
    PluginProblem,
    Report,
    Run,
    Status,
    Undetermined,
    Verdict,
)
from wcsdiag.report.interface import docs_url

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = "wcsdiag"


class JunitRenderer:
    """The whole report as one XML document."""

    @property
    def spoken(self) -> str:
        """The names of elements and attributes, and the fixed values."""
        return (
            "<?xml version='1.0' encoding='UTF-8'?> testsuites testsuite testcase name classname "
            "tests failures errors skipped timestamp hostname time properties property value "
            "failure error message type system-out fail warn undetermined broken interrupted "
            "verdict exit_code tool_version docs_url healthy unhealthy wcsdiag "
            + " ".join(f"{group.name} {group.value}" for group in Group)
        )

    def render(self, report: Report) -> str:
        """One document, declared as UTF-8, in ASCII: no stream can fail to carry it."""
        root = ET.Element("testsuites", {"name": _NAME, "time": f"{report.duration_s:.3f}"})
        results = sorted(report.results, key=lambda result: list(Group).index(result.group))
        for group, members in groupby(results, key=lambda result: result.group):
            cases = [_case(result, report) for result in members]
            root.append(_suite(f"{_NAME} {group.name} {group.value}", cases, report))
        own = list(_own_cases(report))
        if own or not _shows_exit_code(root, report):
            own.append(_verdict_case(report))
            root.append(_suite(_NAME, own, report))
        _count(root, root)
        ET.indent(root)
        return "<?xml version='1.0' encoding='UTF-8'?>\n" + ET.tostring(root).decode("ascii") + "\n"


def _warnings_fail(report: Report) -> bool:
    """Only warnings can have made this verdict: so they were asked to fail."""
    nothing_failed = all(result.status is not Status.FAIL for result in report.results)
    return report.verdict is Verdict.UNHEALTHY and nothing_failed


def _suite(name: str, cases: list[ET.Element], report: Report) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        {
            "name": name,
            "timestamp": report.started.isoformat(timespec="seconds"),
            "hostname": _legal(report.target),
        },
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in (
        ("verdict", report.verdict.value),
        ("exit_code", str(report.exit_code)),
        ("tool_version", report.tool_version),
    ):
        ET.SubElement(properties, "property", {"name": key, "value": value})
    suite.extend(cases)
    _count(suite, suite)
    return suite


def _count(element: ET.Element, within: ET.Element) -> None:
    element.set("tests", str(len(list(within.iter("testcase")))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(len(list(within.iter(tag)))))


def _shows_exit_code(root: ET.Element, report: Report) -> bool:
    marked = [element.tag for element in root.iter() if element.tag in {"failure", "error"}]
    return report.exit_code == 0 or bool(marked)


def _case(result: CheckResult, report: Report) -> ET.Element:
    case = _empty_case(f"{result.code} {result.title}", result.group.name, result.duration_s)
    bad = {Status.FAIL, Status.WARN} if _warnings_fail(report) else {Status.FAIL}
    if result.status is not None and result.status in bad:
        findings = [finding for finding in result.findings if finding.status in bad]
        summary = findings[0].summary if findings else result.title
        told = [*(_finding(finding) for finding in findings), *_causes_of(result.code, report)]
        text = "\n\n".join(told)
        _mark(case, "failure", result.status.value, summary, text)
    elif result.run is Run.UNDETERMINED:
        _mark_undetermined(case, result)
    elif result.run is Run.BROKEN:
        reason = result.reason or "the check broke"
        _mark(case, "error", "broken", reason, result.traceback or "")
    elif result.run is not Run.COMPLETED:
        ET.SubElement(case, "skipped", {"message": _legal(_reason(result))})
    _tell(case, result)
    return case


def _causes_of(code: str, report: Report) -> Iterator[str]:
    """A line for each cause that explains the check of that code."""
    for cause in report.causes:
        if code in {effect.code for effect in cause.effects} - {cause.code}:
            yield f"This is an effect of {cause.code}: {cause.summary}"


def _mark_undetermined(case: ET.Element, result: CheckResult) -> None:
    questions = result.undetermined
    reason = questions[0].reason if questions else _reason(result)
    text = "\n\n".join(_question(question) for question in questions)
    _mark(case, "error", "undetermined", reason, text)


def _reason(result: CheckResult) -> str:
    reason = result.reason or result.run.value
    return f"{reason} (because of {result.because})" if result.because else reason


def _tell(case: ET.Element, result: CheckResult) -> None:
    told = [_finding(finding) for finding in result.findings]
    output = ET.SubElement(case, "system-out")
    output.text = _legal("\n\n".join([*told, f"docs_url: {docs_url(result.code)}"]))


def _own_cases(report: Report) -> Iterator[ET.Element]:
    for problem in report.plugin_problems:
        yield _plugin_case(problem)
    if report.interrupted:
        case = _empty_case("run to the end", _NAME, report.duration_s)
        _mark(case, "error", "interrupted", "the run was interrupted", "")
        yield case


def _plugin_case(problem: PluginProblem) -> ET.Element:
    case = _empty_case(f"plugin {problem.name} loads", _NAME, 0.0)
    _mark(case, "error", "broken", problem.message, problem.traceback)
    return case


def _verdict_case(report: Report) -> ET.Element:
    case = _empty_case("verdict", _NAME, report.duration_s)
    if report.exit_code != 0:
        message = f"{report.verdict.value}, exit code {report.exit_code}"
        _mark(case, "error", report.verdict.value, message, "")
    return case


def _empty_case(name: str, group: str, duration_s: float) -> ET.Element:
    classname = _NAME if group == _NAME else f"{_NAME}.{group}"
    attributes = {"name": _legal(name), "classname": classname, "time": f"{duration_s:.3f}"}
    return ET.Element("testcase", attributes)


def _mark(case: ET.Element, tag: str, kind: str, message: str, text: str) -> None:
    mark = ET.SubElement(case, tag, {"type": kind, "message": _legal(message)})
    mark.text = _legal(text)


def _finding(finding: Finding) -> str:
    return _told(finding.summary, finding.evidence, finding.fix)


def _question(question: Undetermined) -> str:
    return _told(question.reason, question.evidence, question.fix)


def _told(summary: str, evidence: tuple[Evidence, ...], fix: Fix | None) -> str:
    lines = [summary]
    for item in evidence:
        when = f" at {item.when.isoformat()}" if item.when else ""
        lines += [f"seen {item.where}{when}:", item.text]
    if fix:
        lines += [fix.text, *fix.commands]
    return "\n".join(lines)


def _legal(text: str) -> str:
    """The text without what XML 1.0 cannot hold, made visible instead."""
    return _ILLEGAL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
