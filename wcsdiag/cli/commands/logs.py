"""`wcsdiag logs`: the hooks that WCS logged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.options import JUDGEMENT, RUNNING, TrafficOptions, option, with_options

_FILES = typer.Argument(
    metavar="[FILE...]",
    help="Logs on this machine, also rotated ones and with gzip. Default: those of --host.",
    show_default=False,
)
_SINCE = option(
    JUDGEMENT,
    "--since",
    metavar="DURATION",
    about="How far back: 90s, 15m, 2h, 2d. Default: files whole; on a host 1h, or since WCS "
    "started.",
)
_ZONE = option(
    JUDGEMENT,
    "--zone",
    metavar="NAME",
    about="The time zone of the times in FILE, such as Europe/Berlin. Default: this machine's. A "
    "host is asked for its own.",
)
_FOLLOW = option(
    RUNNING,
    "--follow",
    about="Show each hook as it ends, until Ctrl-C; what came before is left out.",
)
_DURATION = option(
    RUNNING,
    "--duration",
    metavar="DURATION",
    about="With --follow: end after that time. Default: a day.",
)


@with_options(TrafficOptions)
def command(
    files: Annotated[list[Path] | None, _FILES] = None,
    *,
    since: Annotated[str | None, _SINCE] = None,
    zone: Annotated[str | None, _ZONE] = None,
    follow: Annotated[bool, _FOLLOW] = False,
    duration: Annotated[str | None, _DURATION] = None,
    options: TrafficOptions,
) -> int:
    """Show and judge the hooks that WCS logged."""
    from wcsdiag.cli.logs import Asked, logs

    return logs(
        Asked(
            files=tuple(files or ()),
            since=since,
            zone=zone,
            follow=follow,
            duration=duration,
        ),
        options,
    )
