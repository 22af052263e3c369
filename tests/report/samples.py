"""Reports to render: made by hand, with fixed times, names and secrets."""

from __future__ import annotations

from datetime import UTC, datetime

from wcsdiag.model import (
    Cause,
    CheckResult,
    Effect,
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

STARTED = datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC)
URL = "http://backend.example.com:9091/a/rather/long/path/to/the/hooks/of/the/call/centre/EchoApp"

_EXIT_CODES = {
    Verdict.HEALTHY: 0,
    Verdict.UNHEALTHY: 1,
    Verdict.UNDETERMINED: 3,
    Verdict.BROKEN: 4,
}


def good(code: str, title: str) -> CheckResult:
    """A check that passed, with evidence."""
    evidence = Evidence(f"the evidence of {code}", "host: /proc")
    finding = Finding(Status.PASS, f"{title}: seen", (evidence,))
    return CheckResult(
        code, title, Group[code[:3]], Run.COMPLETED, Status.PASS, (finding,), duration_s=0.012
    )


def bad(code: str, title: str, finding: Finding) -> CheckResult:
    """A check that warned or failed, with that finding."""
    group = Group[code[:3]]
    return CheckResult(code, title, group, Run.COMPLETED, finding.status, (finding,))


def skipped(code: str, title: str, reason: str, because: str) -> CheckResult:
    """A check that could not run."""
    group = Group[code[:3]]
    return CheckResult(code, title, group, Run.SKIPPED, None, reason=reason, because=because)


def report(
    verdict: Verdict, results: tuple[CheckResult, ...], causes: tuple[Cause, ...] = ()
) -> Report:
    """A report of fixed time and duration."""
    code = _EXIT_CODES[verdict]
    return Report("0.1.0", "wcs1.example.com", STARTED, 1.234567, verdict, code, causes, results)


def cause(finding: Finding, code: str, title: str, *effects: Effect) -> Cause:
    """The cause that a failing finding makes."""
    return Cause(
        code,
        title,
        finding.status,
        finding.summary,
        finding.evidence,
        finding.fix,
        finding.subject,
        effects,
    )


HEALTHY = report(
    Verdict.HEALTHY,
    (
        good("HST101", "SSH to the host works"),
        good("HST102", "WCS is found on the host"),
        good("HST103", "The core process of WCS runs"),
        CheckResult(
            "HST104",
            "The Manager process runs",
            Group.HST,
            Run.NOT_APPLICABLE,
            None,
            reason="WCS 5.1 and later has no Manager",
        ),
        bad(
            "HST108",
            "The host's clock agrees with the operator's",
            Finding(Status.WARN, "The host's clock is 42 seconds ahead"),
        ),
        good("WEB101", "The web server's name resolves on the host"),
    ),
)

REFUSED = Finding(
    Status.FAIL,
    f"The web server refused the connection from the host: nothing listens there ({URL})",
    (
        Evidence(
            "CHANNEL_OPEN_FAILURE 2: Connection refused\n"
            "\x1b[31mred\x1b[0m [bold]not markup[/bold]",
            "host: TCP to backend.example.com:9091 (203.0.113.7)",
            STARTED,
        ),
    ),
    Fix(
        "Start the web server, or correct the REST URL of the app in the WCS CLI.",
        (
            "ssh -p 2001 admin@wcs1.example.com",
            f"update app -l {URL} defaultApp",
        ),
    ),
    subject=URL,
)
SOCKET_TIMEOUT = Finding(
    Status.FAIL,
    "12 hooks failed in the last hour: java.net.ConnectException",
    (Evidence("ERROR RestClient - Connection refused (Connection refused)", "host: core log"),),
    subject=URL,
)

UNHEALTHY = report(
    Verdict.UNHEALTHY,
    (
        good("HST101", "SSH to the host works"),
        good("HST102", "WCS is found on the host"),
        CheckResult(
            "FWL101",
            "Nothing between the host and the web server filters",
            Group.FWL,
            Run.UNDETERMINED,
            None,
            undetermined=(
                Undetermined(
                    "Refused: a closed port and a rejecting firewall look alike from the host",
                    fix=Fix("Look at what listens on the web server.", ("ss -H -tln",)),
                    subject=URL,
                ),
            ),
        ),
        bad("WEB102", "The web server accepts TCP from the host", REFUSED),
        skipped("WEB107", "The web server answers in HTTP", "no TCP connection", "WEB102"),
        skipped("WEB108", "connect is answered with 200", "no TCP connection", "WEB102"),
        bad("LOG104", "No hook failed", SOCKET_TIMEOUT),
    ),
    (
        cause(
            REFUSED,
            "WEB102",
            "The web server accepts TCP from the host",
            Effect("LOG104", "No hook failed", SOCKET_TIMEOUT.summary),
            Effect("WEB107", "The web server answers in HTTP", "no TCP connection"),
            Effect("WEB108", "connect is answered with 200", "no TCP connection"),
        ),
    ),
)

_NO_PASSWORD = Undetermined(
    "The WCS CLI refused the login of admin",
    (Evidence("Permission denied (password).", "host: WCS CLI on port 2001"),),
    Fix("Give the CLI's password.", ("export WCSDIAG_CLI_PASSWORD",)),
)

UNDETERMINED = report(
    Verdict.UNDETERMINED,
    (
        good("HST101", "SSH to the host works"),
        CheckResult(
            "URL101",
            "Login to the WCS CLI works",
            Group.URL,
            Run.UNDETERMINED,
            None,
            undetermined=(_NO_PASSWORD,),
        ),
        skipped("URL104", "The apps can be read", "no login to the WCS CLI", "URL101"),
    ),
    (
        Cause(
            "URL101",
            "Login to the WCS CLI works",
            None,
            _NO_PASSWORD.reason,
            _NO_PASSWORD.evidence,
            _NO_PASSWORD.fix,
            effects=(Effect("URL104", "The apps can be read", "no login to the WCS CLI"),),
        ),
    ),
)

BROKEN = Report(
    "0.1.0",
    "wcs1.example.com",
    STARTED,
    0.5,
    Verdict.BROKEN,
    4,
    (),
    (
        CheckResult(
            "HST101",
            "SSH to the host works",
            Group.HST,
            Run.BROKEN,
            None,
            reason="ZeroDivisionError: division by zero",
            traceback="Traceback (most recent call last):\n  ...\nZeroDivisionError",
        ),
    ),
    plugin_problems=(
        PluginProblem("my_checks", "No module named 'nowhere'", "Traceback: nowhere"),
    ),
    interrupted=False,
    notes=("A note for the reader.",),
)

INTERRUPTED = Report(
    "0.1.0",
    "wcs1.example.com",
    STARTED,
    0.5,
    Verdict.UNDETERMINED,
    130,
    (),
    (skipped("HST101", "SSH to the host works", "the run was interrupted", "HST101"),),
    interrupted=True,
)

ALL = {
    "healthy": HEALTHY,
    "unhealthy": UNHEALTHY,
    "undetermined": UNDETERMINED,
    "broken": BROKEN,
    "interrupted": INTERRUPTED,
}
