"""A recording holds what came, without secrets, and is read back whatever happened to it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wcsdiag.errors import UsageError
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.receiver.recording import Recorder, RecordingError, is_recording, read_recording

REQUEST = {"appKey": "defaultApp", "sdp": "v=0\r\n" * 1000, "custom": {"authToken": "canary-1"}}
WHOLE = Exchange(
    source=Source.RECORDING,
    method="connect",
    url="http://127.0.0.1:9091/hooks/connect",
    request=REQUEST,
    sent_at=datetime(2026, 1, 2, 3, 4, 5, 678, UTC),
    status=200,
    content_type="application/json",
    answer_text='{"appKey": "défaut", "sipPassword": "canary-2"}',
    answer_truncated=True,
    seconds=0.25,
    error="words",
    failure=Failure.CLOSED_EARLY,
    request_text=json.dumps(REQUEST),
    request_truncated=True,
    first_byte_s=0.125,
    request_bytes=100,
    answer_bytes=200,
    place="recording.jsonl, line 2",
    connection="127.0.0.1:1 - 127.0.0.1:9091",
    closed_in_use=True,
)


def recorded(file: Path, *exchanges: Exchange, append: bool = False, secrets: bool = True) -> Path:
    recorder = Recorder(file, append=append, keep_secrets=secrets)
    for exchange in exchanges:
        recorder.write(exchange)
    recorder.close()
    return file


def read(file: Path) -> tuple[list[Exchange], list[str]]:
    notes: list[str] = []
    return list(read_recording(file, notes.append)), notes


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    file = recorded(tmp_path / "recording.jsonl", WHOLE)
    assert read(file) == ([WHOLE], [])


def test_only_its_owner_may_read_it_and_each_exchange_is_there_at_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "recording.jsonl")
    recorder.write(WHOLE)
    file = tmp_path / "recording.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(read(file)[0]) == 1
    recorder.close()


def test_secrets_are_masked_and_all_else_is_whole(tmp_path: Path) -> None:
    file = recorded(tmp_path / "recording.jsonl", WHOLE, secrets=False)
    ((exchange,), _) = read(file)
    assert "canary" not in file.read_text()
    assert exchange.request == {**REQUEST, "custom": {"authToken": "[redacted]"}}


def test_a_body_without_secrets_stays_as_it_was_written(tmp_path: Path) -> None:
    text = '{ "b":1,\n  "a" : 2 }'
    file = recorded(tmp_path / "r", replace(WHOLE, request_text=text), secrets=False)
    assert read(file)[0][0].request_text == text


@pytest.mark.parametrize("text", ["password=canary-3", "\ud800 token=canary-3", "[" * 100_000])
def test_a_body_that_is_no_object_is_recorded_without_secrets(tmp_path: Path, text: str) -> None:
    file = recorded(tmp_path / "r", replace(WHOLE, request_text=text), secrets=False)
    assert "canary-3" not in file.read_text()
    assert len(read(file)[0]) == 1


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = recorded(tmp_path / "r", WHOLE)
    with pytest.raises(UsageError, match="the file exists"):
        Recorder(file)
    assert len(read(file)[0]) == 1


def test_a_recording_goes_on_even_after_half_a_line(tmp_path: Path) -> None:
    file = recorded(tmp_path / "r", WHOLE)
    with file.open("a") as opened:
        opened.write('{"method": "cal')
    exchanges, notes = read(recorded(file, WHOLE, append=True))
    assert len(exchanges) == 2
    assert notes == ["line 3 is left out: it is not a JSON object"]


@pytest.mark.parametrize("append", [False, True])
def test_a_directory_is_named_as_one(append: bool, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        Recorder(tmp_path, append=append)


def test_append_begins_a_recording_where_there_is_none(tmp_path: Path) -> None:
    assert len(read(recorded(tmp_path / "r", WHOLE, append=True))[0]) == 1


@pytest.mark.parametrize("content", ["", "text\n", '{"format": "har"}\n', "[]\n"])
def test_another_file_is_neither_continued_nor_read(tmp_path: Path, content: str) -> None:
    file = tmp_path / "r"
    file.write_text(content)
    with pytest.raises(RecordingError, match="not a recording"):
        Recorder(file, append=True)
    with pytest.raises(RecordingError, match="not a recording"):
        read(file)
    assert file.read_text() == content
    assert not is_recording(content.encode())


def test_a_later_version_is_refused_and_named(tmp_path: Path) -> None:
    file = tmp_path / "r"
    file.write_text('{"format": "wcsdiag-recording", "version": 2}\n')
    with pytest.raises(RecordingError, match="version 2"):
        read(file)


def test_neither_a_directory_nor_a_pipe_nor_nothing_is_a_recording(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (".", "pipe"):
        with pytest.raises(UsageError):
            Recorder(tmp_path / name, append=True)
    with pytest.raises(UsageError):
        Recorder(tmp_path / "absent" / "r")
    with pytest.raises(RecordingError):
        read(tmp_path / "absent")


BAD_LINES = {
    "not JSON": "{",
    "not an object": "[]",
    "no method": '{"url": "http://x"}',
    "no url": '{"method": "connect"}',
    "a number as text": '{"method": 1, "url": "http://x"}',
    "a text as number": '{"method": "a", "url": "b", "status": "200"}',
    "true as number": '{"method": "a", "url": "b", "status": true}',
    "not a number": '{"method": "a", "url": "b", "seconds": NaN}',
    "less than nothing": '{"method": "a", "url": "b", "seconds": -1}',
    "endless": '{"method": "a", "url": "b", "seconds": 1e999}',
    "no time": '{"method": "a", "url": "b", "sent_at": "yesterday"}',
    "no offset": '{"method": "a", "url": "b", "sent_at": "2026-01-02T03:04:05"}',
    "no flag": '{"method": "a", "url": "b", "closed_in_use": 1}',
    "nested": "[" * 100_000,
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    file = recorded(tmp_path / "r", WHOLE)
    with file.open("a") as opened:
        opened.write(BAD_LINES[name] + "\n")
    exchanges, notes = read(recorded(file, WHOLE, append=True))
    assert len(exchanges) == 2
    assert len(notes) == 1
    assert notes[0].startswith("line 3 is left out: ")


def test_a_line_without_bounds_is_left_out(tmp_path: Path) -> None:
    file = recorded(tmp_path / "r", WHOLE)
    with file.open("ab") as opened:
        for _ in range(40):
            opened.write(b"x" * (1 << 20))
        opened.write(b"\n")
    exchanges, notes = read(recorded(file, WHOLE, append=True))
    assert len(exchanges) == 2
    assert notes == ["line 3 is left out: it is longer than 16 MiB"]


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    file = recorded(tmp_path / "r", WHOLE)
    with file.open("a") as opened:
        opened.write("x\n" * 1000)
    _, notes = read(file)
    assert len(notes) == 21
    assert notes[-1] == "980 more lines were left out"


def test_an_unknown_failure_and_unknown_fields_are_borne(tmp_path: Path) -> None:
    file = recorded(tmp_path / "r")
    with file.open("a") as opened:
        opened.write('{"method": "a", "url": "b", "failure": "MELTED", "later": {}}\n')
    ((exchange,), notes) = read(file)
    assert exchange.failure is Failure.OTHER
    assert notes == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_content_is_more_than_a_note(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes
) -> None:
    file = recorded(tmp_path_factory.mktemp("r") / "r", WHOLE)
    with file.open("ab") as opened:
        opened.write(noise)
    try:
        exchanges, _ = read(file)
    except RecordingError:
        return
    assert exchanges[0] == replace(WHOLE, place="r, line 2")
