"""One run from the command line: settings, checks, the run itself, the report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from wcsdiag.cli.debug import current_redactor, log_to_stderr
from wcsdiag.cli.deliver import deliver
from wcsdiag.cli.messages import warn
from wcsdiag.cli.options import Options
from wcsdiag.cli.settings import Settings, settle
from wcsdiag.model import Report
from wcsdiag.plugins import Registry
from wcsdiag.redact import Redactor
from wcsdiag.registry import Check


def run_and_report(options: Options, wanted: Sequence[str]) -> int:
    """Run the checks that are wanted (none named: all), print the report, give the exit code.

    Raises `UsageError` before anything is connected to.
    """
    from wcsdiag.plugins import load

    redactor = current_redactor()
    settings = settle(options, redactor, os.environ)
    warn(settings.warnings)
    if settings.output.debug:
        log_to_stderr(redactor)
    registry = load(settings.checks_dirs)
    checks = registry.select(wanted, settings.skip)
    report = _run(registry, checks, settings, redactor)
    return deliver(report, settings.output, redactor)


def _run(
    registry: Registry, checks: Sequence[Check], settings: Settings, redactor: Redactor
) -> Report:
    from wcsdiag.cli.ahead import load_ahead
    from wcsdiag.cli.progress import CheckProgress
    from wcsdiag.cli.prompt import Prompter
    from wcsdiag.diagnosis import diagnose
    from wcsdiag.lifetime import Lifetime

    load_ahead()
    prompter = Prompter(redactor)
    shown = CheckProgress(quiet=settings.output.quiet or settings.output.debug)
    try:
        return diagnose(
            registry,
            checks,
            replace(settings.target, ask_password=prompter),
            settings.intent,
            Lifetime(settings.timeout.total_seconds(), settings.deadline.total_seconds()),
            redactor,
            fail_on=settings.fail_on,
            observer=shown,
        )
    finally:
        shown.close()
        prompter.restore()
