"""The report as one JSON document, as `schema.json` beside this file publishes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import TypeAlias

from wcsdiag.model import (
    Cause,
    CheckResult,
    Effect,
    Evidence,
    Finding,
    Fix,
    PluginProblem,
    Report,
    Undetermined,
)
from wcsdiag.report.interface import docs_url

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | dict[str, Json] | None"

SCHEMA_VERSION = 1


def schema_text() -> str:
    """The published JSON Schema, as text."""
    return files("wcsdiag.report").joinpath("schema.json").read_text(encoding="utf-8")


class JsonRenderer:
    """Everything that the report holds. ASCII alone, so no stream can fail to carry it."""

    @property
    def spoken(self) -> str:
        """The keys and the closed sets of values."""
        return schema_text()

    def render(self, report: Report) -> str:
        """One document."""
        return json.dumps(document(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Json]:
    """The report as the schema describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": report.tool_version,
        "target": report.target,
        "started": report.started.isoformat(),
        "duration_s": _seconds(report.duration_s),
        "verdict": report.verdict.value,
        "exit_code": report.exit_code,
        "interrupted": report.interrupted,
        "causes": [_cause(cause) for cause in report.causes],
        "results": [_result(result) for result in report.results],
        "plugin_problems": [_problem(problem) for problem in report.plugin_problems],
        "notes": list(report.notes),
    }


def _cause(cause: Cause) -> dict[str, Json]:
    return {
        "code": cause.code,
        "title": cause.title,
        "status": cause.status.value if cause.status else None,
        "subject": cause.subject,
        "summary": cause.summary,
        "evidence": _evidence(cause.evidence),
        "fix": _fix(cause.fix),
        "effects": _codes(cause.effects),
        "effect_summaries": [
            {"code": effect.code, "summary": effect.summary} for effect in cause.effects
        ],
        "docs_url": docs_url(cause.code),
    }


def _codes(effects: Sequence[Effect]) -> list[Json]:
    """Each code once: a check may have several findings that one cause explains."""
    return list(dict.fromkeys(effect.code for effect in effects))


def _result(result: CheckResult) -> dict[str, Json]:
    return {
        "code": result.code,
        "title": result.title,
        "group": result.group.name,
        "run": result.run.value,
        "status": result.status.value if result.status else None,
        "findings": [_finding(finding) for finding in result.findings],
        "undetermined": [_undetermined(question) for question in result.undetermined],
        "reason": result.reason,
        "because": result.because,
        "duration_s": _seconds(result.duration_s),
        "traceback": result.traceback,
        "docs_url": docs_url(result.code),
    }


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "status": finding.status.value,
        "subject": finding.subject,
        "summary": finding.summary,
        "evidence": _evidence(finding.evidence),
        "fix": _fix(finding.fix),
    }


def _undetermined(question: Undetermined) -> dict[str, Json]:
    return {
        "subject": question.subject,
        "reason": question.reason,
        "evidence": _evidence(question.evidence),
        "fix": _fix(question.fix),
    }


def _evidence(evidence: Sequence[Evidence]) -> list[Json]:
    return [
        {
            "text": item.text,
            "where": item.where,
            "when": item.when.isoformat() if item.when else None,
        }
        for item in evidence
    ]


def _fix(fix: Fix | None) -> dict[str, Json] | None:
    return {"text": fix.text, "commands": list(fix.commands)} if fix else None


def _problem(problem: PluginProblem) -> dict[str, Json]:
    return {
        "name": problem.name,
        "message": problem.message,
        "traceback": problem.traceback,
    }


def _seconds(duration_s: float) -> float:
    return round(duration_s, 3)
