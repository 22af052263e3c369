"""`wcsdiag replay`: the hooks of a log, a capture or a recording, sent once more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.options import RUNNING, TARGET, TrafficOutputOptions, with_options


@with_options(TrafficOutputOptions)
def command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A log of WCS, a capture, or a recording of `wcsdiag serve`; also with gzip.",
        ),
    ],
    *,
    url: Annotated[
        str,
        typer.Option(
            "--url",
            metavar="URL",
            help="The REST URL to send to: the REST method is appended.",
            rich_help_panel=TARGET,
        ),
    ],
    speed: Annotated[
        str,
        typer.Option(
            "--speed",
            metavar="1|10|max",
            help="1 keeps the pauses of the file, 10 makes them ten times shorter, max leaves "
            "them out, at no more than 50 hooks a second. Default: max.",
            rich_help_panel=RUNNING,
            show_default=False,
        ),
    ] = "max",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="METHOD",
            help="This REST method alone; may be repeated.",
            rich_help_panel=RUNNING,
            show_default=False,
        ),
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option(
            "--deadline",
            metavar="DURATION",
            help="The whole replay. Default: 1h.",
            rich_help_panel=RUNNING,
            show_default=False,
        ),
    ] = None,
    options: TrafficOutputOptions,
) -> int:
    """Send recorded hooks once more, and compare the answers.

    Signatures are made anew with the key of WCSDIAG_HOOK_HASH_KEY; recorded ones are never sent.
    """
    from wcsdiag.cli.replaying import Asked, replay

    return replay(Asked(file, url, speed, tuple(only or ()), deadline), options)
