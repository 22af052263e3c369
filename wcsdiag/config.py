"""The configuration file: TOML with defaults and profiles, keys named as the options are."""

from __future__ import annotations

import difflib
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from wcsdiag.errors import UsageError

Value: TypeAlias = str | int | float | bool | list[str]
"""What a key may hold, before the option of the same name has read it."""

SECRET_KEYS = ("ssh-password", "cli-password")
"""The keys that have no option: a secret has no place on a command line."""

SECRET_VARIABLES = ("hook-hash-key", "rest-password")
"""Secrets that are variables alone: of hooks that wcsdiag itself sends or takes."""

LONE_VARIABLES = (*SECRET_VARIABLES, "rest-user")
"""Everything that is a variable alone, neither an option nor a key of the config file."""


def variable_of(key: str) -> str:
    """The environment's name for a key: WCSDIAG_SSH_PASSWORD for `ssh-password`."""
    return f"WCSDIAG_{key.upper().replace('-', '_')}"


_SECTIONS = ("defaults", "profiles")
_PERMISSIONS_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Config:
    """A file that was read and found in order. `path` is None where there is none."""

    path: Path | None
    defaults: Mapping[str, Value]
    profiles: Mapping[str, Mapping[str, Value]]

    def values(self, profile: str | None) -> dict[str, tuple[Value, str]]:
        """Each key that is set, with its value and the name of its place for messages.

        The profile comes before the defaults. Raises `UsageError` for an unknown profile.
        """
        merged = {key: (value, f"{self.path} [defaults]") for key, value in self.defaults.items()}
        if profile is not None:
            place = f"{self.path} [profiles.{profile}]"
            chosen = self._profile(profile)
            merged |= {key: (value, place) for key, value in chosen.items()}
        return merged

    def warnings(self) -> tuple[str, ...]:
        """What is worth a line on stderr: secrets that others may read."""
        sections = (self.defaults, *self.profiles.values())
        has_secret = any(key in section for section in sections for key in SECRET_KEYS)
        if self.path is None or not has_secret:
            return ()
        if not self.path.stat().st_mode & _PERMISSIONS_OF_OTHERS:
            return ()
        return (f"{self.path} holds a password and others may read it: chmod 600 {self.path}",)

    def _profile(self, name: str) -> Mapping[str, Value]:
        if name in self.profiles:
            return self.profiles[name]
        where = self.path or "there is no config file"
        raise UsageError(f"no profile {name!r} ({where}){_nearest(name, self.profiles)}")


NO_CONFIG = Config(None, {}, {})


def read_config(path: Path, keys: Iterable[str]) -> Config:
    """Read the file. `keys` are those that are known, beside those of secrets.

    Raises `UsageError` with the place and, for an unknown key, the nearest known one.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise UsageError(f"config file {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"config file {path}: {error}") from error
    known = sorted({*keys, *SECRET_KEYS})
    _refuse_unknown(str(path), document, _SECTIONS)
    defaults = _section(f"{path} [defaults]", document.get("defaults", {}), known)
    profiles = _table(f"{path} [profiles]", document.get("profiles", {}))
    return Config(
        path,
        defaults,
        {
            name: _section(f"{path} [profiles.{name}]", section, known)
            for name, section in profiles.items()
        },
    )


def refuse_unknown_variables(names: Iterable[str], known: Iterable[str]) -> None:
    """A mistyped variable would silently have no effect. Raises `UsageError` for the first.

    `names` are those of the environment; what does not begin with WCSDIAG_ is not ours.
    """
    ours = sorted(known)
    for name in sorted(set(names).difference(ours)):
        if name.startswith("WCSDIAG_"):
            close = difflib.get_close_matches(name, ours, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise UsageError(f"unknown variable {name}{hint}")


def _section(where: str, section: object, known: Iterable[str]) -> dict[str, Value]:
    table = _table(where, section)
    _refuse_unknown(where, table, known)
    return {key: _value(f"{where} {key}", value) for key, value in table.items()}


def _table(where: str, section: object) -> dict[str, object]:
    if not isinstance(section, dict):
        raise UsageError(f"{where}: must be a table of keys")
    return section


def _value(where: str, value: object) -> Value:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        if len(texts) == len(value):
            return texts
    raise UsageError(f"{where}: must be a text, a number, true or false, or a list of texts")


def _refuse_unknown(where: str, table: Mapping[str, object], known: Iterable[str]) -> None:
    names = list(known)
    for key in table:
        if key not in names:
            raise UsageError(f"{where}: unknown key {key!r}{_nearest(key, names)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(name.replace("_", "-"), names, n=1, cutoff=0.4)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(names)}" if names else ""
