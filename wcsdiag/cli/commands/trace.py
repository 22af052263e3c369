"""`wcsdiag trace`: the hooks of a capture, or of the host as they pass."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.options import JUDGEMENT, RUNNING, TARGET, TrafficOptions, with_options

_FILES = typer.Argument(
    metavar="[FILE...]",
    help="Captures of tcpdump or Wireshark, also with gzip. - is standard input.",
    show_default=False,
)
_LIVE = typer.Option("--live", help="Capture on --host with tcpdump, now.", rich_help_panel=TARGET)
_PORT = typer.Option(
    "--port",
    metavar="PORT",
    help="Only the web server on that port; may be repeated. With --live the default is the ports "
    "of the REST URLs.",
    rich_help_panel=TARGET,
    show_default=False,
)
_COUNT = typer.Option(
    "--count",
    metavar="N",
    help="With --live: end after N hooks.",
    rich_help_panel=RUNNING,
    show_default=False,
)
_DURATION = typer.Option(
    "--duration",
    metavar="DURATION",
    help="With --live: end after that time. Default: 60s.",
    rich_help_panel=RUNNING,
    show_default=False,
)
_EXPECT = typer.Option(
    "--expect",
    metavar="SCENARIO",
    help="What must be there whole: connection, registration, call, message, publish or play; may "
    "be repeated.",
    rich_help_panel=JUDGEMENT,
    show_default=False,
)


@with_options(TrafficOptions)
def command(
    files: Annotated[list[Path] | None, _FILES] = None,
    *,
    live: Annotated[bool, _LIVE] = False,
    port: Annotated[list[str] | None, _PORT] = None,
    count: Annotated[str | None, _COUNT] = None,
    duration: Annotated[str | None, _DURATION] = None,
    expect: Annotated[list[str] | None, _EXPECT] = None,
    options: TrafficOptions,
) -> int:
    """Show and judge captured hooks: from a file, or live on the host."""
    from wcsdiag.cli.trace import Asked, trace

    return trace(
        Asked(
            files=tuple(files or ()),
            live=live,
            ports=tuple(port or ()),
            count=count,
            duration=duration,
            scenarios=tuple(expect or ()),
        ),
        options,
    )
