"""The three captures of the vendor's page, packet by packet, as the program judges them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.capture.build import pcap, pcapng
from tests.capture.page import PAGE, page_packets
from tests.e2e.program import Ended, Program, controls_in

EXPECTED = {"connection": "registration", "call": "call", "messages": "message"}
"""What each capture of the page must hold whole."""

TOLD = {
    "connection": (0, 1, 2),
    # Of three CallStatusEvents in a row any one may go: their bodies are not on the page.
    "call": (0, 4, 5),
    "messages": (0, 1, 2, 3),
}
"""The places whose hook can be missed."""

COVERED = [("call", place) for place in (1, 2, 3)]
DROPPED = [(scenario, place) for scenario, places in TOLD.items() for place in places]


def traced(home: Path, scenario: str, dropped: int | None, *arguments: str) -> Ended:
    capture = home / "page.pcap"
    capture.write_bytes(pcap(page_packets(scenario, dropped)))
    return Program(home, ()).run("trace", str(capture), *arguments)


@pytest.mark.parametrize("scenario", PAGE)
@pytest.mark.parametrize("expects", [True, False], ids=["expected", "not asked for"])
def test_a_capture_of_the_page_is_complete(scenario: str, expects: bool, tmp_path: Path) -> None:
    expected = ("--expect", EXPECTED[scenario]) if expects else ()
    ended = traced(tmp_path, scenario, None, "--format", "json", *expected)
    assert (ended.code, ended.err) == (0, b""), ended
    trace = json.loads(ended.out)
    assert trace["flow"] == "healthy"
    assert trace["broken_steps"] == []
    assert [each["method"] for each in trace["exchanges"]] == [
        hook.method for hook in PAGE[scenario]
    ]
    (session,) = trace["sessions"]
    assert [each["state"] for each in session["sequences"]] == ["complete"]


@pytest.mark.parametrize("scenario", PAGE)
def test_it_reads_as_complete_for_a_person(scenario: str, tmp_path: Path) -> None:
    ended = traced(tmp_path, scenario, None, "--expect", EXPECTED[scenario])
    assert (ended.code, ended.err) == (0, b""), ended
    text = ended.out.decode()
    assert text.startswith("HEALTHY")
    assert ": complete" in text
    assert not controls_in(ended.out)


@pytest.mark.parametrize("scenario", PAGE)
@pytest.mark.parametrize("link", ["sll", "sll2", "ethernet", "raw", "null"])
def test_how_it_was_captured_does_not_matter(scenario: str, link: str, tmp_path: Path) -> None:
    capture = tmp_path / "page.pcapng"
    capture.write_bytes(pcapng(page_packets(scenario), link))
    arguments = ("trace", str(capture), "--expect", EXPECTED[scenario], "--format", "json")
    ended = Program(tmp_path, ()).run(*arguments)
    assert ended.code == 0, ended
    assert json.loads(ended.out)["count"] == len(PAGE[scenario])


@pytest.mark.parametrize(("scenario", "dropped"), DROPPED)
def test_a_hook_that_is_not_there_is_named_in_every_format(
    scenario: str, dropped: int, tmp_path: Path
) -> None:
    name = PAGE[scenario][dropped].method
    expected = ("--expect", EXPECTED[scenario])
    ended = traced(tmp_path, scenario, dropped, "--format", "json", *expected)
    assert (ended.code, ended.err) == (1, b""), ended
    trace = json.loads(ended.out)
    assert trace["flow"] == "unhealthy"
    assert {(each["fault"], each["step"].lower()) for each in trace["broken_steps"]} == {
        ("missing", name.lower())
    }
    for kind in ("text", "html", "mermaid"):
        shown = traced(tmp_path, scenario, dropped, "--format", kind, *expected)
        assert shown.code == 1
        assert name.lower() in shown.out.decode().lower()


@pytest.mark.parametrize(("scenario", "dropped"), DROPPED)
def test_the_first_lines_say_which_hook_is_missing_and_what_it_means(
    scenario: str, dropped: int, tmp_path: Path
) -> None:
    ended = traced(tmp_path, scenario, dropped, "--expect", EXPECTED[scenario])
    assert ended.code == 1, ended
    first = " ".join(" ".join(ended.out.decode().splitlines()[:2]).split()).lower()
    assert first.startswith("unhealthy")
    assert PAGE[scenario][dropped].method.lower() in first
    text = " ".join(ended.out.decode().split())
    assert "is not in the trace: " in text


@pytest.mark.parametrize(("scenario", "dropped"), COVERED)
def test_a_status_event_among_others_is_not_missed(
    scenario: str, dropped: int, tmp_path: Path
) -> None:
    ended = traced(tmp_path, scenario, dropped, "--expect", EXPECTED[scenario])
    assert ended.code == 0, ended


def test_the_whole_page_in_one_capture_is_complete(tmp_path: Path) -> None:
    files = []
    for scenario in PAGE:
        files.append(tmp_path / f"{scenario}.pcap")
        files[-1].write_bytes(pcap(page_packets(scenario)))
    expected = [word for name in EXPECTED.values() for word in ("--expect", name)]
    arguments = ("trace", *map(str, files), "--format", "json", *expected)
    ended = Program(tmp_path, ()).run(*arguments)
    assert ended.code == 0, ended
    assert json.loads(ended.out)["count"] == sum(map(len, PAGE.values()))
