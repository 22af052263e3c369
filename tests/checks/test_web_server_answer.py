"""WEB107 to WEB112: the answer to connect, by real probes of servers that answer so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from wcsdiag_checks.web_server_answer import answers_in_http, answers_in_time, connect_answered
from wcsdiag_checks.web_server_body import content_type, fields_come_back, json_object

from tests.checks.web_facts import (
    NO_INSTALLATION,
    PLAIN,
    SETTINGS,
    ended,
    facts,
    probes_of,
    timed,
    timeout_setting,
)
from tests.support_web import Behaviour, answer, json_answer, send, silent
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.hooks.synthetic import connect_hook
from wcsdiag.model import CheckResult, Run, Status, Unavailable
from wcsdiag.net.probe import Outcome, Phase
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Setting, Settings

ALL = (
    answers_in_http,
    connect_answered,
    answers_in_time,
    content_type,
    json_object,
    fields_come_back,
)
SIGNED = Settings(
    {
        "rest_hook_send_hash": Setting("true", "f:1"),
        "rest_hook_secret_key": Setting("one-key", "f:2"),
    },
    {},
    (),
)
BODY = (content_type, json_object, fields_come_back)
HOOK = connect_hook("myKey")
HTML = b"<!DOCTYPE html><html><body>It works!</body></html>"


def summary(result: CheckResult) -> str:
    return result.findings[0].summary


def failing(behaviour: Behaviour) -> list[str]:
    probes = probes_of(behaviour)
    results = [judge(check, probes, SETTINGS, NO_INSTALLATION) for check in ALL]
    return [result.code for result in results if result.status is Status.FAIL]


@pytest.mark.parametrize("check", ALL)
def test_given_an_echo_then_all_pass_with_evidence(check: object) -> None:
    result = judge(check, probes_of(answer()), SETTINGS, NO_INSTALLATION)
    assert result.status is Status.PASS, result
    assert result.findings[0].evidence


@pytest.mark.parametrize(
    ("behaviour", "codes"),
    [
        pytest.param(send(b"SSH-2.0-x\r\n"), ["WEB107"], id="no HTTP"),
        pytest.param(send(b""), ["WEB107"], id="closes early"),
        pytest.param(answer("404 Not Found"), ["WEB108"], id="404"),
        pytest.param(answer("500 Oops", "text/html", HTML), ["WEB108"], id="500"),
        pytest.param(answer("204 No Content", None, b""), ["WEB108"], id="204"),
        pytest.param(answer("403 Forbidden", "text/html", HTML), [], id="403"),
        pytest.param(answer(content_type="text/plain"), ["WEB109"], id="content type"),
        pytest.param(answer(content_type=None), ["WEB109"], id="no content type"),
        pytest.param(answer("200 OK", "text/html", HTML), ["WEB109", "WEB110"], id="HTML"),
        pytest.param(answer(body=b""), ["WEB110"], id="empty"),
        pytest.param(answer(body=b"OK"), ["WEB110"], id="not JSON"),
        pytest.param(answer(body=b"[]"), ["WEB110"], id="no object"),
        pytest.param(json_answer({}), ["WEB111"], id="lost fields"),
    ],
)
def test_one_fault_of_the_answer_fails_its_own_check(
    behaviour: Behaviour, codes: list[str]
) -> None:
    assert failing(behaviour) == codes


@pytest.mark.parametrize(
    ("behaviour", "words", "command"),
    [
        (answer("201 Created"), "201", None),
        (answer("400 Bad Request"), "does not accept the hook's JSON", "curl"),
        (answer("401 Unauthorized", WWW_Authenticate="Basic"), "has no REST user", "update app -u"),
        (answer("404 Not Found"), "nothing at http://web.example", "curl"),
        (answer("405 No", Allow="GET"), "only GET", "curl"),
        (answer("410 Gone"), "410", None),
        (answer("502 Bad Gateway"), "no proper answer from the application", "curl"),
        (answer("503 Unavailable"), "unavailable", "curl"),
        (answer("302 Found"), "without a target", None),
        (answer("302 Found", Location="/login"), "/login", None),
        (
            answer("301 Moved", Location="https://web.example/hooks/connect"),
            "redirected (301) to https://web.example/hooks/connect",
            'update app -l "https://web.example/hooks" myApp',
        ),
        (
            answer("400 Bad", body=b"The plain HTTP request was sent to HTTPS port"),
            "expects https",
            'update app -l "https://',
        ),
    ],
)
def test_each_status_has_its_own_explanation(
    behaviour: Behaviour, words: str, command: str | None
) -> None:
    result = judge(connect_answered, probes_of(behaviour), SETTINGS)
    assert result.status is Status.FAIL
    assert words in summary(result)
    fix = result.findings[0].fix
    assert fix is not None
    assert command is None or any(command in each for each in fix.commands)


def unauthorized(
    user: str | None = None, settings: Settings = SETTINGS, **sender: object
) -> WebServerProbes:
    """A web server that answers 401; `sender` are changes of the app that sent the hook."""
    probes = probes_of(answer("401 Unauthorized"), user=user, settings=settings)
    (one,) = probes.urls
    assert one.sender is not None
    changed = replace(one.sender, **sender)  # type: ignore[arg-type]
    return replace(probes, urls=(replace(one, sender=changed),))


@pytest.mark.parametrize(
    ("probes", "settings"),
    [
        pytest.param(unauthorized(user="alice", rest_password=None), SETTINGS, id="password"),
        pytest.param(unauthorized(rest_username=None), SETTINGS, id="user"),
        pytest.param(
            unauthorized(), absent(Settings, Unavailable("no", because="HST111")), id="signature"
        ),
        pytest.param(
            unauthorized(settings=SIGNED, rest_username="alice"), SIGNED, id="one of two headers"
        ),
    ],
)
def test_given_401_where_wcs_may_send_another_login_then_it_is_undetermined(
    probes: WebServerProbes, settings: object
) -> None:
    result = judge(connect_answered, probes, settings)
    assert result.run is Run.UNDETERMINED
    assert "not" in (result.reason or "")


def test_given_401_with_credentials_then_those_are_refused() -> None:
    result = judge(connect_answered, unauthorized(user="alice"), SETTINGS)
    assert "refuses the HTTP Basic credentials of the app myApp (user alice)" in summary(result)
    assert "pass" not in summary(result)


def test_given_401_with_a_hash_then_the_key_is_suspected() -> None:
    result = judge(connect_answered, unauthorized(settings=SIGNED), SIGNED)
    fix = result.findings[0].fix
    assert fix is not None
    assert "rest_hook_secret_key" in fix.text


def test_given_invalid_text_in_the_answer_then_it_is_judged_all_the_same() -> None:
    noise = b"\xff\xfe\x1b[31mred\x00"
    result = judge(json_object, probes_of(answer(body=noise)))
    assert result.status is Status.FAIL
    assert "\ufffd" in result.findings[0].evidence[0].text


def test_given_403_then_it_passes_with_a_note_and_ends_the_judgement() -> None:
    probes = probes_of(answer("403 Forbidden"), user="alice")
    result = judge(connect_answered, probes, SETTINGS)
    assert result.status is Status.PASS
    assert "valid refusal" in summary(result)
    assert "alice" in summary(result)
    for check in BODY:
        skipped = judge(check, probes, SETTINGS, NO_INSTALLATION)
        assert skipped.run is Run.NOT_APPLICABLE


def test_given_no_answer_then_what_follows_is_skipped_because_of_it() -> None:
    probes = probes_of(send(b""))
    for check in (connect_answered, *BODY):
        result = judge(check, probes, SETTINGS, NO_INSTALLATION)
        assert (result.run, result.because) == (Run.SKIPPED, "WEB107")


def test_without_posting_the_answer_does_not_apply() -> None:
    probes = probes_of(answer(), post=False)
    for check in ALL:
        assert judge(check, probes, SETTINGS, NO_INSTALLATION).run is Run.NOT_APPLICABLE


def test_lost_fields_are_named() -> None:
    kept = {name: HOOK[name] for name in ("nodeId", "appKey", "sessionId")}
    result = judge(fields_come_back, probes_of(json_answer(kept)), NO_INSTALLATION)
    assert result.status is Status.FAIL
    assert "mediaProviders" in summary(result)


def test_lost_fields_only_warn_where_wcs_has_a_manager() -> None:
    with_manager = Installation("/opt/wcs", Generation.WITH_MANAGER, "5.0", "found", "version")
    result = judge(fields_come_back, probes_of(json_answer({"sipLogin": "me"})), with_manager)
    assert result.status is Status.WARN


@pytest.mark.parametrize(
    "value",
    [{**HOOK, "appKey": "other"}, {**HOOK, "restClientConfig": {"call": {"restPolicy": "MAYBE"}}}],
)
def test_what_wcs_may_not_take_is_a_warning(value: object) -> None:
    assert (
        judge(fields_come_back, probes_of(json_answer(value)), NO_INSTALLATION).status
        is Status.WARN
    )


def test_given_an_answer_without_end_then_its_body_is_undetermined() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"
    probes = probes_of(send(head, b'"a":1,' * 1000, times=1000))
    assert judge(json_object, probes).run is Run.UNDETERMINED


def test_given_a_packed_answer_then_the_packing_is_named() -> None:
    packed = answer(body=b"\x1f\x8b\x08 packed", Content_Encoding="gzip")
    assert "packed (gzip)" in summary(judge(json_object, probes_of(packed)))


def test_given_silence_then_the_time_alone_fails_with_the_setting() -> None:
    settings = timeout_setting("1")
    probes = probes_of(silent, settings=settings)
    result = judge(answers_in_time, probes, settings)
    assert result.status is Status.FAIL
    assert "within 1 s, the limit of WCS" in summary(result)
    assert "host: f.properties:3" in result.findings[0].evidence[0].text
    for check in (answers_in_http, connect_answered, *BODY):
        skipped = judge(check, probes, SETTINGS, NO_INSTALLATION)
        assert (skipped.run, skipped.because) == (Run.SKIPPED, "WEB112")


@pytest.mark.parametrize(("seconds", "status"), [(7.4, Status.PASS), (7.6, Status.WARN)])
def test_more_than_half_of_the_limit_is_a_warning(seconds: float, status: Status) -> None:
    probes = facts(timed(ended(Phase.HTTP, Outcome.OK), seconds))
    assert judge(answers_in_time, probes, SETTINGS).status is status


def test_our_own_limit_is_not_blamed_on_the_web_server() -> None:
    probes = facts(ended(Phase.HTTP, Outcome.TIMED_OUT, "the time that this run had left"))
    missing = absent(Settings, Unavailable("no", because="HST111"))
    assert judge(answers_in_time, probes, missing).run is Run.UNDETERMINED


def test_the_subject_is_the_rest_url() -> None:
    probes = facts(ended(Phase.HTTP, Outcome.RESET, "Connection reset by peer"))
    (finding,) = judge(answers_in_http, probes).findings
    assert (finding.status, finding.subject) == (Status.FAIL, PLAIN)


def test_the_answer_is_data_and_stays_short() -> None:
    body = json.dumps({**HOOK, "x": "y" * 10_000}).encode()
    finding = judge(json_object, probes_of(answer(body=body))).findings[0]
    assert len(finding.evidence[0].text) <= 300
