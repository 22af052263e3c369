"""`wcsdiag explain`: one check's documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wcsdiag.cli.commands.checks import DIRS_HELP


def command(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A check, such as WEB102.")],
    checks_dir: Annotated[
        list[Path] | None,
        typer.Option("--checks-dir", metavar="DIR", envvar="WCSDIAG_CHECKS_DIR", help=DIRS_HELP),
    ] = None,
) -> int:
    """Say why a check matters and how to mend what it finds."""
    from wcsdiag.cli.stream import write_out
    from wcsdiag.errors import UsageError
    from wcsdiag.model import Group
    from wcsdiag.plugins import load
    from wcsdiag.report.explanation import explain
    from wcsdiag.report.visible import visible

    if code.upper() in Group.__members__:
        raise UsageError(f"{code} is a group: name one of its checks, as `wcsdiag checks` does")
    check = load(checks_dir or ()).find(code)
    write_out(visible(explain(check)))
    return 0
