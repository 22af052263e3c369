"""The run behind `wcsdiag demo`, and the list of the lab's faults."""

from __future__ import annotations

import json
from pathlib import Path

from wcsdiag.cli.debug import current_redactor, log_to_stderr
from wcsdiag.cli.deliver import deliver
from wcsdiag.cli.progress import CheckProgress
from wcsdiag.cli.settings import Output
from wcsdiag.cli.stream import write_file, write_out
from wcsdiag.diagnosis import diagnose
from wcsdiag.errors import UsageError
from wcsdiag.lab.faults import FAULTS, find_fault
from wcsdiag.lab.lab import open_lab
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Report, Status
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor
from wcsdiag.report.interface import Format

_DEADLINE_S = 60.0


def fault_list(output: Output) -> int:
    """Print the lab's faults: name, what it is, and the code of the check that names it first."""
    if output.format is Format.JSON:
        listed = [
            {"name": fault.name, "summary": fault.summary, "cause": fault.cause}
            for fault in FAULTS.values()
        ]
        _put(json.dumps(listed, indent=2) + "\n", output.file)
        return 0
    if output.format is Format.JUNIT:
        raise UsageError("--list has no junit format: terminal or json")
    width = max(len(fault.name) for fault in FAULTS.values())
    lines = (f"{fault.name:{width}}  {fault.cause}  {fault.summary}\n" for fault in FAULTS.values())
    _put("".join(lines), output.file)
    return 0


def demonstrate(fault: str | None, output: Output) -> int:
    """Run all checks against the lab and print the report; the exit code is the report's."""
    redactor = current_redactor()
    if fault is not None:
        find_fault(fault)
    if output.debug:
        log_to_stderr(redactor)
    report = demo_report(fault, redactor, quiet=output.quiet or output.debug)
    return deliver(report, output, redactor)


def demo_report(fault: str | None, redactor: Redactor, *, quiet: bool = True) -> Report:
    """The report of one run against the lab with that fault; one that only warns is to be seen."""
    registry = load()
    warns = fault is not None and find_fault(fault).warns
    shown = CheckProgress(quiet=quiet)
    with open_lab(fault) as lab:
        try:
            return diagnose(
                registry,
                registry.checks,
                lab.target,
                lab.intent,
                Lifetime(lab.timeout_s, _DEADLINE_S),
                redactor,
                fail_on=Status.WARN if warns else Status.FAIL,
                observer=shown,
            )
        finally:
            shown.close()


def _put(text: str, file: Path | None) -> None:
    if file is None:
        write_out(text)
    else:
        write_file(file, text)
