"""The hook that wcsdiag sends itself, and how it is signed."""

from __future__ import annotations

import json

from wcsdiag.hooks.signature import basic_header, hash_header
from wcsdiag.hooks.synthetic import body_of, connect_hook
from wcsdiag.redact import Secret


def test_the_values_are_obviously_synthetic_but_for_the_app_key() -> None:
    hook = connect_hook("defaultApp")
    assert hook["appKey"] == "defaultApp"
    assert "wcsdiag-synthetic" in str(hook["nodeId"])
    assert "wcsdiag-synthetic" in str(hook["sessionId"])


def test_the_body_is_json_in_utf_8() -> None:
    body = body_of(connect_hook("ключ"))
    assert json.loads(body)["appKey"] == "ключ"
    assert "ключ".encode() in body


def test_the_hash_is_the_hmac_md5_of_the_body() -> None:
    # RFC 2104's own example.
    header = hash_header(b"what do ya want for nothing?", Secret("Jefe"))
    assert header.reveal() == "WCS 750c783e6ab0b503eaa86e310a5db738"


def test_basic_credentials_are_encoded() -> None:
    assert basic_header("user", Secret("pass")).reveal() == "Basic dXNlcjpwYXNz"
