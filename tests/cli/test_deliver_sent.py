"""What is said of hooks that were sent: one verdict, the same in every format."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.traffic_samples import HEALTHY, UNHEALTHY
from wcsdiag.cli.deliver_sent import deliver_sent
from wcsdiag.cli.settings import TrafficOutput
from wcsdiag.hooks.traffic import Traffic
from wcsdiag.report.interface import TrafficFormat
from wcsdiag.sender.remarks import Remark, Tone

WRONG = (
    Remark(Tone.WRONG, "connect", "the body is empty", "Send it."),
    Remark(Tone.WRONG, "call", "the body is empty", "Send it.", count=2),
    Remark(Tone.GOOD, "latency", "quick"),
)


def delivered(
    traffic: Traffic,
    remarks: tuple[Remark, ...],
    kind: TrafficFormat,
    directory: Path,
    *,
    was_interrupted: bool = False,
) -> tuple[int, str]:
    file = directory / "out"
    output = TrafficOutput(format=kind, file=file)
    code = deliver_sent(traffic, remarks, output, was_interrupted=was_interrupted)
    return code, file.read_text()


@pytest.mark.parametrize("kind", [TrafficFormat.TEXT, TrafficFormat.HTML, TrafficFormat.MERMAID])
def test_answers_that_are_wrong_are_not_called_healthy_anywhere(
    kind: TrafficFormat, tmp_path: Path
) -> None:
    code, text = delivered(HEALTHY, WRONG, kind, tmp_path)

    assert code == 1
    assert "UNHEALTHY" in text
    assert "HEALTHY" not in text.replace("UNHEALTHY", "")


def test_json_has_the_verdict_of_the_exit_code(tmp_path: Path) -> None:
    code, text = delivered(HEALTHY, WRONG, TrafficFormat.JSON, tmp_path)

    judgement = json.loads(text)["judgement"]
    assert (code, judgement["exit_code"], judgement["verdict"]) == (1, 1, "unhealthy")
    assert judgement["interrupted"] is False


def test_a_step_that_is_missing_in_what_was_sent_is_not_the_web_servers_fault(
    tmp_path: Path,
) -> None:
    numbers = tuple(replace(each, failed=0, failures=()) for each in UNHEALTHY.numbers)
    traffic = replace(UNHEALTHY, numbers=numbers, contacts=(), violations=())

    assert delivered(traffic, (), TrafficFormat.TEXT, tmp_path)[0] == 0


def test_what_is_wrong_with_several_rest_methods_is_told_once(tmp_path: Path) -> None:
    text = delivered(HEALTHY, WRONG, TrafficFormat.TEXT, tmp_path)[1]

    assert text.count("the body is empty") == 1
    assert "connect, call  the body is empty (3 times)" in text


def test_an_interrupted_sending_says_so_and_how_far_it_came(tmp_path: Path) -> None:
    code, text = delivered(HEALTHY, (), TrafficFormat.TEXT, tmp_path, was_interrupted=True)

    assert code == 130
    assert text.startswith(f"HEALTHY  interrupted after {HEALTHY.count} hook")


def test_a_file_is_told_with_the_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivered(HEALTHY, WRONG, TrafficFormat.TEXT, tmp_path)

    assert capsys.readouterr().err.startswith("wcsdiag: unhealthy; ")
