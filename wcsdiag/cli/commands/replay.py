"""`wcsdiag replay`: the hooks of a log, a capture or a recording, sent once more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.options import RUNNING, TARGET, TrafficOutputOptions, option, with_options


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
        option(
            TARGET,
            "--url",
            metavar="URL",
            about="The REST URL to send to: the REST method is appended.",
        ),
    ],
    speed: Annotated[
        str,
        option(
            RUNNING,
            "--speed",
            metavar="1|10|max",
            about="1 keeps the pauses of the file, 10 makes them ten times shorter, max leaves "
            "them out, at no more than 50 hooks a second. Default: max.",
        ),
    ] = "max",
    only: Annotated[
        list[str] | None,
        option(
            RUNNING, "--only", metavar="METHOD", about="This REST method alone; may be repeated."
        ),
    ] = None,
    deadline: Annotated[
        str | None,
        option(RUNNING, "--deadline", metavar="DURATION", about="The whole replay. Default: 1h."),
    ] = None,
    options: TrafficOutputOptions,
) -> int:
    """Send recorded hooks once more, and compare the answers.

    Signatures are made anew with the key of WCSDIAG_HOOK_HASH_KEY; recorded ones are never sent.
    """
    from wcsdiag.cli.replaying import Asked, replay

    return replay(Asked(file, url, speed, tuple(only or ()), deadline), options)
