"""What needs root: sudo without a password where it is allowed, else what to grant."""

from __future__ import annotations

import re
import shlex
from typing import LiteralString

from wcsdiag.host.command import shell_command
from wcsdiag.host.interface import CommandResult, HostError, HostFailure

# One program and its arguments: sudoers can allow exactly that. Everything else needs a shell.
_ONE_PROGRAM = re.compile(r"[a-z0-9_./-]+( [A-Za-z0-9_./:,+=@%-]+)*")
_ONLY_IN_A_SHELL = {"cd", "command", "case", "for", "if", "read", "set", "type", "ulimit", "while"}

_REFUSALS = (
    "password is required",
    "a terminal is required",
    "must have a tty",
    "may not run sudo",
    "not in the sudoers",
    "is not allowed to",
    "no tty present",
    "sudo: not found",
    "sudo: command not found",
    "sudo: effective uid is not 0",
    "sudo: unable to",
    "no new privileges",
)


def as_root(template: LiteralString, arguments: tuple[str, ...]) -> str:
    """The command through `sudo -n`, which never asks."""
    command = shell_command(template, arguments)
    one_program = _ONE_PROGRAM.fullmatch(template)
    if one_program and template.split(" ", 1)[0] not in _ONLY_IN_A_SHELL:
        return f"sudo -n {command}"
    return f"sudo -n /bin/sh -c {shlex.quote(command)}"


def refusal(result: CommandResult, template: str, user: str) -> HostError | None:
    """The error, where sudo refused to run the command; None where the command itself spoke."""
    said = (line for line in result.error_text.splitlines() if _is_refusal(line.lower()))
    first = next(said, "")
    if result.exit_status == 0 or not first:
        return None
    one_program = _ONE_PROGRAM.fullmatch(template)
    program = template.split(" ", 1)[0] if one_program else "/bin/sh"
    return HostError(
        HostFailure.PERMISSION,
        f"root is needed for {program}, and sudo refused: {first}",
        hint="Log in as root, or allow it without a password (visudo; the program with its whole "
        f"path): {user} ALL=(root) NOPASSWD: {program}",
    )


def _is_refusal(line: str) -> bool:
    spoken_by_sudo = "sudo" in line or line.startswith("sorry")
    return spoken_by_sudo and any(words in line for words in _REFUSALS)
