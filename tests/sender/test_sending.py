"""Scenarios, once or many times: the numbers add up, and nothing goes on without an end."""

from __future__ import annotations

import itertools
import json
import threading
from pathlib import Path

import pytest

from tests.e2e.real_target import echoing
from tests.sender.web import KEY, destination, ending
from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_web import answer, serving, silent
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.hooks.synthetic import SCENARIOS, new_ids
from wcsdiag.lifetime import Lifetime
from wcsdiag.sender import pacing
from wcsdiag.sender.latencies import Latencies, percentile
from wcsdiag.sender.pacing import Pacer
from wcsdiag.sender.sending import CONNECT_ALONE, Plan, Sending, hooks_of


def sent(plan: Plan, url: str, lifetime: Lifetime, **changes: object) -> Sending:
    return Sending(plan, destination(url, lifetime, **changes), lifetime)


@pytest.mark.parametrize("scenario", [CONNECT_ALONE, *SCENARIOS])
def test_a_scenario_is_sent_in_its_order_with_its_app_key(
    scenario: str, lifetime: Lifetime
) -> None:
    with serving(answer()) as server:
        sending = sent(Plan(scenario, "myKey"), server.url(), lifetime)
        exchanges = list(sending)
    planned = [method for method, _ in hooks_of(scenario, "myKey", new_ids())]
    assert [exchange.method for exchange in exchanges] == planned
    assert {exchange.app_key for exchange in exchanges} == {"myKey"}
    assert len({exchange.session_id for exchange in exchanges}) == 1
    assert all("synthetic" in str(exchange.session_id) for exchange in exchanges)
    assert {exchange.status for exchange in exchanges} == {200}


def test_the_numbers_of_many_runs_over_several_connections_add_up(
    tmp_path: Path, lifetime: Lifetime
) -> None:
    port = free_port()
    with running_nginx(tmp_path, echoing(port), port):
        plan = Plan("message", KEY, runs=30, connections=3)
        sending = sent(plan, f"http://127.0.0.1:{port}/hooks", lifetime)
        exchanges = list(sending)
    assert len(exchanges) == 30 * 4
    assert {exchange.status for exchange in exchanges} == {200}
    assert len({exchange.session_id for exchange in exchanges}) == 30
    assert sending.opened == 3
    assert sending.closed_idle == 0


def test_no_more_connections_than_runs(lifetime: Lifetime) -> None:
    with serving(answer()) as server:
        sending = sent(Plan("connect", KEY, connections=50), server.url(), lifetime)
        assert len(list(sending)) == 1
    assert len(server.requests) == 1


def test_wcs_would_not_go_on_after_a_connect_that_is_refused(lifetime: Lifetime) -> None:
    with serving(answer("403 No")) as server:
        exchanges = list(sent(Plan("registration", KEY), server.url(), lifetime))
    assert [exchange.method for exchange in exchanges] == ["connect"]


def test_a_scenario_goes_on_after_other_hooks_that_are_refused(lifetime: Lifetime) -> None:
    with serving(answer("403 No")) as server:
        assert len(list(sent(Plan("play", KEY), server.url(), lifetime))) == 4


def test_a_web_server_that_never_answers_is_given_up(lifetime: Lifetime) -> None:
    url = f"http://127.0.0.1:{free_port()}/hooks"
    sending = sent(Plan("connect", KEY, runs=1000), url, lifetime)
    assert len(list(sending)) == 10
    assert sending.gave_up


def test_the_end_of_the_run_ends_the_sending() -> None:
    lifetime = Lifetime(timeout_s=1, deadline_s=1)
    with serving(silent) as server:
        plan = Plan("connect", KEY, runs=1000, connections=4)
        exchanges = list(sent(plan, server.url(), lifetime, answer_limit_s=None))
    assert 1 <= len(exchanges) <= 4
    assert not any(exchange.status for exchange in exchanges)


def test_who_stops_listening_can_end_it() -> None:
    lifetime = Lifetime(timeout_s=1, deadline_s=60)
    with serving(ending(lifetime)) as server:
        sending = sent(Plan("connect", KEY), server.url(), lifetime, answer_limit_s=None)
        assert [exchange.status for exchange in sending] == [None]


def test_the_rate_is_kept_by_all_connections_together(
    lifetime: Lifetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    monkeypatch.setattr(pacing, "sleep_until", lambda moment, _lifetime: turns.append(moment))
    pacer = Pacer(100, lifetime)
    threads = [threading.Thread(target=lambda: [pacer.wait() for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    turns.sort()
    assert len(turns) == 20
    assert all(later - turn > 0.0099 for turn, later in itertools.pairwise(turns))


def test_percentiles_are_values_that_were_measured() -> None:
    ordered = [float(number) for number in range(1, 101)]
    assert [percentile(ordered, share) for share in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 50) == 7.0


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "the answer took 1.0 ms; that is 0.1% of"),
        (2, "2 answers: p50 1.0 ms, max 2.0 ms; max is 0.2% of"),
        (20, "20 answers: p50 10.0 ms, p95 19.0 ms, max 20.0 ms; max is 2.0% of"),
        (100, "p95 95.0 ms, p99 99.0 ms, max 100.0 ms; p99 is 9.9% of"),
    ],
)
def test_a_percentile_is_told_of_as_many_answers_as_can_show_it(count: int, words: str) -> None:
    latencies = Latencies()
    for number in range(1, count + 1):
        took = Exchange(Source.PROBE, "connect", "http://web/connect", {}, seconds=number / 1000)
        latencies.add(took)
    remark = latencies.remark(1.0, through_host=False)
    assert remark is not None
    assert words in remark.text


def test_the_latency_is_told_against_the_limit(lifetime: Lifetime) -> None:
    with serving(answer()) as server:
        exchanges = list(sent(Plan("connect", KEY, runs=3), server.url(), lifetime))
    latencies = Latencies()
    for exchange in exchanges:
        latencies.add(exchange)
    remark = latencies.remark(15.0, through_host=True)
    assert remark is not None
    assert remark.text.startswith("3 answers: p50 ")
    assert "of rest_request_timeout (15 s)" in remark.text
    assert "the way from here to the host and back included" in remark.text
    slow = latencies.remark(1e-6, through_host=False)
    assert slow is not None
    assert "which is near" in slow.text
    assert Latencies().remark(15.0, through_host=False) is None


def test_bodies_are_synthetic_json(lifetime: Lifetime) -> None:
    with serving(answer()) as server:
        list(sent(Plan("publish", KEY), server.url(), lifetime))
        bodies = [json.loads(each.partition(b"\r\n\r\n")[2]) for each in server.requests]
    assert all("synthetic" in body["nodeId"] for body in bodies)
