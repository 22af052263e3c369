"""`wcsdiag schema`: what the JSON report looks like."""

from __future__ import annotations


def command() -> int:
    """Print the JSON Schema of the report of `--format json`."""
    from wcsdiag.cli.stream import write_out
    from wcsdiag.report.json_format import schema_text

    write_out(schema_text())
    return 0
