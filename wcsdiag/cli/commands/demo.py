"""`wcsdiag demo`: the main job against the stand-in host of the lab."""

from __future__ import annotations

from typing import Annotated

import typer

from wcsdiag.cli.options import OutputOptions, with_options


@with_options(OutputOptions)
def command(
    fault: Annotated[
        str | None,
        typer.Option("--fault", metavar="NAME", help="The fault to switch on. Default: none."),
    ] = None,
    list_faults: Annotated[  # noqa: FBT002 - typer's way to declare a flag
        bool, typer.Option("--list", help="Name the faults, and run nothing.")
    ] = False,
    *,
    options: OutputOptions,
) -> int:
    """Run every check against a stand-in host on this machine."""
    from wcsdiag.cli.demonstration import demonstrate, fault_list
    from wcsdiag.cli.settings import settle_output

    output = settle_output(options)
    return fault_list(output) if list_faults else demonstrate(fault, output)
