"""Secrets are taken out of text in whatever form they come, and nothing else is."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.samples import UNHEALTHY
from wcsdiag.model import Evidence, Fix, Report
from wcsdiag.redact import RedactingFormatter, Redactor, Secret

CANARY = 'cän/ary "7&<x> é'


def redactor(*secrets: str) -> Redactor:
    """One that has learned these."""
    made = Redactor()
    for secret in secrets:
        made.learn(Secret(secret))
    return made


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        quote(CANARY),
        quote(CANARY, safe=""),
        quote(CANARY, safe="").replace("%C3", "%c3"),
        quote_plus(CANARY),
        json.dumps(CANARY),
        json.dumps(CANARY, ensure_ascii=False),
        json.dumps(json.dumps(CANARY)),
        base64.b64encode(CANARY.encode()).decode(),
        base64.urlsafe_b64encode(CANARY.encode()).decode(),
        CANARY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    ],
)
def test_a_learned_secret_is_replaced_in_every_form(form: str) -> None:
    cleaned = redactor(CANARY).clean(f"before {form} after")

    assert form not in cleaned
    assert cleaned.startswith("before ")
    assert cleaned.endswith(" after")
    assert "[redacted]" in cleaned


@pytest.mark.parametrize("user", ["u", "us", "use", "user"])
def test_basic_credentials_are_replaced_at_every_alignment(user: str) -> None:
    encoded = base64.b64encode(f"{user}:swordfish-9".encode()).decode()

    assert redactor("swordfish-9").clean(f"sent {encoded} twice") == "sent [redacted] twice"


@given(secret=st.text(min_size=4, max_size=30), around=st.binary(max_size=7))
def test_no_secret_survives_cleaning(secret: str, around: bytes) -> None:
    if secret == "admin" or not secret.strip() or secret in "[redacted]":
        return
    text = f"<{secret}> {base64.b64encode(around + secret.encode() + around).decode()}"

    cleaned = redactor(secret).clean(text)

    assert secret not in cleaned.replace("[redacted]", "")
    assert cleaned.count("[redacted]") >= 2


def test_a_very_short_secret_is_replaced_only_where_it_stands_alone() -> None:
    assert redactor("ab").clean("ab, cab and ab") == "[redacted], cab and [redacted]"


def test_the_documented_default_password_is_no_secret() -> None:
    assert redactor("admin").clean("ssh -p 2001 admin@host") == "ssh -p 2001 admin@host"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ('{"sipPassword":"x y", "sipPort":"1"}', '{"sipPassword":"[redacted]", "sipPort":"1"}'),
        ('"authToken" : "/92.1",', '"authToken" : "[redacted]",'),
        (r"{\"restPassword\":\"a\\\"b\",\"z\":1}", r"{\"restPassword\":\"[redacted]\",\"z\":1}"),
        ('{"pin_token": 123}', '{"pin_token": "[redacted]"}'),
        ('{"password": null, "token": ""}', '{"password": null, "token": ""}'),
        ("rest_hook_secret_key = 12 34\nport=1", "rest_hook_secret_key = [redacted]\nport=1"),
        ("  restPassword: hunter 2", "  restPassword: [redacted]"),
        ("App{restPassword=hunter2, id=1}", "App{restPassword=[redacted], id=1}"),
        ("GET /x?token=abc&y=1", "GET /x?token=[redacted]&y=1"),
        ("Authorization: Basic YTpi\r\nHost: x", "Authorization: [redacted]\r\nHost: x"),
        ('"Authorization": "WCS f2a4"', '"Authorization": "[redacted]"'),
        ('{"userPwd":"a b","apiKey":"c"}', '{"userPwd":"[redacted]","apiKey":"[redacted]"}'),
        ('{"pin": 1234, "pinned": 1}', '{"pin": "[redacted]", "pinned": 1}'),
        (
            "{user_pwd=x, accessKey=y, jwt=z}",
            "{user_pwd=[redacted], accessKey=[redacted], jwt=[redacted]}",
        ),
        ("http://user:pa:ss@web/x", "http://user:[redacted]@web/x"),
    ],
)
def test_what_stands_where_secrets_stand_goes_without_being_learned(
    text: str, cleaned: str
) -> None:
    assert Redactor().clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "WCSDIAG_CLI_PASSWORD=... wcsdiag all",
        "update app -u USER -p PASSWORD KEY",
        "conf/token_keys.properties is there",
        "The default CLI password is not in use",
        "http://web:9091/EchoApp",
    ],
)
def test_instructions_and_prose_stay_as_they_are(text: str) -> None:
    assert Redactor().clean(text) == text


def test_cleaning_twice_changes_nothing_more() -> None:
    once = Redactor().clean("password: x\nAuthorization: Basic abc\nhttp://a:b@c/")

    assert Redactor().clean(once) == once


def test_every_text_of_a_report_is_cleaned_and_codes_stay() -> None:
    given_report = _with_canary(UNHEALTHY, "swordfish")

    cleaned = redactor("swordfish", "WEB102").clean_report(given_report)

    assert "swordfish" not in repr(cleaned)
    assert cleaned.causes[0].code == "WEB102"
    assert cleaned.exit_code == given_report.exit_code


def test_the_last_look_leaves_the_words_that_every_output_has() -> None:
    assert redactor("verdict", "swordfish").scan('{"verdict": "swordfish"}', '"verdict"') == (
        '{"verdict": "[redacted]"}'
    )


def test_a_log_line_is_cleaned_with_its_arguments_and_traceback() -> None:
    formatter = RedactingFormatter(redactor("swordfish"), "%(message)s")
    error = ValueError("swordfish")
    record = logging.LogRecord(
        "n", 10, "f", 1, "got %s", ("swordfish",), (type(error), error, None)
    )

    text = formatter.format(record)

    assert "swordfish" not in text
    assert "ValueError" in text


def test_a_log_line_that_cannot_be_formatted_shows_nothing_of_its_arguments() -> None:
    record = logging.LogRecord("n", 10, "f", 1, "%d", ("swordfish",), None)

    assert "swordfish" not in RedactingFormatter(Redactor(), "%(message)s").format(record)


def _with_canary(report: Report, canary: str) -> Report:
    cause = replace(
        report.causes[0],
        summary=f"summary {canary}",
        evidence=(Evidence(canary, f"host: {canary}"),),
        fix=Fix(canary, (f"echo {canary}",)),
    )
    result = replace(report.results[0], reason=canary, traceback=f"Traceback {canary}")
    return replace(
        report, causes=(cause,), results=(result, *report.results[1:]), notes=(f"note {canary}",)
    )
