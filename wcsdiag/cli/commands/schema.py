"""`wcsdiag schema`: what `--format json` gives."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class Subject(Enum):
    """What a schema is of: the report of the checks, or hook traffic."""

    REPORT = "report"
    TRAFFIC = "traffic"


def command(
    subject: Annotated[
        Subject,
        typer.Argument(
            metavar="[report|traffic]",
            help="The report of `all` and `run` (default), or what `logs`, `trace`, `serve` show.",
            show_default=False,
        ),
    ] = Subject.REPORT,
) -> int:
    """Print the JSON Schema of `--format json`."""
    from wcsdiag.cli.stream import write_out
    from wcsdiag.report.json_format import schema_text
    from wcsdiag.report.traffic_schema import traffic_schema_text

    write_out(schema_text() if subject is Subject.REPORT else traffic_schema_text())
    return 0
