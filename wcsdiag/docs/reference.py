"""The reference of the command line: every command's own help, at a fixed width."""

from __future__ import annotations

from typer.main import get_command
from typer.testing import CliRunner

from wcsdiag.cli.app import build

_WIDTH = 80
_COMMANDS = ("all", "run", "checks", "explain", "schema", "demo")


def cli_reference() -> str:
    """docs/cli.md."""
    parts = ["<!-- Generated from the commands themselves by `make docs`. -->", "# Command line"]
    parts.append(f"```text\n{_help()}\n```")
    parts += [f"## wcsdiag {name}\n\n```text\n{_help(name)}\n```" for name in _COMMANDS]
    return "\n\n".join(parts) + "\n"


def _help(*command: str) -> str:
    app = build()
    names = getattr(get_command(app), "commands", {})
    if set(names) != set(_COMMANDS):
        raise ValueError(f"the reference lacks {set(names) ^ set(_COMMANDS)}")
    result = CliRunner().invoke(
        app, [*command, "--help"], prog_name="wcsdiag", terminal_width=_WIDTH, color=False
    )
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())
