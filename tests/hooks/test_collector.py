"""From exchanges to traffic: what is counted, what is kept, and within which bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hooks.made import NOON, answered, moment, scenario, sequences, traffic_of
from wcsdiag.hooks import held
from wcsdiag.hooks.collector import (
    MOST_CONTACTS,
    MOST_EXCHANGES,
    Expected,
    TrafficCollector,
    collect,
)
from wcsdiag.hooks.exchange import Exchange, Failure, JsonObject, Outcome, Source
from wcsdiag.hooks.keeping import LONGEST_BODY
from wcsdiag.hooks.numbers import MOST_METHODS
from wcsdiag.hooks.sessions import MOST_KEPT
from wcsdiag.hooks.synthetic import ids_of
from wcsdiag.hooks.traffic import Contact, Flow, State


def many(count: int, method: str = "connect") -> Iterator[Exchange]:
    for number in range(count):
        yield answered(method, number / 10, {"appKey": "app", "sessionId": f"s{number}", "n": 1})


def failed(exchange: Exchange) -> Exchange:
    return replace(exchange, status=500)


def test_nothing_gives_nothing_that_could_be_judged() -> None:
    traffic = collect([], Source.LOG, "empty.log")
    assert (traffic.count, traffic.session_count, traffic.flow) == (0, 0, Flow.UNKNOWN)


def test_each_rest_method_of_each_app_has_its_numbers() -> None:
    slow = replace(answered("connect", 2.0), seconds=0.5)
    timed_out = replace(slow, status=None, failure=Failure.TIMED_OUT, seconds=None)
    unknown = replace(slow, status=None, failure=Failure.NOT_SEEN, answer_text=None)
    other = answered("connect", 1.0, {"appKey": "other"})
    hooks = [slow, timed_out, failed(slow), failed(slow), unknown, other]
    first, second = collect(hooks, Source.CAPTURE, "x").numbers
    assert (first.app_key, first.method) == ("defaultApp", "connect")
    assert (first.count, first.failed, first.unknown) == (5, 3, 1)
    assert first.failures == (("500", 2), (Failure.TIMED_OUT.value, 1))
    assert (first.p50_s, first.max_s, first.last_seen) == (0.5, 0.5, moment(2.0))
    assert (second.app_key, second.count) == ("other", 1)


def test_names_are_counted_together_whatever_their_case_and_shown_as_first_seen() -> None:
    hooks = [answered("callStatusEvent", 0.0), answered("CallStatusEvent", 1.0)]
    (numbers,) = collect(hooks, Source.CAPTURE, "x").numbers
    assert (numbers.method, numbers.count) == ("callStatusEvent", 2)


def test_the_trace_goes_from_the_first_request_to_the_last_answer() -> None:
    hooks = [replace(answered("call", 5.0), seconds=2.0), answered("call", 3.0)]
    traffic = traffic_of(hooks)
    assert (traffic.began, traffic.ended) == (moment(3.0), moment(7.0))
    longer = traffic_of(hooks, began=-1.0, ended=9.0)
    assert (longer.began, longer.ended) == (moment(-1.0), moment(9.0))


def test_kept_exchanges_are_bounded_and_those_that_failed_go_first() -> None:
    hooks = [failed(e) if n % 10 == 0 else e for n, e in enumerate(many(5000))]
    traffic = traffic_of(hooks)
    assert len(traffic.exchanges) <= MOST_EXCHANGES
    assert traffic.count == 5000
    assert sum(e.status == 500 for e in traffic.exchanges) == 500 == traffic.failed
    assert [e.sent_at for e in traffic.exchanges] == sorted(
        e.sent_at or NOON for e in traffic.exchanges
    )
    assert {(e.sent_at or NOON) > moment(400) for e in traffic.exchanges} == {True, False}


def test_kept_bodies_are_cut_and_masked() -> None:
    body: JsonObject = {
        "sessionId": "s1",
        "sipPassword": "hunter2",
        "custom": {"authToken": "t0ken"},
        "sdp": "v=0 " * 5000,
    }
    (kept,) = traffic_of([answered("connect", 0.0, body)]).exchanges
    assert "hunter2" not in repr(kept)
    assert "t0ken" not in repr(kept)
    assert len(kept.request_text or "") <= LONGEST_BODY + 100
    assert kept.request_truncated
    assert kept.answer_truncated
    assert kept.session_id == "s1"


def test_sessions_are_bounded_and_the_broken_ones_go_first() -> None:
    hooks = [failed(e) if n >= 400 else e for n, e in enumerate(many(500))]
    traffic = traffic_of(hooks, Expected({"app": frozenset({"connect"})}))
    assert (traffic.session_count, traffic.broken_count) == (500, 100)
    assert len(traffic.sessions) == MOST_KEPT
    assert [s.state for s in traffic.sessions[:100]] == [State.BROKEN] * 100
    (step,) = traffic.broken_steps
    assert (step.sequence, step.step, step.count) == ("connection", "connect", 100)


def test_a_session_that_was_given_up_is_counted_once_and_misses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held, "MOST_SESSIONS", 10)
    begun = scenario("call", "long")
    later = [replace(e, sent_at=moment(200 + n)) for n, e in enumerate(begun[3:])]
    between = [e for n in range(20) for e in scenario("connection", str(n), start=20.0 + n)]
    traffic = traffic_of([*begun[:3], *between, *later])
    assert traffic.session_count == 21
    assert traffic.broken_count == 0


def test_of_too_many_hooks_those_of_ended_sessions_are_given_up_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held, "MOST_HOOKS", 12)
    call = scenario("call", "long")
    left = {"appKey": "defaultApp", "status": "DISCONNECTED"}
    over = [
        hook
        for n in range(20)
        for hook in (
            *scenario("connection", str(n), start=10.0 + n),
            answered(
                "ConnectionStatusEvent", 11.5 + n, {**left, "sessionId": ids_of(str(n)).session_id}
            ),
        )
    ]
    later = [replace(e, sent_at=moment(40 + n)) for n, e in enumerate(call[3:])]
    traffic = traffic_of([*call[:3], *over, *later])
    assert traffic.session_count == 21
    (whole,) = (q for q in sequences(traffic) if q.name == "outgoing call")
    assert (whole.state, len(whole.steps)) == (State.COMPLETE, len(call))


def test_a_session_without_end_is_judged_in_parts() -> None:
    traffic = traffic_of([failed(answered("call", n * 0.1)) for n in range(2000)])
    assert (traffic.session_count, traffic.broken_count) == (1, 1)
    assert sum(len(q.steps) for s in traffic.sessions for q in s.sequences) == 2000


def test_traffic_may_be_asked_for_again_and_again() -> None:
    collector = TrafficCollector(Source.LOG, "x", Expected(scenarios=("call",)))
    for hook in scenario("call")[:3]:
        collector.add(hook)
    assert collector.traffic() == collector.traffic()
    assert collector.traffic().broken_count == 1
    for hook in scenario("call")[3:]:
        collector.add(hook)
    assert collector.traffic().broken_count == 0


def test_hooks_without_a_session_are_one_session_of_their_app() -> None:
    hooks = [answered("connect", n, {"appKey": app}) for n, app in enumerate("aab")]
    sessions = traffic_of(hooks).sessions
    assert [(s.app_key, s.session_id) for s in sessions] == [("a", None), ("b", None)]


@pytest.mark.parametrize("kept", [True, False], ids=["whole bodies", "thinned out"])
def test_an_answer_in_a_log_is_an_answer_in_the_steps_of_its_session(*, kept: bool) -> None:
    logged = [replace(hook, source=Source.LOG, status=None) for hook in scenario("call")]
    hooks = logged if kept else [replace(each, answer_text="") for each in logged]
    traffic = collect(hooks, Source.LOG, "x")
    steps = [step for each in traffic.sessions for run in each.sequences for step in run.steps]
    shown = [*traffic.exchanges, *steps]
    assert len(steps) == len(hooks)
    assert {exchange.outcome for exchange in shown} == {Outcome.ANSWERED}


def test_too_many_rest_methods_share_one_row() -> None:
    traffic = traffic_of(answered(f"m{n}", n) for n in range(MOST_METHODS + 50))
    assert len(traffic.numbers) == MOST_METHODS + 1
    assert sum(n.count for n in traffic.numbers) == traffic.count == MOST_METHODS + 50
    assert traffic.notes


def test_the_same_contact_again_is_counted_and_their_number_is_bounded() -> None:
    collector = TrafficCollector(Source.CAPTURE, "x")
    for number in range(MOST_CONTACTS * 2):
        for _ in range(2):
            contact = Contact(f"192.0.2.7:{number}", Failure.REFUSED, "reset", NOON)
            collector.add_contact(contact)
    contacts = collector.traffic().contacts
    assert len(contacts) == MOST_CONTACTS + 1
    assert sum(contact.count for contact in contacts) == MOST_CONTACTS * 4
    assert contacts[0].count == 2
    assert collector.traffic().flow is Flow.UNHEALTHY


def test_a_note_is_kept_once() -> None:
    collector = TrafficCollector(Source.CAPTURE, "x")
    for _ in range(3):
        collector.note("cut by wcsdiag's limit")
    assert collector.traffic().notes == ("cut by wcsdiag's limit",)


def test_answers_that_break_the_contract_are_counted() -> None:
    good = answered("connect", 0.0, {"appKey": "a", "sessionId": "s", "custom": {}})
    lost = replace(good, answer_text='{"appKey":"a"}')
    page = replace(good, answer_text="<html>", content_type="text/html")
    traffic = collect([good, lost, lost, page], Source.CAPTURE, "x")
    violations = {answers.text: answers.count for answers in traffic.violations}
    assert violations["fields of the hook do not come back: sessionId, custom"] == 2
    assert any("HTML" in name for name in violations)
    assert traffic.flow is Flow.UNHEALTHY


def test_an_event_whose_fields_do_not_come_back_is_a_remark_and_no_fault() -> None:
    event = answered("CallStatusEvent", 0.0, {"appKey": "a", "sessionId": "s", "custom": {}})
    traffic = collect([replace(event, answer_text='{"appKey":"a"}')], Source.CAPTURE, "x")
    assert [answers.are_unusable for answers in traffic.violations] == [False]
    assert traffic.flow is Flow.HEALTHY


def test_of_a_log_only_the_fields_of_an_answer_are_judged() -> None:
    logged = replace(answered("connect", 0.0), source=Source.LOG, status=None, content_type=None)
    cut = replace(logged, answer_text='{"appKey" : "def')
    lost = replace(logged, answer_text=json.dumps({"appKey": "defaultApp"}))
    violations = collect([logged, cut, lost], Source.LOG, "x").violations
    assert [(answers.text, answers.count) for answers in violations] == [
        ("fields of the hook do not come back: sessionId", 1)
    ]


TEXT = st.text(max_size=12) | st.sampled_from(["s1", "s2", "ESTABLISHED", "FINISH"])
BODIES = st.dictionaries(
    st.sampled_from(
        ["appKey", "sessionId", "callId", "mediaSessionId", "name", "status", "published", "x"]
    ),
    TEXT | st.none() | st.booleans() | st.integers() | st.lists(TEXT, max_size=2),
)
METHODS = st.text(max_size=8) | st.sampled_from(
    [
        *("connect", "ConnectionStatusEvent", "RegistrationStatusEvent", "call", "OnCallEvent"),
        *("CallStatusEvent", "hangup", "sendMessage", "MessageStatusEvent", "OnMessageEvent"),
        *("publishStream", "StreamStatusEvent", "unPublishStream", "playStream", "stopStream"),
    ]
)
MOMENTS = (
    st.none()
    | st.datetimes()
    | st.datetimes(timezones=st.just(NOON.tzinfo or None))
    | st.floats(0, 60).map(moment)
)
EXCHANGES = st.builds(
    Exchange,
    st.sampled_from(Source),
    METHODS,
    TEXT,
    BODIES,
    sent_at=MOMENTS,
    status=st.none() | st.sampled_from([200, 403, 500]),
    content_type=st.none() | st.sampled_from(["application/json", "text/html"]),
    answer_text=st.none() | TEXT | BODIES.map(json.dumps),
    answer_truncated=st.booleans(),
    seconds=st.none() | st.floats(),
    error=st.none() | TEXT,
    failure=st.none() | st.sampled_from(Failure),
    request_text=st.none() | TEXT,
    request_truncated=st.booleans(),
    closed_in_use=st.booleans(),
)
EXPECTED = st.builds(
    Expected,
    st.none() | st.just({"s1": frozenset({"connect", "call"})}),
    st.none() | st.floats(0, 20),
    st.sampled_from([(), ("call",), ("connection", "message"), ("registration", "play")]),
)


@given(st.lists(EXCHANGES, max_size=30), EXPECTED, MOMENTS, MOMENTS)
@settings(deadline=None, max_examples=300)
def test_whatever_comes_is_counted_and_never_raises(
    exchanges: list[Exchange], expected: Expected, began: datetime | None, ended: datetime | None
) -> None:
    collector = TrafficCollector(Source.CAPTURE, "x", expected)
    for exchange in exchanges:
        collector.add(exchange)
    traffic = collector.traffic(began, ended)
    assert traffic.count == len(exchanges) == sum(n.count for n in traffic.numbers)
    assert traffic.failed == sum(e.outcome.value == "failed" for e in exchanges)
    steps = sum(len(q.steps) for s in traffic.sessions for q in s.sequences)
    assert steps == len(exchanges)
    assert traffic.broken_count == sum(
        s.state is State.BROKEN and s.sequences[0].steps != () for s in traffic.sessions
    )
    assert traffic.flow in Flow


def test_where_half_of_the_sessions_lack_a_step_for_an_unknown_reason_nobody_can_tell() -> None:
    silent = [answered("connect", float(n), {"sessionId": f"s{n}", "appKey": "a"}) for n in (0, 1)]
    later = answered("OnDataEvent", 600.0, {"sessionId": "s9", "appKey": "a"})

    traffic = collect([*silent, later], Source.CAPTURE, "x")

    (step,) = traffic.broken_steps
    assert (step.step, step.count, step.example.is_certain) == ("ConnectionStatusEvent", 2, False)
    assert traffic.flow is Flow.UNKNOWN


def test_an_answer_that_broke_off_is_a_failure_and_its_beginning_is_not_judged() -> None:
    begun = answered("connect", 0.0, {"appKey": "a", "sessionId": "s"})
    broken_off = replace(begun, answer_text='{"app', failure=Failure.CLOSED_EARLY)

    traffic = collect([broken_off], Source.CAPTURE, "x")

    assert traffic.violations == ()
    assert traffic.failed == 1
