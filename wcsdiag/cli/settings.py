"""From options, environment and config file to what a run needs, typed and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TypeVar

from wcsdiag.cli import values
from wcsdiag.cli.options import (
    CONFIG_ONLY_HERE,
    DebugOptions,
    Options,
    OutputOptions,
    TargetOptions,
    TrafficOutputOptions,
    option_keys,
    variable,
)
from wcsdiag.config import (
    LONE_VARIABLES,
    NO_CONFIG,
    SECRET_KEYS,
    Config,
    Value,
    read_config,
    refuse_unknown_variables,
)
from wcsdiag.errors import UsageError
from wcsdiag.model import Status
from wcsdiag.redact import Redactor, Secret
from wcsdiag.report.interface import Format, TrafficFormat
from wcsdiag.target import Intent, RestIntent, Target, WebSsh

Read = TypeVar("Read")
Member = TypeVar("Member", bound=Enum)

_TIMEOUT = timedelta(seconds=5)
_DEADLINE = timedelta(seconds=60)


@dataclass(frozen=True)
class Output:
    """Where the report goes, and how much of it."""

    format: Format = Format.TERMINAL
    file: Path | None = None
    verbose: bool = False
    quiet: bool = False
    debug: bool = False


@dataclass(frozen=True)
class TrafficOutput:
    """Where hook traffic is shown, and in which form."""

    format: TrafficFormat = TrafficFormat.TEXT
    file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class TargetSettings:
    """What every command that goes to a host is told. `warnings` are lines for stderr."""

    target: Target
    intent: Intent
    timeout: timedelta
    deadline: timedelta
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OperatorSettings:
    """What a command is told that stays on the operator's machine."""

    app_key: str | None
    timeout: timedelta
    deadline: timedelta
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Settings(TargetSettings):
    """Everything that a run is told."""

    output: Output
    fail_on: Status
    skip: tuple[str, ...]
    checks_dirs: tuple[Path, ...]


class _Source:
    """Values by key: the command line's and environment's first, then the config file's."""

    def __init__(
        self, given: DebugOptions, config: Config, chosen: Mapping[str, tuple[Value, str]]
    ) -> None:
        self._given = given
        self._config = chosen
        self.warnings = config.warnings()

    def read(self, key: str, read: Callable[[str], Read], default: Read) -> Read:
        """One value, read by `read`. Raises `UsageError` that names the place of the value."""
        found = self._find(key)
        if found is None:
            return default
        value, place = found
        if isinstance(value, bool | list):
            raise UsageError(f"{place}: must be a text or a number")
        return values.at(place, read, str(value))

    def several(self, key: str, read: Callable[[str], Read]) -> tuple[Read, ...]:
        """A list of values; one alone is a list of one."""
        value, place = self._find(key) or ([], "")
        items = value if isinstance(value, list) else [str(value)]
        return tuple(values.at(place, read, item) for item in items)

    def flag(self, key: str) -> bool:
        """True or false."""
        value, place = self._find(key) or (False, "")
        if not isinstance(value, bool):
            raise UsageError(f"{place}: must be true or false")
        return value

    def _find(self, key: str) -> tuple[Value, str] | None:
        given = getattr(self._given, key.replace("-", "_"), None)
        if isinstance(given, list):
            given = [str(item) for item in given] or None
        if given is not None:
            return given, f"--{key}"
        if key not in self._config:
            return None
        value, place = self._config[key]
        return value, f"{place} {key}"


def settle(options: Options, redactor: Redactor, environment: Mapping[str, str]) -> Settings:
    """Decide every setting: option before environment before profile before defaults.

    Secrets are learned by `redactor` before anything else is read. Raises `UsageError`.
    """
    source, secrets = _sources(options, redactor, environment)
    return Settings(
        target=_target(source, secrets),
        intent=_intent(source),
        output=_output(source),
        timeout=source.read("timeout", values.duration, _TIMEOUT),
        deadline=source.read("deadline", values.duration, _DEADLINE),
        fail_on=source.read("fail-on", one_of(Status, Status.FAIL, Status.WARN), Status.FAIL),
        skip=source.several("skip", values.word),
        checks_dirs=source.several("checks-dir", values.directory),
        warnings=source.warnings,
    )


def settle_target(
    options: TargetOptions, redactor: Redactor, environment: Mapping[str, str]
) -> TargetSettings:
    """The same for a command that goes to a host and runs no checks. Raises `UsageError`."""
    source, secrets = _sources(options, redactor, environment)
    return TargetSettings(
        target=_target(source, secrets),
        intent=_intent(source),
        timeout=source.read("timeout", values.duration, _TIMEOUT),
        deadline=source.read("deadline", values.duration, _DEADLINE),
        warnings=source.warnings,
    )


def settle_host(options: TargetOptions, redactor: Redactor, environment: Mapping[str, str]) -> str:
    """The host, empty where none is named. Raises `UsageError`."""
    source, _ = _sources(options, redactor, environment)
    return source.read("host", values.host, "")


