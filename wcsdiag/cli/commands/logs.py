"""`wcsdiag logs`: the hooks that WCS logged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.options import JUDGEMENT, RUNNING, TrafficOptions, with_options

_FILES = typer.Argument(
    metavar="[FILE...]",
    help="Logs on this machine, also rotated ones and with gzip. Default: those of --host.",
    show_default=False,
)
_SINCE = typer.Option(
    "--since",
    metavar="DURATION",
    help="How far back: 90s, 15m, 2h, 2d. Default: files whole; on a host 1h, or since WCS "
    "started.",
    rich_help_panel=JUDGEMENT,
    show_default=False,
)
_ZONE = typer.Option(
    "--zone",
    metavar="NAME",
    help="The time zone of the times in FILE, such as Europe/Berlin. Default: this machine's. A "
    "host is asked for its own.",
    rich_help_panel=JUDGEMENT,
    show_default=False,
)
_FOLLOW = typer.Option(
    "--follow",
    help="Show each hook as it ends, until Ctrl-C; what came before is left out.",
    rich_help_panel=RUNNING,
)
_DURATION = typer.Option(
    "--duration",
    metavar="DURATION",
    help="With --follow: end after that time. Default: a day.",
    rich_help_panel=RUNNING,
    show_default=False,
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
