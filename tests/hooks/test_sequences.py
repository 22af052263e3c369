"""Sequences of hooks: whole, open, broken, and by which step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.hooks.made import (
    all_faults,
    answered,
    dropped,
    faults,
    only,
    scenario,
    sequences,
    traffic_of,
    without_bodies,
    without_ids,
)
from wcsdiag.hooks.collector import Expected
from wcsdiag.hooks.exchange import Exchange, Failure, Outcome
from wcsdiag.hooks.sequences import SEQUENCES, named
from wcsdiag.hooks.synthetic import SCENARIOS, connect_hook, new_ids
from wcsdiag.hooks.traffic import Fault, Flow, State

ALL_METHODS = Expected(
    {"defaultApp": frozenset(step.method.lower() for s in SEQUENCES for step in s.steps)}
)
MISSING, FAILED = Fault.MISSING, Fault.FAILED
BEFORE, AFTER = -600.0, 600.0
"""Ends of a trace that plainly goes further than its hooks on both sides."""

# wcs.md 11, with the spelling of the capture.
PAGE = {
    "registration": (
        *(("connect", 3.621), ("ConnectionStatusEvent", 3.671)),
        ("RegistrationStatusEvent", 3.763),
    ),
    "call": (
        *(("call", 8.571), ("callStatusEvent", 8.682), ("callStatusEvent", 8.754)),
        *(("callStatusEvent", 8.988), ("hangup", 16.310), ("callStatusEvent", 16.354)),
    ),
    "message": (
        *(("sendMessage", 10.170), ("MessageStatusEvent", 10.210)),
        *(("OnMessageEvent", 10.271), ("MessageStatusEvent", 10.446)),
    ),
}


def page(name: str) -> list[Exchange]:
    return [answered(method, at) for method, at in PAGE[name]]


def failed(exchange: Exchange, status: int | None = 500) -> Exchange:
    failure = Failure.TIMED_OUT if status is None else None
    return replace(exchange, status=status, failure=failure, answer_text=None, content_type=None)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_complete_whatever_its_bodies_say(name: str) -> None:
    for form in (list, without_ids, without_bodies):
        sequence = only(traffic_of(form(scenario(name))))
        assert (sequence.state, sequence.faults) == (State.COMPLETE, ())


@pytest.mark.parametrize("name", ["call", "publish", "play"])
def test_without_ids_order_tells_sequences_apart(name: str) -> None:
    twice = [*scenario(name), *scenario(name, start=20.0)]
    for form in (without_ids, without_bodies):
        judged = sequences(traffic_of(form(twice)))
        assert [(s.name, s.state, len(s.steps)) for s in judged] == [
            (named(name).name, State.COMPLETE, len(twice) // 2)
        ] * 2


@pytest.mark.parametrize("name", PAGE)
def test_the_sequences_of_the_page_are_complete(name: str) -> None:
    for expected in (None, Expected(scenarios=(name,))):
        for form in (list, without_bodies):
            traffic = traffic_of(form(page(name)), expected)
            assert only(traffic).state is State.COMPLETE
            assert traffic.flow is Flow.HEALTHY


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (name, number)
        for name, hooks in PAGE.items()
        for number, (method, _) in enumerate(hooks)
        # One of three in a row is not missed: how many there are is up to the call.
        if not (name == "call" and 1 <= number <= 3)
    ],
)
def test_a_hook_dropped_from_a_sequence_of_the_page_is_named(name: str, number: int) -> None:
    step = page(name)[number].method
    traffic = traffic_of(dropped(page(name), number), Expected(scenarios=(name,)))
    assert [(f, s.lower(), c) for f, s, c in all_faults(traffic)] == [(MISSING, step.lower(), True)]
    sequence = only(traffic)
    assert sequence.state is State.BROKEN
    assert [fault.position for fault in sequence.faults] == [number]
    assert traffic.flow is Flow.UNHEALTHY
    assert (traffic.session_count, traffic.broken_count) == (1, 1)


def test_all_call_events_before_the_hangup_dropped_are_one_missing_step() -> None:
    hooks = [page("call")[n] for n in (0, 4, 5)]
    assert all_faults(traffic_of(hooks)) == [(MISSING, "CallStatusEvent", False)]
    strictly = traffic_of(hooks, Expected(scenarios=("call",)))
    assert all_faults(strictly) == [(MISSING, "CallStatusEvent", True)]


@pytest.mark.parametrize(
    ("name", "number", "step"),
    [
        ("connection", 0, "connect"),
        ("connection", 1, "ConnectionStatusEvent"),
        ("registration", 1, "ConnectionStatusEvent"),
        ("registration", 2, "RegistrationStatusEvent"),
        ("message", 0, "sendMessage"),
    ],
)
def test_a_dropped_step_is_missing_where_the_trace_would_show_it(
    name: str, number: int, step: str
) -> None:
    hooks = dropped(scenario(name), number)
    known = only(traffic_of(hooks, ALL_METHODS, BEFORE, AFTER))
    assert [(f, s) for f, s, _ in faults(known)] == [(MISSING, step)]
    assert known.state is State.BROKEN
    unknown = only(traffic_of(hooks, None, BEFORE, AFTER))
    assert faults(unknown) == [(MISSING, step, False)]
    assert " or " in unknown.faults[0].detail


@pytest.mark.parametrize(
    ("name", "number", "step", "certain"),
    [
        ("call", 0, "call", True),
        ("call", 5, "CallStatusEvent", True),
        ("publish", 0, "publishStream", False),
        ("publish", 3, "StreamStatusEvent", False),
        ("play", 0, "playStream", False),
        ("play", 3, "StreamStatusEvent", False),
    ],
)
def test_a_step_is_missed_in_a_session_whose_connect_is_seen(
    name: str, number: int, step: str, certain: bool
) -> None:
    hooks = [*scenario("connection", start=-5.0), *dropped(scenario(name), number)]
    traffic = traffic_of(hooks, ALL_METHODS, BEFORE, AFTER)
    assert all_faults(traffic) == [(MISSING, step, certain)]


@pytest.mark.parametrize(("name", "number"), [("call", 0), ("publish", 0), ("play", 0)])
def test_a_sequence_whose_beginning_may_lie_before_the_trace_is_open(
    name: str, number: int
) -> None:
    sequence = only(traffic_of(dropped(scenario(name), number), ALL_METHODS, BEFORE, AFTER))
    assert (sequence.state, sequence.faults) == (State.OPEN, ())


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_trace_that_begins_within_a_sequence_leaves_it_open(name: str) -> None:
    sequence = only(traffic_of(scenario(name)[1:], ALL_METHODS))
    assert (sequence.state, sequence.faults) == (State.OPEN, ())


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        *(("connection", 1), ("registration", 2), ("call", 1), ("call", 4), ("call", 5)),
        *(("message", 1), ("publish", 1), ("publish", 2), ("publish", 3), ("play", 3)),
    ],
)
def test_a_trace_that_ends_within_a_sequence_leaves_it_open(name: str, kept: int) -> None:
    sequence = only(traffic_of(scenario(name)[:kept], ALL_METHODS))
    assert (sequence.state, sequence.faults) == (State.OPEN, ())


def test_a_call_that_goes_on_is_open_however_long_the_trace_is() -> None:
    sequence = only(traffic_of(scenario("call")[:4], ALL_METHODS, BEFORE, AFTER))
    assert (sequence.state, sequence.faults) == (State.OPEN, ())


def test_a_call_that_the_other_side_ended_is_complete_with_a_remark() -> None:
    sequence = only(traffic_of(dropped(scenario("call"), 4), ALL_METHODS))
    assert sequence.state is State.COMPLETE
    assert faults(sequence) == [(MISSING, "hangup", False)]
    assert traffic_of(dropped(scenario("call"), 4)).broken_steps == ()


def test_registration_is_missed_only_where_it_is_required() -> None:
    hooks = scenario("connection")
    assert only(traffic_of(hooks, ALL_METHODS, BEFORE, AFTER)).faults == ()
    required = replace(hooks[0], answer_text='{"sipRegisterRequired" : true}')
    judged = only(traffic_of([required, hooks[1]], ALL_METHODS, BEFORE, AFTER))
    assert faults(judged) == [(MISSING, "RegistrationStatusEvent", True)]
    hooks = scenario("registration")
    refused = replace(hooks[0], answer_text='{"sipRegisterRequired": false}')
    assert only(traffic_of([refused, hooks[1]], ALL_METHODS, BEFORE, AFTER)).faults == ()


def test_a_step_whose_rest_method_is_not_added_is_not_missed() -> None:
    only_connect = Expected({"defaultApp": frozenset({"connect"})})
    judged = only(traffic_of(scenario("registration")[:1], only_connect, BEFORE, AFTER))
    assert (judged.state, judged.faults) == (State.COMPLETE, ())


def test_a_rest_method_that_other_sessions_show_is_known_to_be_added() -> None:
    hooks = [*scenario("connection", "1"), *scenario("connection", "2", start=60.0)[:1]]
    assert all_faults(traffic_of(hooks, None, BEFORE, AFTER)) == [
        (MISSING, "ConnectionStatusEvent", True)
    ]


@pytest.mark.parametrize(
    ("name", "earlier", "step"),
    [
        ("connection", 1, "connect"),
        ("registration", 2, "ConnectionStatusEvent"),
        ("call", 1, "call"),
        ("message", 1, "sendMessage"),
        ("publish", 1, "publishStream"),
        ("play", 1, "playStream"),
    ],
)
def test_a_step_that_comes_too_late_is_out_of_order(name: str, earlier: int, step: str) -> None:
    hooks = scenario(name)
    hooks[earlier - 1], hooks[earlier] = (
        replace(hooks[earlier - 1], sent_at=hooks[earlier].sent_at),
        replace(hooks[earlier], sent_at=hooks[earlier - 1].sent_at),
    )
    sequence = only(traffic_of(hooks))
    assert faults(sequence) == [(Fault.OUT_OF_ORDER, step, True)]
    assert sequence.state is State.BROKEN


def test_steps_at_nearly_the_same_time_are_out_of_order_only_perhaps() -> None:
    connect, status = scenario("connection", step=-0.01)
    assert faults(only(traffic_of([connect, status]))) == [(Fault.OUT_OF_ORDER, "connect", False)]


def test_exchanges_may_arrive_out_of_the_order_of_time() -> None:
    assert only(traffic_of(reversed(scenario("call")))).faults == ()


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("status", [401, 500, None])
def test_each_failed_step_is_named_with_what_it_means(name: str, status: int | None) -> None:
    for number, hook in enumerate(scenario(name)):
        hooks = scenario(name)
        hooks[number] = failed(hook, status)
        sequence = only(traffic_of(hooks))
        assert faults(sequence) == [(FAILED, hook.method, True)]
        assert sequence.state is State.BROKEN
        assert "WCS" in sequence.faults[0].detail


def test_after_a_failed_connect_nothing_else_is_missed() -> None:
    connect, event, _ = scenario("registration")
    refused = replace(event, request={**event.request, "status": "FAILED"})
    for hooks in ([failed(connect)], [failed(connect), refused]):
        judged = only(traffic_of(hooks, ALL_METHODS, BEFORE, AFTER))
        assert faults(judged) == [(FAILED, "connect", True)]


@pytest.mark.parametrize(
    ("seconds", "limit", "is_slow"),
    [(9.9, 15.0, False), (10.0, 15.0, True), (16.0, 15.0, True), (60.0, None, False)],
)
def test_an_answer_near_the_limit_is_slow_but_breaks_nothing(
    seconds: float, limit: float | None, is_slow: bool
) -> None:
    hooks = scenario("connection", step=70.0)
    hooks[0] = replace(hooks[0], seconds=seconds)
    sequence = only(traffic_of(hooks, Expected(limit_s=limit)))
    assert faults(sequence) == ([(Fault.SLOW, "connect", True)] if is_slow else [])
    assert sequence.state is State.COMPLETE


def test_a_hook_that_was_answered_when_sent_again_is_no_failure_of_its_sequence() -> None:
    connect, event = scenario("connection", start=5.0)
    first = replace(failed(connect, None), sent_at=scenario("connection")[0].sent_at)
    traffic = traffic_of([first, connect, event])
    assert faults(only(traffic)) == [(Fault.RETRIED, "connect", True)]
    assert only(traffic).state is State.COMPLETE
    (numbers,) = (n for n in traffic.numbers if n.method == "connect")
    assert (numbers.count, numbers.failed, numbers.sent_again) == (2, 1, 1)
    assert traffic.flow is Flow.UNHEALTHY


def test_the_same_body_after_an_answer_is_sent_again_but_perhaps_by_the_client() -> None:
    connect, event = scenario("connection")
    traffic = traffic_of([connect, connect, event])
    assert faults(only(traffic)) == [(Fault.RETRIED, "connect", False)]


def test_equal_events_are_no_repetition() -> None:
    hooks = scenario("call")
    traffic = traffic_of([*hooks[:2], hooks[1], *hooks[2:]])
    assert only(traffic).faults == ()
    assert sum(numbers.sent_again for numbers in traffic.numbers) == 0


def test_a_failure_is_not_mended_by_a_hook_that_only_looks_alike() -> None:
    hooks = page("call")
    hooks[1] = failed(hooks[1], 500)
    assert all_faults(traffic_of(hooks)) == [(FAILED, "callStatusEvent", True)]


def test_a_connection_closed_in_use_is_told() -> None:
    connect, event = scenario("connection")
    sequence = only(traffic_of([replace(connect, closed_in_use=True), event]))
    assert faults(sequence) == [(Fault.CLOSED_IN_USE, "connect", True)]


def test_calls_at_the_same_time_are_told_apart_by_their_ids() -> None:
    one, other = (
        [replace(e, request={**e.request, "sessionId": "s"}) for e in scenario("call", run)]
        for run in ("1", "2")
    )
    hooks = [hook for pair in zip(one, other, strict=True) for hook in pair]
    judged = sequences(traffic_of(hooks))
    assert [(s.subject, s.state, len(s.steps)) for s in judged] == [
        ("wcsdiag-synthetic-call-1", State.COMPLETE, 6),
        ("wcsdiag-synthetic-call-2", State.COMPLETE, 6),
    ]


def test_messages_at_the_same_time_are_told_apart_by_order() -> None:
    hooks = [answered("sendMessage", n) for n in range(3)]
    hooks += [answered("MessageStatusEvent", 4.0 + n) for n in range(3)]
    judged = sequences(traffic_of(hooks))
    assert [(s.state, len(s.steps)) for s in judged] == [(State.COMPLETE, 2)] * 3


def test_an_incoming_call_and_a_received_message_are_complete_by_themselves() -> None:
    hooks = [answered("OnCallEvent", 0.0), answered("OnMessageEvent", 1.0)]
    judged = sequences(traffic_of(hooks, None, BEFORE, AFTER))
    assert [(s.name, s.state) for s in judged] == [
        ("incoming call", State.COMPLETE),
        ("received message", State.COMPLETE),
    ]


def test_a_message_that_one_session_sends_and_another_gets_is_whole() -> None:
    sent = [answered("sendMessage", 0.0), answered("MessageStatusEvent", 0.1)]
    got = [answered("OnMessageEvent", 0.2, {"appKey": "defaultApp", "sessionId": "s2"})]
    expected = Expected(scenarios=("message",))
    assert all_faults(traffic_of([*sent, *got], expected)) == []
    assert (MISSING, "OnMessageEvent", True) in all_faults(traffic_of(sent, expected))


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_expected_sequence_of_which_nothing_came_misses_every_step(name: str) -> None:
    traffic = traffic_of([], Expected(scenarios=(name,)))
    assert [step for _, step, _ in all_faults(traffic)] == [s.method for s in named(name).steps]
    assert traffic.flow is Flow.UNHEALTHY


def test_one_whole_run_is_what_is_expected() -> None:
    hooks = [*scenario("call", "1"), *scenario("call", "2", start=60.0)[:2]]
    assert all_faults(traffic_of(hooks, Expected(scenarios=("call",)))) == []


def test_a_scenario_that_does_not_exist_cannot_be_expected() -> None:
    with pytest.raises(KeyError):
        traffic_of([], Expected(scenarios=("dance",)))


def test_hooks_of_no_sequence_are_shown_and_their_failures_told() -> None:
    traffic = traffic_of([failed(answered("subscribe", 0.0)), answered("noSuchMethod", 1.0)])
    sequence = only(traffic)
    assert sequence.name == "other hooks"
    assert faults(sequence) == [(FAILED, "subscribe", True)]


def test_a_hook_whose_answer_is_not_in_the_trace_is_no_failure() -> None:
    hooks = [
        replace(e, status=None, answer_text=None, failure=Failure.NOT_SEEN)
        for e in scenario("connection")
    ]
    assert hooks[0].outcome is Outcome.UNKNOWN
    traffic = traffic_of(hooks)
    assert only(traffic).faults == ()
    assert traffic.flow is Flow.UNKNOWN


def test_a_connect_that_wcsdiag_sent_alone_is_followed_by_nothing_and_may_come_twice() -> None:
    probe = answered("connect", 0.0, dict(connect_hook("defaultApp")))
    own = answered("connect", 1.0, dict(connect_hook("defaultApp", new_ids().probe_session_id)))

    traffic = traffic_of(
        [probe, own, replace(own, sent_at=own.sent_at)], ALL_METHODS, BEFORE, AFTER
    )

    assert {session.state for session in traffic.sessions} == {State.COMPLETE}
    assert sum(numbers.sent_again for numbers in traffic.numbers) == 0
    assert traffic.flow is Flow.HEALTHY
