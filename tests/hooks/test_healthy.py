"""Traffic of healthy productions: what may look like a fault and is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.hooks.made import SESSION, all_faults, answered, sequences, traffic_of
from wcsdiag.hooks.catalogue import CATALOGUE
from wcsdiag.hooks.collector import Expected
from wcsdiag.hooks.exchange import Exchange, Outcome
from wcsdiag.hooks.traffic import Fault, Flow, State, Traffic

ALL = frozenset(method.name.lower() for method in CATALOGUE)


def hook(method: str, at: float, session: str | None = "s1", **body: object) -> Exchange:
    ids = {"appKey": "defaultApp"} | ({"sessionId": session} if session else {})
    return answered(method, at, {**ids, **body})


def stream(method: str, at: float, status: object = "", **body: object) -> Exchange:
    said = {"mediaSessionId": "m", "name": "x", "published": True, "status": status}
    return answered(method, at, {**SESSION, **said, **body})


def connected(at: float = 0.0, session: str = "s1", **body: object) -> list[Exchange]:
    event = hook("ConnectionStatusEvent", at + 0.05, session, status="ESTABLISHED")
    return [hook("connect", at, session, custom={}, **body), event]


def lost(at: float, session: str = "s1") -> Exchange:
    return hook("ConnectionStatusEvent", at, session, status="DISCONNECTED")


def declined(exchange: Exchange) -> Exchange:
    return replace(exchange, status=403, answer_text="no", content_type="text/plain")


def watched(hooks: Sequence[Exchange], methods: frozenset[str] = ALL) -> Traffic:
    """The traffic of a trace that goes on for an hour before and after it."""
    return traffic_of(hooks, Expected({"defaultApp": methods}), -3600.0, 3600.0)


PUBLISH = [stream("publishStream", 5.0, "PENDING"), stream("StreamStatusEvent", 5.1, "PUBLISHING")]
OVER = stream("StreamStatusEvent", 60.0, "UNPUBLISHED")

HEALTHY = {
    "keep-alives alone": (ALL, [stream("StreamKeepAliveEvent", n * 10.0) for n in range(9)]),
    "events of a call alone": (
        ALL,
        [hook("CallStatusEvent", n * 60.0, callId="c", status="HOLD") for n in range(3)],
    ),
    "a registration that is renewed": (
        ALL,
        [hook("RegistrationStatusEvent", n * 60.0, status="REGISTERED") for n in range(5)],
    ),
    "a call without hangup added": (
        ALL - {"hangup"},
        [
            *connected(),
            hook("call", 5.0, callId="c"),
            hook("CallStatusEvent", 5.1, callId="c", status="ESTABLISHED"),
        ],
    ),
    "a stream without unPublishStream added": (
        ALL - {"unpublishstream"},
        [*connected(), *PUBLISH, OVER],
    ),
    "events alone are added": (
        frozenset({"connectionstatusevent", "streamstatusevent"}),
        [connected()[1], PUBLISH[1], lost(90.0)],
    ),
    "connect alone is added": (frozenset({"connect"}), connected()[:1]),
    "the same session again each second": (ALL, [e for n in range(9) for e in connected(n)]),
    "a client that goes before it is registered": (
        ALL,
        [*connected(sipRegisterRequired=True), lost(2.0)],
    ),
    "a client that goes while it publishes": (ALL, [*connected(), PUBLISH[0], lost(5.5)]),
    "the end of a stream told beside its wish": (
        ALL,
        [*connected(), *PUBLISH, OVER, stream("unPublishStream", 60.01)],
    ),
    "a stream that the server ends": (ALL, [*connected(), *PUBLISH, OVER]),
    "muted and unmuted": (
        ALL,
        [
            *connected(),
            *PUBLISH,
            stream("StreamStatusEvent", 9.0, "PUBLISHING", audioState={"muted": True}),
            stream("unPublishStream", 59.9),
            OVER,
        ],
    ),
    "a REST method that the web server disabled": (
        ALL,
        [
            replace(
                connected()[0],
                answer_text=json.dumps(
                    {
                        **connected()[0].request,
                        "restClientConfig": {"StreamStatusEvent": {"restPolicy": "DISABLE"}},
                    }
                ),
            ),
            connected()[1],
            PUBLISH[0],
            stream("unPublishStream", 60.0),
        ],
    ),
}


@pytest.mark.parametrize(("methods", "hooks"), HEALTHY.values(), ids=HEALTHY)
def test_what_is_normal_breaks_nothing(methods: frozenset[str], hooks: list[Exchange]) -> None:
    traffic = watched(hooks, methods)
    assert (traffic.flow, traffic.broken_count, traffic.broken_steps) == (Flow.HEALTHY, 0, ())
    assert sum(numbers.sent_again for numbers in traffic.numbers) == 0


def test_a_session_whose_beginning_is_not_shown_is_open() -> None:
    for name in ("keep-alives alone", "events of a call alone", "a registration that is renewed"):
        methods, hooks = HEALTHY[name]
        assert watched(hooks, methods).sessions[0].state is State.OPEN


@pytest.mark.parametrize("says_more", [True, False], ids=["with ids", "by name alone"])
def test_a_stream_published_and_played_in_one_session_are_two(says_more: bool) -> None:
    ids: list[dict[str, object]] = [{"mediaSessionId": m if says_more else ""} for m in "pq"]
    ids[1]["published"] = False
    hooks = [
        *connected(),
        stream("publishStream", 1.0, **ids[0]),
        stream("StreamStatusEvent", 1.1, "PUBLISHING", **ids[0]),
        stream("playStream", 2.0, **ids[1]),
        stream("StreamStatusEvent", 2.1, "PLAYING", **ids[1]),
        hook("unPublishStream", 9.0, name="x"),
        stream("StreamStatusEvent", 9.1, "UNPUBLISHED", **ids[0]),
        hook("stopStream", 9.2, name="x"),
        stream("StreamStatusEvent", 9.3, "STOPPED", **ids[1]),
    ]
    traffic = watched(hooks)
    assert [(s.name, s.state, len(s.steps)) for s in sequences(traffic)[1:]] == [
        ("publishing", State.COMPLETE, 4),
        ("playing", State.COMPLETE, 4),
    ]


def test_a_stream_of_the_same_name_again_is_another() -> None:
    hooks = [
        hook(method, turn * 10.0 + at, name="x")
        for turn in range(3)
        for method, at in (
            *(("publishStream", 1.0), ("StreamStatusEvent", 1.1)),
            *(("unPublishStream", 5.0), ("StreamStatusEvent", 5.1)),
        )
    ]
    judged = sequences(watched([*connected(), *hooks]))[1:]
    assert [(s.state, len(s.steps)) for s in judged] == [(State.COMPLETE, 4)] * 3


def test_a_declined_login_is_business_as_usual() -> None:
    hooks = [e for n in range(1, 20) for e in connected(n * 10.0, f"s{n}")]
    hooks += [declined(connected()[0]), hook("ConnectionStatusEvent", 0.1, status="FAILED")]
    hooks.append(lost(0.2))
    traffic = watched(hooks)
    assert (traffic.failed, traffic.refused, traffic.broken_count) == (0, 1, 0)
    assert traffic.flow is Flow.HEALTHY
    assert all_faults(traffic) == []


def test_a_web_server_that_lets_nobody_in_is_in_doubt() -> None:
    hooks = [e for n in range(5) for e in (declined(connected(n)[0]), lost(n + 0.1))]
    traffic = watched(hooks)
    assert traffic.flow is Flow.UNHEALTHY
    (step,) = traffic.broken_steps
    assert (step.step, step.fault, step.count) == ("connect", Fault.FAILED, 5)
    assert "no web client gets in" in step.example.detail


def test_events_cannot_be_declined() -> None:
    event = declined(connected()[1])
    assert event.outcome is Outcome.FAILED
    assert declined(stream("StreamKeepAliveEvent", 0.0)).outcome is Outcome.ANSWERED
    assert watched([connected()[0], event]).flow is Flow.UNHEALTHY


def test_single_failures_among_very_many_hooks_spoil_nothing() -> None:
    hooks = [e for n in range(200) for e in connected(n, f"s{n}")]
    hooks[1] = replace(hooks[1], status=500)
    assert watched(hooks).flow is Flow.HEALTHY
    assert watched(hooks).failed == 1
    assert watched(hooks[:20]).flow is Flow.UNHEALTHY


def test_hooks_that_name_no_session_break_nothing_beyond_doubt() -> None:
    hooks = [
        hook(method, n * 0.01 + at, None)
        for n in range(20)
        for method, at in (("connect", 0.0), ("ConnectionStatusEvent", 0.3))
    ]
    traffic = watched(hooks)
    assert {certain for _, _, certain in all_faults(traffic)} == {False}
    assert traffic.flow is Flow.HEALTHY


def test_what_a_failure_means_is_said_for_the_session_where_its_answer_to_connect_is_seen() -> None:
    connect, event = connected()
    config = {"restClientConfig": {"publishStream": {"restOnError": "FAIL"}}}
    fails = replace(connect, answer_text=json.dumps({**connect.request, **config}))
    failed = replace(PUBLISH[0], status=500)
    for first, said in ((fails, "restOnError is FAIL: WCS logs it and stops"), (connect, "is LOG")):
        (fault,) = sequences(watched([first, event, failed]))[1].faults
        assert said in fault.detail
    (fault,) = sequences(watched([failed]))[0].faults
    assert "With restOnError LOG, the default," in fault.detail


def test_a_method_that_nothing_shows_may_be_disabled_in_an_answer_that_was_not_read() -> None:
    connect = replace(connected()[0], answer_text="", answer_truncated=True)
    assert all_faults(watched([connect])) == [(Fault.MISSING, "ConnectionStatusEvent", False)]
    other = connected(100.0, "s2")
    assert (Fault.MISSING, "ConnectionStatusEvent", True) in all_faults(watched([connect, *other]))
