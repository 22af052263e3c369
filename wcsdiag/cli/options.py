"""The options of the commands: one list for the command line, environment and config file.

Here they are text as given, None where they were not; `wcsdiag.cli.settings` reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

TARGET, JUDGEMENT, RUNNING, OUTPUT = "Target", "Judgement", "Running", "Output"
FAULTS, RECORDING = "Faults", "Recording"

CONFIG_ONLY_HERE = frozenset({"config", "profile"})
"""Options that say where the config is: variables, but no keys of it."""


def _option(panel: str, *names: str, metavar: str = "", about: str) -> object:
    key = names[0].split("/")[0].removeprefix("--")
    return typer.Option(
        *names,
        envvar=variable(key),
        help=about,
        metavar=metavar or None,
        rich_help_panel=panel,
        show_default=False,
        show_envvar=False,
    )


def option(panel: str, *names: str, about: str, metavar: str | None = None) -> object:
    """The same for one command alone: no variable and no key of the config file gives it."""
    return typer.Option(
        *names, help=about, metavar=metavar, rich_help_panel=panel, show_default=False
    )


@dataclass(frozen=True, kw_only=True)
class DebugOptions:
    """What every command that connects to something has."""

    debug: Annotated[
        bool | None,
        _option(OUTPUT, "--debug/--no-debug", about="Log to stderr, secrets taken out."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class OutputOptions(DebugOptions):
    """What `demo` has as well."""

    format: Annotated[
        str | None,
        _option(OUTPUT, "--format", metavar="terminal|json|junit", about="Default: terminal."),
    ] = None
    output: Annotated[
        str | None,
        _option(OUTPUT, "--output", metavar="FILE", about="Write the report there, whole."),
    ] = None
    verbose: Annotated[
        bool | None,
        _option(
            OUTPUT, "--verbose/--no-verbose", "-v", about="Show what passed, with its evidence."
        ),
    ] = None
    quiet: Annotated[
        bool | None, _option(OUTPUT, "--quiet/--no-quiet", "-q", about="Show the verdict alone.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class TargetOptions(DebugOptions):
    """What every command that goes to a host has."""

    host: Annotated[
        str | None,
        _option(
            TARGET,
            "--host",
            metavar="HOST",
            about="The machine that runs WCS: a name, an address, or an alias of ssh_config. "
            "`localhost` without SSH options is looked at directly.",
        ),
    ] = None
    ssh_user: Annotated[
        str | None, _option(TARGET, "--ssh-user", metavar="USER", about="Default: ssh_config's.")
    ] = None
    ssh_port: Annotated[
        str | None, _option(TARGET, "--ssh-port", metavar="PORT", about="Default: ssh_config's.")
    ] = None
    ssh_key: Annotated[
        str | None, _option(TARGET, "--ssh-key", metavar="FILE", about="A private key.")
    ] = None
    accept_new_host_key: Annotated[
        bool | None,
        _option(
            TARGET,
            "--accept-new-host-key/--no-accept-new-host-key",
            about="Trust the key of a host that known_hosts does not know yet. A changed key "
            "is never accepted.",
        ),
    ] = None
    cli_user: Annotated[
        str | None, _option(TARGET, "--cli-user", metavar="USER", about="Default: admin.")
    ] = None
    cli_port: Annotated[
        str | None,
        _option(TARGET, "--cli-port", metavar="PORT", about="Default: 2001 or 2000, found out."),
    ] = None
    no_default_password: Annotated[
        bool | None,
        _option(
            TARGET,
            "--no-default-password/--default-password",
            about="Do not try the documented default where no CLI password is given.",
        ),
    ] = None
    app_key: Annotated[
        str | None, _option(TARGET, "--app-key", metavar="KEY", about="One app. Default: all.")
    ] = None
    wcs_home: Annotated[
        str | None,
        _option(TARGET, "--wcs-home", metavar="PATH", about="Where WCS is. Default: found out."),
    ] = None
    timeout: Annotated[
        str | None,
        _option(RUNNING, "--timeout", metavar="DURATION", about="One operation. Default: 5s."),
    ] = None
    deadline: Annotated[
        str | None,
        _option(RUNNING, "--deadline", metavar="DURATION", about="The whole run. Default: 60s."),
    ] = None
    config: Annotated[
        str | None,
        _option(RUNNING, "--config", metavar="FILE", about="Default: the user's, if it exists."),
    ] = None
    profile: Annotated[
        str | None,
        _option(RUNNING, "--profile", metavar="NAME", about="A profile of the config file."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Options(TargetOptions, OutputOptions):
    """Every option of `all` and `run`."""

    web_ssh: Annotated[
        str | None,
        _option(
            TARGET,
            "--web-ssh",
            metavar="[USER@]WEB[:PORT]",
            about="The web server's machine by SSH: its own rules and sockets are looked at too.",
        ),
    ] = None
    web_ssh_key: Annotated[
        str | None,
        _option(TARGET, "--web-ssh-key", metavar="FILE", about="A private key for --web-ssh."),
    ] = None
    expect_url: Annotated[
        str | None,
        _option(JUDGEMENT, "--expect-url", metavar="URL", about="What the REST URL must be."),
    ] = None
    rest: Annotated[
        str | None,
        _option(
            JUDGEMENT,
            "--rest",
            metavar="on|off|auto",
            about="Whether hooks are meant to be sent. Default: auto, not said.",
        ),
    ] = None
    since: Annotated[
        str | None,
        _option(
            JUDGEMENT,
            "--since",
            metavar="DURATION",
            about="The window of the logs: 90s, 15m, 1h, 2d. Default: 1h, or since WCS started.",
        ),
    ] = None
    no_post: Annotated[
        bool | None,
        _option(
            JUDGEMENT,
            "--no-post/--post",
            about="Send nothing to the web server. Default: one synthetic `connect` per REST URL.",
        ),
    ] = None
    fail_on: Annotated[
        str | None,
        _option(
            JUDGEMENT, "--fail-on", metavar="fail|warn", about="What is unhealthy. Default: fail."
        ),
    ] = None
    skip: Annotated[
        list[str] | None,
        _option(RUNNING, "--skip", metavar="CODE|GROUP", about="Leave out; may be repeated."),
    ] = None
    checks_dir: Annotated[
        list[Path] | None,
        _option(
            RUNNING, "--checks-dir", metavar="DIR", about="Checks of your own; may be repeated."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class TrafficOutputOptions(DebugOptions):
    """What every command that shows hook traffic has."""

    format: Annotated[
        str | None,
        _option(OUTPUT, "--format", metavar="text|json|html|mermaid", about="Default: text."),
    ] = None
    output: Annotated[
        str | None,
        _option(OUTPUT, "--output", metavar="FILE", about="Write it there, whole."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class TrafficOptions(TargetOptions, TrafficOutputOptions):
    """The same for commands that can go to a host for it."""


def variable(key: str) -> str:
    """The environment's name of an option: "ssh-user" is WCSDIAG_SSH_USER."""
    return f"WCSDIAG_{key.upper().replace('-', '_')}"


def option_keys() -> tuple[str, ...]:
    """The keys of the config file: the options' names without their dashes."""
    names = (field.name.replace("_", "-") for field in fields(Options))
    return tuple(name for name in names if name not in CONFIG_ONLY_HERE)


def with_options(kind: type[DebugOptions]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of `kind`, beside the parameters that it declares itself.

    The command is called with an instance of `kind` as its last argument, named `options`.
    """
    hints = get_type_hints(kind, include_extras=True)
    offered = {field.name: field.default for field in fields(kind)}

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        own_hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=own_hints[parameter.name])
            for parameter in signature(command).parameters.values()
            if parameter.name != "options"
        ]
        added = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
            for name, default in offered.items()
        ]

        def called(**given: object) -> int:
            options = kind(**{name: given.pop(name) for name in offered})  # type: ignore[arg-type]
            return command(**given, options=options)

        called.__name__, called.__doc__ = command.__name__, command.__doc__
        called.__signature__ = Signature([*own, *added])  # type: ignore[attr-defined]
        called.__annotations__ = {}
        return called

    return decorate
