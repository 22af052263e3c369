"""Whose credentials a hook carries."""

from __future__ import annotations

import pytest

from wcsdiag.cli.destinations import _credentials, rest_url
from wcsdiag.redact import Secret
from wcsdiag.wcs.app import App
from wcsdiag.wcs.settings import Setting, Settings

URL = "http://web.example/hooks"
APP = App("a", "k", URL, None, "user", Secret("pass"))
SIGNED = Settings(
    {
        "rest_hook_send_hash": Setting("true", "f:1"),
        "rest_hook_secret_key": Setting("host-key", "f:2"),
    },
    {},
    (),
)


def test_the_apps_own_url_gets_its_credentials() -> None:
    found = _credentials(SIGNED, APP, rest_url(URL + "/"))
    assert found.hash_key == Secret("host-key")
    assert (found.username, found.password) == ("user", Secret("pass"))


def test_another_url_gets_none_of_them() -> None:
    found = _credentials(SIGNED, APP, rest_url("http://elsewhere.example/hooks"))
    assert found.header(b"{}") is None


def test_what_the_environment_gives_goes_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WCSDIAG_HOOK_HASH_KEY", "my-key")
    found = _credentials(SIGNED, APP, rest_url("http://elsewhere.example/hooks"))
    assert found.hash_key == Secret("my-key")
    assert not found.username
