"""The values of options, read from text: each error says what would be right."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from wcsdiag.errors import UsageError

Read = TypeVar("Read")

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)")
_LONGEST_S = 366 * 86400.0
_HEAD = 4096


def duration(text: str, *, needs_unit: bool = False) -> timedelta:
    """ "90s", "15m", "1h", "2d"; a bare number is seconds unless `needs_unit`."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or (needs_unit and not found[2]):
        raise UsageError(f"{text!r} is not a duration such as 90s, 15m, 1h or 2d")
    seconds = float(found[1]) * _UNITS[found[2] or "s"]
    if not 0 < seconds <= _LONGEST_S or not math.isfinite(seconds):
        raise UsageError(f"{text!r} must be more than nothing and no more than a year")
    return timedelta(seconds=seconds)


def at(option: str, read: Callable[[str], Read], text: str) -> Read:
    """The text read by `read`, whose error names the option. Raises `UsageError`."""
    try:
        return read(text)
    except UsageError as error:
        raise UsageError(f"{option}: {error}", hint=error.hint) from error


def number(most: float) -> Callable[[str], float]:
    """A reader of a number above zero, up to `most`."""

    def read(text: str) -> float:
        try:
            value = float(text) if text.isascii() else 0.0
        except ValueError:
            value = 0.0
        if not 0 < value <= most:
            raise UsageError(f"{text!r} is not a number above 0, up to {most:g}")
        return value

    return read


def whole_number(most: int) -> Callable[[str], int]:
    """A reader of a whole number from 1 to `most`."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdecimal() and len(text) <= 10
        if not (is_number and 0 < int(text) <= most):
            raise UsageError(f"{text!r} is not a whole number from 1 to {most}")
        return int(text)

    return read


def span(text: str) -> timedelta:
    """A duration that names its unit."""
    return duration(text, needs_unit=True)


def port(text: str) -> int:
    """A TCP port."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise UsageError(f"{text!r} is not a port: a number from 1 to 65535")
    return int(text)


def port_or_any(text: str) -> int:
    """A TCP port; 0 is any that is free."""
    return 0 if text == "0" else port(text)


def host(text: str) -> str:
    """A name, an address, or an alias of ssh_config."""
    if not text or text.startswith("-") or re.search(r"[\s\x00-\x1f\x7f/@\"'\\]", text):
        hint = "give the user with --ssh-user" if "@" in text else "a name or an address"
        raise UsageError(f"{text!r} is not a host: {hint}")
    return text


@dataclass(frozen=True)
class SshPlace:
    """A machine as `ssh` names it."""

    host: str
    user: str | None = None
    port: int | None = None


def ssh_place(text: str) -> SshPlace:
    """ "web1", "root@web1:2222", "root@[2001:db8::1]:22"."""
    found = re.fullmatch(
        r"(?:(?P<user>[^@]+)@)?(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^@\[\]]+?))(?::(?P<port>[^:]*))?",
        text,
    )
    bare_v6 = text.count(":") > 1 and "[" not in text
    if found is None or bare_v6:
        hint = "; an IPv6 address stands in brackets" if bare_v6 else ""
        raise UsageError(f"{text!r} is not [USER@]HOST[:PORT]{hint}")
    user, number = found["user"], found["port"]
    return SshPlace(
        host(found["v6"] or found["host"]),
        word(user) if user else None,
        None if number is None else port(number),
    )


def word(text: str) -> str:
    """A text that is not empty and holds no control character."""
    if not text.strip() or re.search(r"[\x00-\x1f\x7f]", text):
        raise UsageError(f"{text!r} is empty or holds a control character")
    return text


def absolute_path(text: str) -> str:
    """A path on the host."""
    if not word(text).startswith("/"):
        raise UsageError(f"{text!r} is not an absolute path on the host")
    return text


def rest_url(text: str) -> str:
    """A REST URL that hooks could be sent to."""
    from wcsdiag.wcs.rest_url import parse_rest_url

    parsed = parse_rest_url(text)
    fatal = [problem.value for problem in parsed.problems if problem.is_fatal]
    if parsed.url is None:
        raise UsageError(f"{text!r} is not a URL that hooks can go to: {'; '.join(fatal)}")
    return text


def key_file(text: str) -> Path:
    """A private key that can be read."""
    path = Path(text).expanduser()
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UsageError(f"key file {path}: {error.strerror or error}") from error
    if b"-----BEGIN" not in head:
        hint = "; that is the public half" if head.startswith((b"ssh-", b"ecdsa-")) else ""
        raise UsageError(f"key file {path}: not a private key in PEM or OpenSSH form{hint}")
    return path


def directory(text: str) -> Path:
    """A directory that exists."""
    path = Path(text).expanduser()
    if not _is_directory(path):
        raise UsageError(f"{path} is not a directory")
    return path


def output_file(text: str) -> Path:
    """A file that can be written: its directory exists and takes new files."""
    path = Path(text).expanduser()
    if _is_directory(path):
        raise UsageError(f"{path} is a directory")
    if not _is_directory(path.parent):
        raise UsageError(f"there is no directory {path.parent} to write {path.name} into")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"the directory {path.parent} cannot be written to")
    return path


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:  # what lies in a directory that we may not enter
        raise UsageError(f"{path}: {error.strerror or error}") from error
