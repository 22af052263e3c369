"""Each way to break the contract is named, with what mends it."""

from __future__ import annotations

import pytest

from tests.sender.web import KEY, destination
from tests.support_web import Behaviour, answer, json_answer, serving
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.lifetime import Lifetime
from wcsdiag.sender.client_config import remarks_on_config
from wcsdiag.sender.connection import HookConnection
from wcsdiag.sender.judgement import remarks_on
from wcsdiag.sender.remarks import Remark, Remarks, Tone
from wcsdiag.sender.sending import outgoing

REQUEST = {"nodeId": "n", "appKey": KEY, "sessionId": "s"}


def exchange_with(behaviour: Behaviour, lifetime: Lifetime, method: str = "connect") -> Exchange:
    with serving(behaviour) as server:
        there = destination(server.url(), lifetime)
        return HookConnection(there, lifetime).post(outgoing(there, method, REQUEST))


def configured(config: object, lifetime: Lifetime) -> list[str]:
    exchange = exchange_with(json_answer({**REQUEST, "restClientConfig": config}), lifetime)
    return [remark.text for remark in remarks_on_config(exchange)]


def test_a_right_answer_gets_no_remark(lifetime: Lifetime) -> None:
    assert list(remarks_on(exchange_with(answer(), lifetime))) == []


@pytest.mark.parametrize(
    ("behaviour", "text", "mend"),
    [
        (answer("500 Oops"), "the status is 500, not 200", "log"),
        (answer("204 No Content", body=b""), "the status is 204, not 200", "200 OK"),
        (answer("401 No"), "the status is 401, not 200", "REST user"),
        (answer("404 No"), "the status is 404, not 200", "Answer POST at http://127.0.0.1"),
        (answer("302 Away", Location="/login"), "the status is 302, not 200", "redirects"),
        (answer("403 No"), "refused (403)", "same key"),
        (answer(content_type="text/plain"), "not application/json: text/plain", "Content-Type"),
        (answer(content_type=None), "no Content-Type header", "Content-Type"),
        (answer(body=b""), "the body is empty", "came in"),
        (answer(body=b"<html>login</html>"), "an HTML page", "behind a login"),
        (answer(body=b"{"), "the body is not JSON", "came in"),
        (answer(body=b"[]"), "not an object: an array", "one JSON object"),
        (json_answer({"nodeId": "n"}), "do not come back: appKey, sessionId", "fixed fields"),
        (json_answer({**REQUEST, "appKey": "x"}), "come back changed: appKey", "redefine"),
        (
            json_answer({**REQUEST, "restClientConfig": {"call": {"restOnError": "IGNORE"}}}),
            "call.restOnError is 'IGNORE', not one of LOG, FAIL",
            "vendor's names",
        ),
    ],
)
def test_each_violation_is_named(
    behaviour: Behaviour, text: str, mend: str, lifetime: Lifetime
) -> None:
    (remark,) = remarks_on(exchange_with(behaviour, lifetime))
    assert remark.tone is Tone.WRONG
    assert text in remark.text
    assert mend in remark.mend


def test_what_nobody_can_decline_must_not_be_refused(lifetime: Lifetime) -> None:
    (remark,) = remarks_on(exchange_with(answer("403 No"), lifetime, "StreamStatusEvent"))
    assert "nobody can decline" in remark.text


@pytest.mark.parametrize("failure", [each for each in Failure if each is not Failure.NOT_SEEN])
def test_each_failure_is_wrong(failure: Failure) -> None:
    exchange = Exchange(Source.PROBE, "connect", "http://w/connect", {}, failure=failure)
    (remark,) = remarks_on(exchange)
    assert remark.tone is Tone.WRONG
    assert failure.value in remark.text


def test_what_was_not_seen_is_not_judged() -> None:
    exchange = Exchange(Source.PROBE, "connect", "u", {}, failure=Failure.NOT_SEEN)
    assert [remark.tone for remark in remarks_on(exchange)] == [Tone.UNKNOWN]


def test_the_entries_of_rest_client_config_are_spelled_out_with_their_defaults(
    lifetime: Lifetime,
) -> None:
    texts = configured(
        {
            "publishStream": {"restOnError": "FAIL", "restPolicy": "OVERWRITE"},
            "StreamStatusEvent": {"restExclude": "sdp"},
        },
        lifetime,
    )
    assert texts[0].startswith("publishStream: restOnError FAIL: where it fails, WCS logs it and")
    assert "restPolicy OVERWRITE: fields that restOverwrite names" in texts[0]
    assert "StreamStatusEvent: restOnError LOG (the default)" in texts[1]
    assert "restPolicy NOTIFY (the default)" in texts[1]
    assert texts[1].endswith("restExclude: sdp")
    assert "declines the connection, whatever restOnError says" in texts[-1]


def test_without_rest_client_config_the_defaults_are_told(lifetime: Lifetime) -> None:
    (remark,) = remarks_on_config(exchange_with(answer(), lifetime))
    assert remark.text.startswith(
        "no restClientConfig in the answer: the defaults hold: restOnError LOG (where a hook fails,"
    )
    assert remark.text.endswith("), restPolicy NOTIFY")


def test_of_a_value_that_no_source_names_no_effect_is_stated(lifetime: Lifetime) -> None:
    assert "not documented" in configured({"call": {"restOnError": "IGNORE"}}, lifetime)[0]


@pytest.mark.parametrize("config", [[], "x", None, 7, {"call": "FAIL"}])
def test_a_malformed_rest_client_config_is_not_explained(
    config: object, lifetime: Lifetime
) -> None:
    assert not any("call:" in text for text in configured(config, lifetime))


def test_the_same_remarks_are_counted_and_different_ones_bounded() -> None:
    remarks = Remarks()
    remarks.add([Remark(Tone.NOTE, "a", "x"), Remark(Tone.WRONG, "b", "y")] * 3)
    assert [(each.subject, each.count) for each in remarks.all()] == [("b", 3), ("a", 3)]
    remarks.add(Remark(Tone.NOTE, "c", str(number)) for number in range(1000))
    assert len(remarks.all()) == 201
    assert remarks.all()[-1].text == "802 more are not shown"
