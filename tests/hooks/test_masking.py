"""Bodies of hooks for display."""

from __future__ import annotations

import json

import pytest

from wcsdiag.hooks.masking import masked, masked_text
from wcsdiag.redact.shapes import redact_shapes


@pytest.mark.parametrize(
    "name",
    ["sipPassword", "restPassword", "authToken", "client_secret", "Authorization", "Set-Cookie"],
)
def test_values_of_secret_names_are_masked_however_deep(name: str) -> None:
    body = {name: "hunter2", "custom": {"list": [{name: ["hunter2"]}, {"sub": {name: 2}}]}}
    shown = masked(body)
    assert "hunter2" not in json.dumps(shown)
    assert name in shown


def test_what_is_no_secret_stays() -> None:
    body = {"appKey": "defaultApp", "n": 1, "ok": True, "none": None, "list": ["a", {"b": 1.5}]}
    assert masked(body) == body


def test_a_secret_within_a_text_is_masked() -> None:
    shown = masked({"urlServer": "rtsp://user:hunter2@192.0.2.1/stream"})
    assert shown == {"urlServer": "rtsp://user:[redacted]@192.0.2.1/stream"}


def test_an_sdp_is_shortened() -> None:
    assert len(str(masked({"sdp": "v=0\r\n" * 1000})["sdp"])) < 100


def test_what_is_too_much_is_cut_and_says_so() -> None:
    deep: object = "bottom"
    for _ in range(1000):
        deep = {"d": deep}
    shown = json.dumps(masked({"deep": deep, "long": "x" * 10**6, "wide": list(range(10**5))}))
    assert len(shown) < 10_000
    assert "bottom" not in shown
    assert "1000000 characters" in shown


@pytest.mark.parametrize("text", ['{"sipPassword" : "hunter2"}', '{"authToken":"hunter2'])
def test_a_body_as_text_is_masked_even_where_it_was_cut(text: str) -> None:
    assert "hunter2" not in masked_text(text, 1000)
    assert len(masked_text("x" * 5000, 100)) == 100


@pytest.mark.parametrize(
    "text",
    [
        *("password=hunter2", "x.pass: hunter2", "pwd = hunter2", "API_SECRET: hunter2"),
        *("Pa\u017f\u017fWord=hunter2", "authToken => hunter2", "Authorization: Basic hunter2"),
        *("Set-Cookie: id=hunter2", "http://user:hunter2@192.0.2.1/"),
        *("appKey=a api_key=hunter2", '{"appKey": "a", "accessKey": "hunter2"}'),
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    ],
)
def test_every_shape_of_a_secret_is_looked_for(text: str) -> None:
    assert masked_text(text, 1000) == redact_shapes(text)
    assert masked({"note": text}) == {"note": redact_shapes(text)}
