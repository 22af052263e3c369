"""The typer application: one command per page of `wcsdiag.cli.commands`."""

from __future__ import annotations

from typing import Annotated

import typer

from wcsdiag import __version__
from wcsdiag.cli.commands import (
    all_checks,
    checks,
    demo,
    explain,
    logs,
    replay,
    run,
    schema,
    send,
    serve,
    trace,
)
from wcsdiag.cli.help import SectionedCommand

_EXIT_CODES = (
    "Exit codes: 0 healthy, 1 unhealthy, 2 usage, 3 could not tell, 4 a bug in wcsdiag, 130 "
    "interrupted."
)
_EPILOG = (
    "Every option of `wcsdiag all` can be given as a variable too (--ssh-user as "
    "WCSDIAG_SSH_USER) and as a key of the config file (ssh-user). Passwords come from "
    "WCSDIAG_SSH_PASSWORD, WCSDIAG_CLI_PASSWORD, the config file or a prompt. " + _EXIT_CODES
)
_ON_TARGETS = frozenset({"all", "run", "logs", "trace", "send"})


def build() -> typer.Typer:
    """All commands. Plain help: no markup, so that nothing heavy is imported for it."""
    app = typer.Typer(
        name="wcsdiag",
        help="Says why the REST hooks of Flashphoner Web Call Server do not flow.",
        epilog=_EPILOG,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=False)(_root)
    for name, command in (
        ("all", all_checks.command),
        ("run", run.command),
        ("logs", logs.command),
        ("trace", trace.command),
        ("send", send.command),
        ("serve", serve.command),
        ("replay", replay.command),
        ("checks", checks.command),
        ("explain", explain.command),
        ("schema", schema.command),
        ("demo", demo.command),
    ):
        epilog = _EPILOG if name in _ON_TARGETS else _EXIT_CODES
        app.command(name, cls=SectionedCommand, epilog=epilog)(command)
    return app


def _root(
    version: Annotated[  # noqa: FBT002 - typer's way to declare a flag
        bool,
        typer.Option(
            "--version", help="Show the version.", is_eager=True, callback=lambda v: _version(v)
        ),
    ] = False,
) -> None:
    """The options before a command; main() answers a lone `--version` earlier."""


def _version(asked: bool) -> None:  # noqa: FBT001 - called by typer
    if asked:
        typer.echo(f"wcsdiag {__version__}")
        raise typer.Exit
