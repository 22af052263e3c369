"""The benchmarks' own rules: a contender that fails never wins, and a limit is a limit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import dropped_ports, healthy_run, rule_sets, traffic
from benchmarks.measure import Contender, Limit, Measured, cost_of, race, run, table
from benchmarks.startup import SCRIPT
from tests.support import require_tool

ROWS = (Measured("base", 0.1, 1.0), Measured("other", 0.15, 1.5))


def _python(name: str, code: str) -> Contender:
    return Contender(name, (sys.executable, "-c", code))


def test_a_contender_that_does_not_do_its_job_ends_the_race() -> None:
    with pytest.raises(RuntimeError, match=r"broken exited with 3:\s+why"):
        race([_python("base", ""), _python("broken", "print('why'); exit(3)")], rounds=1)


def test_the_first_contender_is_the_baseline() -> None:
    measured = race([_python("base", ""), _python("other", "")], rounds=2)

    assert [row.name for row in measured] == ["base", "other"]
    assert measured[0].ratio == 1.0
    assert "| other | 150 ms | 1.50 |" in table(ROWS)


def test_a_limit_is_broken_by_more_than_its_ratio() -> None:
    assert Limit("other", 1.5).broken_by(ROWS) == ""
    assert Limit("other", 1.4).broken_by(ROWS) == "other: 1.50, limit 1.40"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (rule_sets.Row("reading", 0.9, 3.0, is_ours=True).broken, ""),
        (rule_sets.Row("json", 1.2, 1.0).broken, ""),
        (rule_sets.Row("reading", 1.2, 3.0, is_ours=True).broken, "1.20 s for 10000 rules"),
        (dropped_ports.Cost("all", 1.0, 7.0, 1.2).broken, ""),
        (dropped_ports.Cost("all", 1.0, 11.0, 2.0).broken, "2.00 --timeout, limit 1.50"),
    ],
)
def test_limits_of_time_are_for_what_is_ours(broken: str, said: str) -> None:
    assert said in broken
    assert bool(broken) is bool(said)


def test_the_last_of_the_rules_decides_in_both_forms() -> None:
    rows = rule_sets.measured(rounds=1)

    assert [row.name for row in rows if row.is_ours] == [
        "nft's JSON: read and decide",
        "`iptables-save`: read and decide",
    ]


def test_the_script_names_every_question_that_it_asks() -> None:
    told = subprocess.run(
        [require_tool("bash"), str(SCRIPT), "checks"], capture_output=True, text=True, check=True
    )

    assert len(told.stdout.splitlines()) == SCRIPT.read_text(encoding="utf-8").count("\nask '")


@pytest.mark.parametrize("fault", [None, "error-500"])
def test_every_contender_tells_health_from_a_fault(fault: str | None) -> None:
    for tool in ("bash", "ssh", "curl"):
        require_tool(tool)
    with healthy_run.against(fault) as contenders:
        for contender in contenders:
            run(contender)


def test_the_memory_of_whoever_measures_is_not_counted() -> None:
    held = bytearray(100_000_000)

    cost = cost_of(_python("small", "print(1)"))

    assert cost.peak_mb < len(held) / 2e6


def test_a_run_whose_cost_is_asked_for_must_do_its_job_too() -> None:
    with pytest.raises(RuntimeError, match=r"broken exited with 3:\s+why"):
        cost_of(_python("broken", "print('why'); exit(3)"))


def test_limits_of_large_traces_name_what_breaks_them() -> None:
    kept = traffic.Row("hour", 1.2, 70.0, limit_s=2.0, limit_mb=100.0)
    slow = traffic.Row("trace", 3.0, 50.0, 0.4, "tshark", limit=0.33)

    assert kept.broken == ""
    assert slow.broken == "trace: 0.40 times tshark, limit 0.33"
    assert "| trace | 3.00 s | 50 MB | 0.40 | 0.33 times tshark |" in traffic.table((slow,))
