"""The survey's process table."""

from __future__ import annotations

import pytest

from tests.wcs_machine import cases
from wcsdiag.wcs.process_table import JavaProcess, parse_process_table

_HOME = "/usr/local/FlashphonerWebCallServer"


@cases("process_table")
def test_process_table(printed: str, expected: str) -> None:
    table = parse_process_table(printed)

    lines = [_line(process) for process in table.processes]
    lines += [f"pid file {path}: {pid}" for path, pid in table.pid_files.items()]
    lines += ["hidden"] if table.hidden else []
    assert "\n".join(lines) == expected


def _line(process: JavaProcess) -> str:
    kind = "core" if process.is_core else "manager" if process.is_manager_of(_HOME) else "other"
    files = f"open={process.open_files}/{process.open_files_limit}"
    files += f" at_most={process.open_files_at_most}" if process.open_files_at_most else ""
    started = process.started.isoformat()
    return f"{process.pid} {process.user} {started} {kind} {files} rss={process.resident_kb}"


def _core(*arguments: str) -> JavaProcess:
    stat = "1 (java) " + " ".join(["0"] * 25)
    args = "\x1f".join(["java", *arguments, "com.flashphoner.server.Server"])
    return parse_process_table(f"btime 1\npid 1\nstat {stat}\nargs {args}").processes[0]


def test_a_secret_of_the_command_line_is_masked_and_known() -> None:
    process = _core("-Djavax.net.ssl.keyStorePassword=hunter2", "-Dx=1")

    assert "hunter2" not in process.command
    assert "hunter2" not in repr(process)
    assert process.secrets == ("hunter2",)


@pytest.mark.parametrize(
    ("argument", "home", "named"),
    [
        ("-XX:ErrorFile=/opt/wcs/logs/e.log", "/opt/wcs", True),
        ("-cp=/a.jar:/opt/wcs", "/opt/wcs", True),
        ("-cp=/a.jar:/opt/wcs", "/opt/wcs/", True),
        ("/opt/wcs-5.2.1/lib/x.jar", "/opt/wcs", False),
        ("/srv/opt/wcs/lib/x.jar", "/opt/wcs", False),
    ],
)
def test_a_home_is_named_only_as_a_whole_path(argument: str, home: str, *, named: bool) -> None:
    assert _core(argument).names(home) is named


def test_a_home_is_guessed_from_paths_with_wcs_before_the_jdk() -> None:
    process = _core("-cp", "/usr/lib/jvm/lib/a.jar:/data/FlashphonerWebCallServer/lib/wcs.jar")

    assert process.possible_homes[0] == "/data/FlashphonerWebCallServer"
