"""`wcsdiag trace`: the hooks of a capture, or of the host as they pass."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.options import JUDGEMENT, RUNNING, TARGET, TrafficOptions, option, with_options

_FILES = typer.Argument(
    metavar="[FILE...]",
    help="Captures of tcpdump or Wireshark, also with gzip. - is standard input.",
    show_default=False,
)
_LIVE = option(TARGET, "--live", about="Capture on --host with tcpdump, now.")
_PORT = option(
    TARGET,
    "--port",
    metavar="PORT",
    about="Only the web server on that port; may be repeated. With --live the default is the ports "
    "of the REST URLs.",
)
_COUNT = option(RUNNING, "--count", metavar="N", about="With --live: end after N hooks.")
_DURATION = option(
    RUNNING,
    "--duration",
    metavar="DURATION",
    about="With --live: end after that time. Default: 60s.",
)
_EXPECT = option(
    JUDGEMENT,
    "--expect",
    metavar="SCENARIO",
    about="What must be there whole: connection, registration, call, message, publish or play; may "
    "be repeated.",
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
