"""Bring a report to where it was asked for."""

from __future__ import annotations

import os
import sys

from wcsdiag.cli.messages import tell
from wcsdiag.cli.settings import Output
from wcsdiag.cli.stream import look_of, write_file, write_out
from wcsdiag.model import Report
from wcsdiag.redact import Redactor
from wcsdiag.report.interface import Format, Renderer
from wcsdiag.report.page import Look


def renderer_for(output: Output, look: Look) -> Renderer:
    """The renderer of the format that was asked for."""
    if output.format is Format.JSON:
        from wcsdiag.report.json_format import JsonRenderer

        return JsonRenderer()
    if output.format is Format.JUNIT:
        from wcsdiag.report.junit import JunitRenderer

        return JunitRenderer()
    from wcsdiag.report.terminal import TerminalRenderer

    return TerminalRenderer(look, verbose=output.verbose, quiet=output.quiet)


def rendered(report: Report, renderer: Renderer, redactor: Redactor) -> str:
    """The finished output, looked through once more for every secret that was learned."""
    text = renderer.render(redactor.clean_report(report))
    return redactor.scan(text, renderer.spoken)


def deliver(report: Report, output: Output, redactor: Redactor) -> int:
    """Print or write the report, and give its exit code, whatever the format."""
    look = Look() if output.file else look_of(sys.stdout, os.environ)
    text = rendered(report, renderer_for(output, look), redactor)
    if output.file is None:
        write_out(text)
    else:
        write_file(output.file, text)
        if not output.quiet:
            tell(f"{report.verdict.value}; the report is in {output.file}")
    return report.exit_code
