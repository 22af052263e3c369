"""`wcsdiag logs` on local files of both generations: whole, rotated, compressed, bad."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.program import Ended, Program, controls_in
from wcsdiag.lab.log_writer import hook_log
from wcsdiag.lab.scenario import LabApp, LabLog, Scenario

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
APPS = (LabApp(url="http://127.0.0.1:9091/hooks"),)
CORE, MANAGER = Scenario(), Scenario(version="5.0.3000")
TIMED_OUT = "java.net.SocketTimeoutException: Read timed out"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, ())


def write_log(path: Path, scenario: Scenario, until: datetime = NOON) -> Path:
    content = hook_log(scenario, APPS, until).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    os.utime(path, (until.timestamp(), until.timestamp()))
    return path


def exchanges_in(ended: Ended) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(ended.out)["exchanges"]
    return found


@pytest.mark.parametrize("scenario", [CORE, MANAGER], ids=["5.1 and later", "with Manager"])
@pytest.mark.parametrize("name", ["wcs.log", "wcs.log.1.gz"])
def test_the_hooks_of_a_log_are_shown_with_their_date(
    scenario: Scenario, name: str, program: Program, tmp_path: Path
) -> None:
    log = write_log(tmp_path / name, scenario)
    ended = program.run("logs", str(log), "--zone", "UTC", "--format", "json")
    assert (ended.code, ended.err) == (0, b""), ended
    methods = {each["method"] for each in exchanges_in(ended)}
    assert {"connect", "ConnectionStatusEvent", "publishStream", "StreamStatusEvent"} <= methods
    assert all(str(each["sent_at"]).startswith("2026-03-02T1") for each in exchanges_in(ended))


def test_it_is_a_table_where_no_format_is_asked_for(program: Program, tmp_path: Path) -> None:
    ended = program.run("logs", str(write_log(tmp_path / "wcs.log", CORE)), "--zone", "UTC")
    assert ended.code == 0, ended
    assert b"connect" in ended.out
    assert not controls_in(ended.out)


def test_times_are_in_the_zone_that_is_named(program: Program, tmp_path: Path) -> None:
    log = write_log(tmp_path / "wcs.log", CORE)
    ended = program.run("logs", str(log), "--zone", "Asia/Tokyo", "--format", "json")
    assert "Asia/Tokyo" in ended.out.decode()
    moments = [datetime.fromisoformat(str(each["sent_at"])) for each in exchanges_in(ended)]
    assert {moment.utcoffset() for moment in moments} <= {timedelta(hours=9), timedelta(0)}


def test_a_failed_hook_is_unhealthy(program: Program, tmp_path: Path) -> None:
    log = write_log(tmp_path / "wcs.log", Scenario(log=LabLog(failures=(TIMED_OUT,))))
    ended = program.run("logs", str(log))
    assert ended.code == 1, ended
    assert b"Read timed out" in ended.out


def test_several_logs_are_one_in_the_order_of_time(program: Program, tmp_path: Path) -> None:
    newer = write_log(tmp_path / "wcs.log", CORE)
    older = write_log(tmp_path / "wcs.log.2.gz", CORE, NOON - timedelta(days=1))
    ended = program.run("logs", str(newer), str(older), "--zone", "UTC", "--format", "json")
    moments = [str(each["sent_at"]) for each in exchanges_in(ended)]
    assert moments == sorted(moments)
    assert {moment[:10] for moment in moments} == {"2026-03-01", "2026-03-02"}


def test_since_leaves_out_what_is_older(program: Program, tmp_path: Path) -> None:
    log = write_log(tmp_path / "wcs.log", CORE)
    ended = program.run("logs", str(log), "--since", "1h", "--format", "json")
    assert (ended.code, exchanges_in(ended)) == (3, [])


BAD: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "No such file"),
    "not a log": (b"\x89PNG\r\n\x1a\n" + bytes(500), "not a log"),
    "prose": (b"a line of prose\n" * 50, "not a log"),
}


@pytest.mark.parametrize(("content", "says"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_log_is_told_in_one_line(
    content: bytes | None, says: str, program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "file.log"
    if content is not None:
        file.write_bytes(content)
    ended = program.run("logs", str(file))
    assert (ended.code, ended.out) == (2, b""), ended
    assert ended.err.count(b"\n") == 1
    assert says in ended.err.decode()
    assert str(file) in ended.err.decode()


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing to read": ((), "no host: give --host"),
    "a directory": (("/",), "irectory"),
    "unknown zone": (("x.log", "--zone", "Mars/Base"), "Mars/Base"),
    "zone of a host": (("--host", "localhost", "--zone", "UTC"), "--zone is for files"),
    "since without unit": (("x.log", "--since", "60"), "--since: '60' is not a duration"),
    "since of the future": (("x.log", "--follow", "--since", "1h"), "--follow begins now"),
    "duration of the past": (("x.log", "--duration", "1h"), "--duration goes with --follow"),
    "follow two": (("x.log", "y.log", "--follow"), "one file"),
    "follow nothing": (("/nonexistent", "--follow"), "No such file"),
    "format": (("x.log", "--format", "terminal"), "text, json, html, mermaid"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_asked_wrongly_is_told_in_one_line(
    arguments: tuple[str, ...], says: str, program: Program
) -> None:
    ended = program.run("logs", *arguments)
    assert (ended.code, ended.out) == (2, b""), ended
    assert ended.err.count(b"\n") == 1
    assert says in ended.err.decode()
