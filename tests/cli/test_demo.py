"""`wcsdiag demo`: the list of faults, and a run against the lab."""

from __future__ import annotations

import json

import pytest

from tests.support import require
from wcsdiag.cli.main import main
from wcsdiag.plugins import load


def test_the_faults_are_listed_for_people_and_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(("demo", "--list")) == 0
    text = capsys.readouterr().out
    assert main(("demo", "--list", "--format", "json")) == 0
    listed = json.loads(capsys.readouterr().out)

    assert len(listed) >= 24
    assert all(set(each) == {"name", "summary", "cause"} for each in listed)
    assert all(each["name"] in text for each in listed)


@pytest.mark.parametrize("arguments", [("--fault", "web-server-dwon"), ("--format", "yaml")])
def test_what_the_demo_does_not_know_is_exit_code_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("demo", *arguments)) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_comes_first_in_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    require(load().checks, "the package is not installed: its checks cannot be found")

    code = main(("demo", "--fault", "error-500", "--format", "json"))

    report = json.loads(capsys.readouterr().out)
    assert (code, report["exit_code"]) == (1, 1)
    assert report["causes"][0]["code"] == "WEB108"
