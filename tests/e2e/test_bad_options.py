"""What the user gives and cannot be used: one line that names it, and exit code 2."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program, controls_in
from wcsdiag.cli.main import main


@contextlib.contextmanager
def without_root() -> Iterator[None]:
    """Root may read everything: for the while somebody else asks."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--ssh-key", "Permission denied"),
        ("--config", "Permission denied"),
        ("--output", "Permission denied|cannot be written to"),
    ],
)
def test_a_file_that_may_not_be_touched_is_one_line_and_exit_code_2(
    option: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    file = folder / "file"
    file.touch()
    arguments = ("all", "--host", "localhost", option, str(file))
    main((*arguments, "--timeout", "never"))  # what is imported late may lie out of nobody's reach
    capsys.readouterr()
    file.chmod(0)
    folder.chmod(0o500)
    tmp_path.chmod(0o755)

    with without_root():
        code = main(arguments)

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(says, err)
    assert str(folder) in err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[defaults]\nhots = 'x'\n", "did you mean 'host'?"),
        (b"[default]\nhost = 'x'\n", "did you mean 'defaults'?"),
        (b"[profiles.night]\ndead-line = 3\n", "did you mean 'deadline'?"),
        (b"[defaults]\nhost = \x1b[2J\xff\n", "config file"),
        (b"[defaults]\nssh-port = true\n", "must be a text or a number"),
        (b"defaults = 3\n", "must be a table"),
        (b"[" * 100_000, "config file"),
        (bytes(range(256)), "config file"),
    ],
)
def test_a_config_file_that_is_wrong_is_one_line_and_exit_code_2(
    content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)

    ended = Program(tmp_path, ("--host", "localhost")).run("all", "--config", str(path))

    assert (ended.code, ended.out, ended.err.count(b"\n")) == (2, b"", 1)
    assert says in ended.err.decode()
    assert not controls_in(ended.err)
