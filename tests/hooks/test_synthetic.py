"""The hook that wcsdiag sends itself, and how it is signed."""

from __future__ import annotations

import json

import pytest

from wcsdiag.hooks.catalogue import CATALOGUE, find
from wcsdiag.hooks.known_fields import COMMON_FIELDS, KNOWN_FIELDS
from wcsdiag.hooks.signature import basic_header, hash_header
from wcsdiag.hooks.synthetic import (
    SCENARIOS,
    body_of,
    connect_hook,
    hook_of,
    ids_of,
    new_ids,
    scenario_hooks,
)
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


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_hooks_of_a_scenario_hold_one_session_and_documented_names(name: str) -> None:
    documented = {*COMMON_FIELDS, *(field for names in KNOWN_FIELDS.values() for field in names)}
    hooks = scenario_hooks(name, "defaultApp", ids_of("1"))
    assert {body["sessionId"] for _, body in hooks} == {ids_of("1").session_id}
    assert {body["appKey"] for _, body in hooks} == {"defaultApp"}
    for method, body in hooks:
        assert find(method) is not None
        assert set(body) <= documented


def test_a_registration_asks_for_one_and_a_plain_connection_does_not() -> None:
    for name, asked in (("registration", True), ("connection", None)):
        (_, connect), *_ = scenario_hooks(name, "defaultApp", new_ids())
        assert connect.get("sipRegisterRequired") is asked


def test_each_run_has_ids_of_its_own() -> None:
    assert new_ids() != new_ids()
    assert ids_of("1") == ids_of("1")


def test_every_rest_method_has_a_hook() -> None:
    for method in CATALOGUE:
        assert set(hook_of(method.name, "app", ids_of("1"))) >= set(COMMON_FIELDS)
    assert hook_of("callStatusEvent", "app", ids_of("1"), "FAILED")["status"] == "FAILED"


def test_another_scenario_does_not_exist() -> None:
    with pytest.raises(KeyError):
        scenario_hooks("dance", "app", ids_of("1"))
