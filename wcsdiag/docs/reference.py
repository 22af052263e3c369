"""The reference of the command line: every command's own help, at a fixed width."""

from __future__ import annotations

from typer.main import get_command
from typer.testing import CliRunner

from wcsdiag.cli.app import build

_WIDTH = 80
_COMMANDS = (
    *("all", "run", "logs", "trace", "send", "serve", "replay"),
    *("checks", "explain", "schema", "demo"),
)

CONFIGURATION = """\
## Configuration

What the command line does not say is taken from `WCSDIAG_*` variables (`--ssh-user` is
`WCSDIAG_SSH_USER`), then from the profile, then from the defaults of a TOML file:
`~/.config/wcsdiag/config.toml`, or the one that `--config` names. Keys are the options' names.
An unknown key or variable is an error. A file that holds a password should be yours alone
(`chmod 600`).

```toml
[defaults]
ssh-user = "ops"
timeout = "3s"

[profiles.production]
host = "wcs1.example.com"
expect-url = "https://web.example.com/hooks"
rest = "on"
cli-password = "..."

[profiles.staging]
host = "wcs-staging.example.com"
rest = "off"
skip = ["FWL104", "LOG"]
```

`wcsdiag all --profile production` then needs nothing else."""


def cli_reference() -> str:
    """docs/cli.md."""
    parts = ["<!-- Generated from the commands themselves by `make docs`. -->", "# Command line"]
    parts.append(f"```text\n{_help()}\n```")
    parts += [f"## wcsdiag {name}\n\n```text\n{_help(name)}\n```" for name in _COMMANDS]
    parts.append(CONFIGURATION)
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
