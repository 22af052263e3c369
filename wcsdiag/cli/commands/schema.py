"""`wcsdiag schema`: what `--format json` gives."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class Subject(Enum):
    """What a schema is of: the report of the checks, hook traffic, or hooks that were sent."""

    REPORT = "report"
    TRAFFIC = "traffic"
    SENDING = "sending"


def command(
    subject: Annotated[
        Subject,
        typer.Argument(
            metavar="[report|traffic|sending]",
            help="The report of `all` and `run` (default); what `logs`, `trace` and `serve` show; "
            "or what `send` and `replay` do.",
            show_default=False,
        ),
    ] = Subject.REPORT,
) -> int:
    """Print the JSON Schema of `--format json`."""
    from wcsdiag.cli.sending_schema import sending_schema_text
    from wcsdiag.cli.stream import write_out
    from wcsdiag.report.json_format import schema_text
    from wcsdiag.report.traffic_schema import traffic_schema_text

    texts = {
        Subject.REPORT: schema_text,
        Subject.TRAFFIC: traffic_schema_text,
        Subject.SENDING: sending_schema_text,
    }
    write_out(texts[subject]())
    return 0
