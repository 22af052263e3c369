"""What needs root goes through sudo, and what to grant is said where that is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

import pytest

from wcsdiag.host.command import shell_command
from wcsdiag.host.interface import CommandResult, HostFailure
from wcsdiag.host.sudo import as_root, refusal


@pytest.mark.parametrize(
    ("template", "argument", "expected"),
    [
        ("head -c 5 -- %s", "/a b", "sudo -n head -c 5 -- '/a b'"),
        ("cat %s | head", "/a", "sudo -n /bin/sh -c 'cat /a | head'"),
        ("cd %s && ls", "/a", "sudo -n /bin/sh -c 'cd /a && ls'"),
    ],
)
def test_one_program_is_called_by_name_so_that_it_alone_can_be_allowed(
    template: LiteralString, argument: str, expected: str
) -> None:
    assert as_root(template, (argument,)) == expected


@pytest.mark.parametrize(
    "said",
    [
        "sudo: a password is required",
        "sudo: a terminal is required to read the password",
        "Sorry, user ops is not allowed to execute '/usr/bin/head' as root on wcs1.",
        "Sorry, user ops may not run sudo on wcs1.",
        "/bin/sh: 1: sudo: not found",
    ],
)
def test_a_refusal_of_sudo_is_a_missing_permission(said: str) -> None:
    result = CommandResult("head x", 1, b"", said.encode())
    error = refusal(result, "head -c 5 -- %s", "ops")
    assert error is not None
    assert refusal(replace(result, stderr=b"noise\n" + result.stderr), "head", "ops") is not None
    assert error.reason is HostFailure.PERMISSION
    assert said in str(error)
    assert "ops ALL=(root) NOPASSWD: head" in error.hint


def test_a_failure_of_the_command_itself_is_a_result() -> None:
    result = CommandResult("head x", 1, b"", b"head: cannot open 'x': No such file or directory")
    assert refusal(result, "head -c 5 -- %s", "ops") is None
    assert refusal(CommandResult("x", 0, b"", b"sudo: unable to resolve host"), "x", "o") is None


def test_arguments_are_quoted_and_percent_signs_survive() -> None:
    assert shell_command("date +%%s; echo %s", ("$(id) 'x'\0 100%",)) == (
        "date +%s; echo '$(id) '\"'\"'x'\"'\"' 100%'"
    )
    with pytest.raises(TypeError):
        shell_command("echo %s", ())
