"""`wcsdiag run`: some of the checks."""

from __future__ import annotations

from typing import Annotated

import typer

from wcsdiag.cli.options import Options, with_options


@with_options(Options)
def command(
    wanted: Annotated[
        list[str], typer.Argument(metavar="CODE...", help="A check (WEB102) or a group (WEB).")
    ],
    options: Options,
) -> int:
    """Run the checks that you name, by code or group."""
    from wcsdiag.cli.session import run_and_report

    return run_and_report(options, wanted)
