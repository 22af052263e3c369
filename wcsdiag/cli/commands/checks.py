"""`wcsdiag checks`: what is there to be run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from wcsdiag.plugins import Registry

DIRS_HELP = "Checks of your own; may be repeated."


def command(
    checks_format: Annotated[
        str,
        typer.Option(
            "--format", metavar="terminal|json", help="Default: terminal.", show_default=False
        ),
    ] = "terminal",
    checks_dir: Annotated[
        list[Path] | None,
        typer.Option("--checks-dir", metavar="DIR", envvar="WCSDIAG_CHECKS_DIR", help=DIRS_HELP),
    ] = None,
) -> int:
    """List every check and the healthy state it looks for."""
    from wcsdiag.cli.settings import one_of
    from wcsdiag.cli.stream import write_out
    from wcsdiag.plugins import load
    from wcsdiag.report.interface import Format

    chosen = one_of(Format, Format.TERMINAL, Format.JSON)(checks_format)
    registry = load(checks_dir or ())
    write_out(as_json(registry) if chosen is Format.JSON else as_text(registry))
    return _told_problems(registry)


def as_text(registry: Registry) -> str:
    """A heading per group, a line per check."""
    from itertools import groupby

    lines: list[str] = []
    for group, members in groupby(registry.checks, key=lambda check: check.group):
        lines.append(f"{group.name} {group.value}")
        lines += [f"  {check.code}  {check.title}" for check in members]
    return "".join(f"{line}\n" for line in lines)


def as_json(registry: Registry) -> str:
    """A list of objects."""
    import json

    from wcsdiag.report.interface import docs_url

    listed = [
        {
            "code": check.code,
            "group": check.group.name,
            "title": check.title,
            "explained_by": list(check.explained_by),
            "docs_url": docs_url(check.code),
        }
        for check in registry.checks
    ]
    return json.dumps(listed, indent=2) + "\n"


def _told_problems(registry: Registry) -> int:
    from wcsdiag.cli.messages import tell

    for problem in registry.problems:
        tell(f"plugin {problem.name}: {problem.message}")
    return 4 if registry.problems else 0
