"""The hooks of a trace, sent again: verbatim, in order, compared."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.sender.web import destination
from tests.support import free_port
from tests.support_web import Behaviour, answer, json_answer, serving
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.hooks.signature import hash_header
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Secret
from wcsdiag.redact.forms import MASK
from wcsdiag.sender import replay
from wcsdiag.sender.remarks import Tone
from wcsdiag.sender.replay import Replay, Replayed, in_order
from wcsdiag.wcs.credentials import Credentials

BEGAN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BODY = '{ "appKey" : "k", "status":"\\u00e9" }'


def hook(method: str = "connect", at: float = 0, **changes: object) -> Exchange:
    whole = Exchange(
        source=Source.RECORDING,
        method=method,
        url=f"http://old.example/{method}",
        request=json.loads(BODY),
        request_text=BODY,
        sent_at=BEGAN + timedelta(seconds=at),
        status=200,
        content_type="application/json",
        answer_text=BODY,
        seconds=0.5,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def replayed(
    trace: Sequence[Exchange],
    lifetime: Lifetime,
    behaviour: Behaviour | None = None,
    *,
    credentials: Credentials | None = None,
    **how: object,
) -> tuple[list[Replayed], Replay, list[bytes]]:
    with serving(behaviour or answer()) as server:
        there = destination(server.url(), lifetime, credentials=credentials or Credentials())
        again = Replay(there, lifetime, **how)  # type: ignore[arg-type]
        done = list(again.run(trace))
    return done, again, server.requests


def texts(again: Replay) -> list[str]:
    return [f"{remark.subject}: {remark.text} {remark.count}" for remark in again.remarks()]


def test_bodies_are_sent_as_they_were_and_methods_appended(lifetime: Lifetime) -> None:
    done, again, requests = replayed([hook(), hook("callStatusEvent", 1)], lifetime)
    assert [each.now.status for each in done] == [200, 200]
    assert requests[1].startswith(b"POST /hooks/callStatusEvent HTTP/1.1\r\n")
    assert all(request.partition(b"\r\n\r\n")[2] == BODY.encode() for request in requests)
    assert all(b"X-Wcsdiag-Probe: synthetic\r\n" in request for request in requests)
    assert "comparison: the same answer as in the trace 2" in texts(again)


def test_the_pretty_form_of_a_log_is_made_compact_again(lifetime: Lifetime) -> None:
    _, _, requests = replayed([hook(source=Source.LOG)], lifetime)
    assert requests[0].partition(b"\r\n\r\n")[2] == '{"appKey":"k","status":"é"}'.encode()


def test_what_is_not_whole_is_left_out_and_said(lifetime: Lifetime) -> None:
    trace = [
        hook("a", request_truncated=True),
        hook("b", request_text='{"cut'),
        hook("c", request_text="[]"),
        hook("d", request_text=None, request={}),
        hook("e"),
    ]
    done, again, _ = replayed(trace, lifetime)
    assert [each.now.method for each in done] == ["e"]
    assert sum(text.startswith("skipped: ") for text in texts(again)) == 4


def test_one_method_alone_is_sent_where_only_it_is_asked_for(lifetime: Lifetime) -> None:
    trace = [hook("connect"), hook("CallStatusEvent"), hook("callStatusEvent")]
    done, _, _ = replayed(trace, lifetime, only=frozenset({"callstatusevent"}))
    assert [each.now.method for each in done] == ["CallStatusEvent", "callStatusEvent"]


def test_signatures_are_made_anew(lifetime: Lifetime) -> None:
    key = Secret("replay-key")
    _, _, requests = replayed([hook()], lifetime, credentials=Credentials(hash_key=key))
    expected = f"\r\nAuthorization: {hash_header(BODY.encode(), key).reveal()}\r\n"
    assert expected.encode() in requests[0]


def test_other_answers_are_named(lifetime: Lifetime) -> None:
    _, again, _ = replayed([hook(), hook()], lifetime, answer("500 Oops"))
    assert "comparison: connect: status 200, then 500 2" in texts(again)
    _, again, _ = replayed([hook()], lifetime, json_answer({"appKey": "other", "new": 1}))
    assert any("fields gone: status" in text for text in texts(again))


def test_what_the_trace_does_not_say_is_not_compared(lifetime: Lifetime) -> None:
    silent = hook(status=None, answer_text=None, failure=Failure.NOT_SEEN, seconds=None)
    _, again, _ = replayed([silent], lifetime)
    assert texts(again) == []


def test_a_web_server_that_never_answers_is_given_up(lifetime: Lifetime) -> None:
    there = destination(f"http://127.0.0.1:{free_port()}/hooks", lifetime)
    again = Replay(there, lifetime)
    assert len(list(again.run(hook() for _ in range(100)))) == 10
    assert any("ten hooks in a row got no answer" in text for text in texts(again))


def test_the_pauses_of_the_trace_are_kept(
    lifetime: Lifetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []

    def sleep_until(moment: float, _lifetime: Lifetime) -> bool:
        turns.append(moment)
        return True

    monkeypatch.setattr(replay, "sleep_until", sleep_until)
    replayed([hook(at=0), hook(at=2), hook(at=1), hook(at=60)], lifetime, speed=0.1)
    pauses = [later - turn for turn, later in itertools.pairwise(turns)]
    assert pauses == pytest.approx([10, 10, 580])


def test_masked_bodies_are_sent_as_they_are_and_said(lifetime: Lifetime) -> None:
    text = json.dumps({"appKey": "k", "authToken": MASK})
    _, again, requests = replayed([hook(request_text=text)], lifetime)
    assert requests[0].endswith(text.encode())
    assert any(line.startswith("masked: ") for line in texts(again))


def test_a_long_pause_ends_with_the_run() -> None:
    short = Lifetime(timeout_s=1, deadline_s=1)
    done, _, _ = replayed([hook(at=0), hook(at=86400)], short, speed=1.0)
    assert len(done) == 1


def test_hooks_go_in_the_order_in_which_they_were_sent() -> None:
    trace = [hook(str(number), at=number) for number in range(1000)]
    shuffled = list(trace)
    for start in range(0, 1000, 100):
        part = shuffled[start : start + 100]
        random.Random(start).shuffle(part)
        shuffled[start : start + 100] = part
    assert list(in_order(shuffled)) == trace
    assert next(in_order([hook(sent_at=None), hook("b")])).sent_at is None


def test_numbers_of_the_answers_are_compared(lifetime: Lifetime) -> None:
    _, again, _ = replayed([hook()], lifetime)
    note = next(remark for remark in again.remarks() if "latency" in remark.text)
    assert note.tone is Tone.NOTE
    assert "median latency 500.0 ms in the trace" in note.text
