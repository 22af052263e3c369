"""What an answer to a hook must look like."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from wcsdiag.hooks.contract import Flaw, judge
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.hooks.synthetic import connect_hook

HOOK = connect_hook("defaultApp")
GOOD = Exchange(
    Source.PROBE,
    "connect",
    "http://web/hooks/connect",
    HOOK,
    status=200,
    content_type="application/json;charset=UTF-8",
    answer_text=json.dumps(HOOK),
)


def flaws(exchange: Exchange) -> set[Flaw]:
    return {violation.flaw for violation in judge(exchange)}


def answered(value: object) -> Exchange:
    return replace(GOOD, answer_text=json.dumps(value))


def test_an_echo_meets_the_contract() -> None:
    assert judge(GOOD) == ()


def test_fields_may_be_changed_and_added() -> None:
    assert judge(answered({**HOOK, "clientVersion": "2", "sipLogin": "alice"})) == ()


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=utf-8"])
def test_the_content_type_may_have_parameters(content_type: str) -> None:
    assert judge(replace(GOOD, content_type=content_type)) == ()


@pytest.mark.parametrize("content_type", [None, "", "text/html", "text/json", "application/jsonp"])
def test_another_content_type_is_a_flaw(content_type: str | None) -> None:
    assert flaws(replace(GOOD, content_type=content_type)) == {Flaw.CONTENT_TYPE}


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.EMPTY),
        (" \r\n", Flaw.EMPTY),
        (None, Flaw.EMPTY),
        ("<!DOCTYPE html><html>", Flaw.HTML),
        ("\ufeff <html lang='en'>", Flaw.HTML),
        ("OK", Flaw.NOT_JSON),
        ("{'a': 1}", Flaw.NOT_JSON),
        ("[" * 100_000, Flaw.NOT_JSON),
        ("[1]", Flaw.NOT_OBJECT),
        ('"ok"', Flaw.NOT_OBJECT),
        ("null", Flaw.NOT_OBJECT),
        ("{}", Flaw.LOST_FIELDS),
    ],
)
def test_a_body_that_is_no_echo_has_its_own_flaw(text: str | None, flaw: Flaw) -> None:
    assert flaws(replace(GOOD, answer_text=text)) == {flaw}


def test_a_body_that_was_cut_is_not_called_malformed() -> None:
    for text in ('{"a', "    "):
        assert flaws(replace(GOOD, answer_text=text, answer_truncated=True)) == {Flaw.TOO_LARGE}


@pytest.mark.parametrize(
    ("status", "flaw"),
    [(403, Flaw.REFUSED), (201, Flaw.STATUS), (204, Flaw.STATUS), (302, Flaw.STATUS)],
)
def test_another_status_is_the_only_flaw(status: int, flaw: Flaw) -> None:
    assert flaws(replace(GOOD, status=status, content_type=None, answer_text="")) == {flaw}


def test_no_answer_is_a_flaw_with_the_error() -> None:
    (violation,) = judge(replace(GOOD, status=None, error="Read timed out"))
    assert (violation.flaw, violation.detail) == (Flaw.NO_ANSWER, "Read timed out")


def test_lost_fields_are_named() -> None:
    answer = {
        name: value for name, value in HOOK.items() if name not in {"clientVersion", "nodeId"}
    }
    (violation,) = judge(answered(answer))
    assert (violation.flaw, violation.names) == (Flaw.LOST_FIELDS, ("nodeId", "clientVersion"))


def test_fixed_fields_must_not_change() -> None:
    (violation,) = judge(answered({**HOOK, "appKey": "other"}))
    assert (violation.flaw, violation.names) == (Flaw.FIXED_FIELDS, ("appKey",))


@pytest.mark.parametrize(
    ("config", "count"),
    [
        ({"ConnectionStatusEvent": {"restOnError": "LOG", "restPolicy": "NOTIFY"}}, 0),
        ({"publishStream": {"restOverwrite": "name", "restExclude": "sdp"}}, 0),
        ({"publishStream": {"restOnError": "STOP"}}, 1),
        ({"publishStream": {"restPolicy": ["NOTIFY"]}}, 1),
        ({"publishStream": {"onError": "FAIL"}}, 1),
        ({"publishStream": {"restExclude": ["sdp"]}}, 1),
        ({"publishStreams": {}}, 1),
        ({"publishStream": "FAIL"}, 1),
        ("FAIL", 1),
    ],
)
def test_the_rest_client_config_is_read(config: object, count: int) -> None:
    violations = judge(answered({**HOOK, "restClientConfig": config}))
    assert [violation.flaw for violation in violations] == [Flaw.CLIENT_CONFIG] * count