def settle_operator(
    options: TargetOptions, redactor: Redactor, environment: Mapping[str, str]
) -> OperatorSettings:
    """The same for a command that needs no host. Raises `UsageError`."""
    source, _ = _sources(options, redactor, environment)
    return OperatorSettings(
        app_key=source.read("app-key", _optional(values.word), None),
        timeout=source.read("timeout", values.duration, _TIMEOUT),
        deadline=source.read("deadline", values.duration, _DEADLINE),
        warnings=source.warnings,
    )


def settle_traffic_output(options: TrafficOutputOptions) -> TrafficOutput:
    """Where hook traffic is shown. The config file's `format` is that of reports, not of this."""
    source = _Source(options, NO_CONFIG, {})
    return TrafficOutput(
        format=source.read("format", one_of(TrafficFormat), TrafficFormat.TEXT),
        file=source.read("output", _optional(values.output_file), None),
    )


def settle_output(options: OutputOptions) -> Output:
    """The settings of a command that has no target."""
    return _output(_Source(options, NO_CONFIG, {}))


def one_of(kind: type[Member], *members: Member) -> Callable[[str], Member]:
    """A reader of one of the enum's values (all, unless members are named)."""
    allowed = {member.value: member for member in members or tuple(kind)}

    def read(text: str) -> Member:
        if text not in allowed:
            raise UsageError(f"{text!r} is not one of {', '.join(allowed)}")
        return allowed[text]

    return read


def _sources(
    options: TargetOptions, redactor: Redactor, environment: Mapping[str, str]
) -> tuple[_Source, dict[str, Secret]]:
    known = (*option_keys(), *CONFIG_ONLY_HERE, *SECRET_KEYS, *LONE_VARIABLES)
    refuse_unknown_variables(environment, map(variable, known))
    config = _config(options, environment)
    chosen = config.values(options.profile)
    secrets = _secrets(environment, chosen, redactor)
    return _Source(options, config, chosen), secrets


def _config(options: TargetOptions, environment: Mapping[str, str]) -> Config:
    if options.config is not None:
        return read_config(Path(options.config).expanduser(), option_keys())
    path = _default_config_path(environment)
    try:
        exists = path.is_file()
    except PermissionError:  # another user's home: as good as none
        exists = False
    return read_config(path, option_keys()) if exists else NO_CONFIG


def _default_config_path(environment: Mapping[str, str]) -> Path:
    from platformdirs import user_config_path

    base = environment.get("XDG_CONFIG_HOME", "")
    directory = Path(base) / "wcsdiag" if base.startswith("/") else user_config_path("wcsdiag")
    return directory / "config.toml"


def _secrets(
    environment: Mapping[str, str], config: Mapping[str, tuple[Value, str]], redactor: Redactor
) -> dict[str, Secret]:
    secrets: dict[str, Secret] = {}
    for key in SECRET_KEYS:
        value, place = config.get(key, (None, ""))
        value = environment.get(variable(key)) or value
        if value is None:
            continue
        if not isinstance(value, str):
            raise UsageError(f"{place} {key}: must be a text in quotes")
        secrets[key] = Secret(value)
        redactor.learn(secrets[key])
    return secrets


def _target(source: _Source, secrets: Mapping[str, Secret]) -> Target:
    host = source.read("host", values.host, "")
    if not host:
        raise UsageError(
            "no host: give --host HOST, set WCSDIAG_HOST, or name it in the config file"
        )
    optional_port = _optional(values.port)
    return Target(
        host=host,
        ssh_user=source.read("ssh-user", _optional(values.word), None),
        ssh_port=source.read("ssh-port", optional_port, None),
        ssh_key=source.read("ssh-key", _optional(values.key_file), None),
        ssh_password=secrets.get("ssh-password"),
        accept_new_host_key=source.flag("accept-new-host-key"),
        cli_user=source.read("cli-user", values.word, "admin"),
        cli_port=source.read("cli-port", optional_port, None),
        cli_password=secrets.get("cli-password"),
        default_cli_password=not source.flag("no-default-password"),
        wcs_home=source.read("wcs-home", _optional(values.absolute_path), None),
        app_key=source.read("app-key", _optional(values.word), None),
        web_ssh=_web_ssh(source),
    )


def _web_ssh(source: _Source) -> WebSsh | None:
    place = source.read("web-ssh", _optional(values.ssh_place), None)
    key = source.read("web-ssh-key", _optional(values.key_file), None)
    if place is None and key is not None:
        raise UsageError("--web-ssh-key needs --web-ssh: whose machine is it for?")
    return None if place is None else WebSsh(place.host, place.user, place.port, key)


def _intent(source: _Source) -> Intent:
    return Intent(
        expect_url=source.read("expect-url", _optional(values.rest_url), None),
        rest=source.read("rest", one_of(RestIntent), RestIntent.AUTO),
        since=source.read("since", _optional(values.span), None),
        post=not source.flag("no-post"),
    )


def _output(source: _Source) -> Output:
    output = Output(
        format=source.read("format", one_of(Format), Format.TERMINAL),
        file=source.read("output", _optional(values.output_file), None),
        verbose=source.flag("verbose"),
        quiet=source.flag("quiet"),
        debug=source.flag("debug"),
    )
    return replace(output, verbose=output.verbose and not output.quiet)


def _optional(read: Callable[[str], Read]) -> Callable[[str], Read | None]:
    return read
