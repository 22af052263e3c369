"""What a run says: statuses on two axes, evidence, findings, results and the report.

Two axes, never mixed. `Run` says whether a check could be carried out; `Status` says what it saw
where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Run(Enum):
    """Did the check run?"""

    COMPLETED = "completed"
    NOT_APPLICABLE = "not_applicable"
    SKIPPED = "skipped"
    UNDETERMINED = "undetermined"
    BROKEN = "broken"


class Status(Enum):
    """What a check saw."""

    PASS = "pass"  # noqa: S105 - a status
    WARN = "warn"
    FAIL = "fail"


class Verdict(Enum):
    """The report in one word."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNDETERMINED = "undetermined"
    BROKEN = "broken"


class Group(Enum):
    """The three letters that a code begins with, and what the group is about."""

    HST = "host"
    FWL = "firewall and ports"
    URL = "app and REST URL"
    WEB = "web server"
    RST = "REST methods"
    LOG = "logs"
    HKS = "hook traffic"


@dataclass(frozen=True)
class Evidence:
    """A verbatim excerpt: `text` as it was seen, `where` it was seen, and `when` if it is known.

    `where` names vantage and place: "host: /opt/wcs/conf/flashphoner.properties:12",
    "operator: POST http://web:9091/EchoApp/connect".
    """

    text: str
    where: str
    when: datetime | None = None


@dataclass(frozen=True)
class Fix:
    """What mends it: a sentence, and commands to copy, with this target's real values."""

    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One observation. `subject` is what it is about (an app's key, a REST URL, a port).

    A finding without a subject is about the target as a whole. Findings of two checks are held
    against each other only where their subjects agree or one has none.
    """

    status: Status
    summary: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Undetermined:
    """One thing that a check could not judge: why not, and what would tell (in `fix`)."""

    reason: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    subject: str | None = None


def passed(
    summary: str, *evidence: Evidence, subject: str | None = None, fix: Fix | None = None
) -> Finding:
    """A pass, with how we know."""
    return Finding(Status.PASS, summary, evidence, fix, subject)


def warned(
    summary: str, *evidence: Evidence, subject: str | None = None, fix: Fix | None = None
) -> Finding:
    """Something that works today and should be changed all the same."""
    return Finding(Status.WARN, summary, evidence, fix, subject)


def failed(
    summary: str, *evidence: Evidence, subject: str | None = None, fix: Fix | None = None
) -> Finding:
    """A fault of the target."""
    return Finding(Status.FAIL, summary, evidence, fix, subject)


def undetermined(
    reason: str, *evidence: Evidence, subject: str | None = None, fix: Fix | None = None
) -> Undetermined:
    """Evidence or permission is missing: neither a pass nor a fault of the target."""
    return Undetermined(reason, evidence, fix, subject)


class Unavailable(Exception):  # noqa: N818 - a value that facts carry, not only an error
    """A fact that could not be had.

    Raised by a fact. Checks that need the fact are shown as skipped with this reason and
    `because`, the code of the check that judges what stands behind it. A check or a fact that
    can do without declares its parameter as `Apps | Unavailable`, and gets this object instead.
    """

    def __init__(
        self,
        reason: str,
        *,
        because: str,
        evidence: tuple[Evidence, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.because = because
        self.evidence = evidence
        self.fix = fix


class NotApplicable(Exception):  # noqa: N818 - an answer, not a failure
    """Raised by a fact or a check that does not concern this target: not counted against it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class CheckResult:
    """One row of the report. `status` is None unless `run` is COMPLETED.

    `reason` and `because` say why a check did not complete; `traceback` is set where it broke.
    """

    code: str
    title: str
    group: Group
    run: Run
    status: Status | None
    findings: tuple[Finding, ...] = ()
    undetermined: tuple[Undetermined, ...] = ()
    reason: str | None = None
    because: str | None = None
    duration_s: float = 0.0
    traceback: str | None = None
    explained_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """A failing or skipped check that a cause explains."""

    code: str
    title: str
    summary: str


@dataclass(frozen=True)
class Cause:
    """The finding that explains the others.

    `status` is FAIL or WARN for a fault; None where the check could not judge, and that is why
    the verdict is undetermined.
    """

    code: str
    title: str
    status: Status | None
    summary: str
    evidence: tuple[Evidence, ...]
    fix: Fix | None
    subject: str | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class PluginProblem:
    """A plugin that could not be loaded: its checks were not run, so the run is not healthy."""

    name: str
    message: str
    traceback: str


@dataclass(frozen=True)
class Report:
    """All that a run found. `target` is the host's name as the user gave it."""

    tool_version: str
    target: str
    started: datetime
    duration_s: float
    verdict: Verdict
    exit_code: int
    causes: tuple[Cause, ...]
    results: tuple[CheckResult, ...]
    plugin_problems: tuple[PluginProblem, ...] = ()
    interrupted: bool = False
    notes: tuple[str, ...] = ()
