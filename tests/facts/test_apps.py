"""Apps: which source is used, what is completed from the other, and which are selected."""

from __future__ import annotations

import pytest

from wcsdiag.facts.apps import AppSource, apps
from wcsdiag.facts.cli import WcsCli
from wcsdiag.facts.database import DatabaseYml
from wcsdiag.model import Unavailable
from wcsdiag.redact import Secret
from wcsdiag.target import Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood

TARGET = Target("wcs1")
BOB = App("Bob", "bobKey", "http://web/bob", methods=("connect",))
STOCK = App("defaultApp", "defaultApp", "http://web/hooks")
IN_FILE = App("Bob", "bobKey", "http://old/bob", None, "user", Secret("pw"), ("call",))
FILE = DatabaseYml("/opt/wcs/conf/database.yml", (IN_FILE,))
GONE = Unavailable("no session", because="URL101")
STRANGE = NotUnderstood("?", "unknown layout")


def cli(*listed: App) -> WcsCli:
    return WcsCli("host: WCS CLI at 127.0.0.1:2001", 2001, "admin", "", False, (), listed, ())


def test_the_cli_leads_and_the_file_completes() -> None:
    found = apps(cli(BOB, STOCK), FILE, TARGET)
    bob = found.selected[0]
    assert found.source is AppSource.CLI
    assert (bob.url, bob.methods) == ("http://web/bob", ("connect",))
    assert (bob.rest_username, bob.rest_password) == ("user", Secret("pw"))
    assert found.selected[1] == STOCK


def test_the_file_stands_in_for_the_cli() -> None:
    found = apps(GONE, FILE, TARGET)
    assert found.source is AppSource.DATABASE_YML
    assert found.selected == (IN_FILE,)


def test_without_any_source_the_cli_is_the_one_to_mend() -> None:
    with pytest.raises(Unavailable) as caught:
        apps(GONE, Unavailable("no file", because="URL104"), TARGET)
    assert caught.value.because == "URL101"


def test_without_an_understood_source_the_reading_failed() -> None:
    odd = WcsCli("host: WCS CLI", 2001, "admin", "", False, (), STRANGE, ())
    with pytest.raises(Unavailable) as caught:
        apps(odd, DatabaseYml("/x", STRANGE), TARGET)
    assert caught.value.because == "URL104"


def test_the_app_key_selects_and_all_stay_known() -> None:
    found = apps(cli(BOB, STOCK), GONE, Target("wcs1", app_key="bobKey"))
    assert found.selected == (BOB,)
    assert found.existing == (BOB, STOCK)


@pytest.mark.parametrize(
    ("key", "hint"), [("bobkey", "'bobKey'"), ("Bob", "is the name"), ("zzz", "correct the key")]
)
def test_an_unknown_key_names_those_that_exist_and_the_nearest(key: str, hint: str) -> None:
    with pytest.raises(Unavailable) as caught:
        apps(cli(BOB, STOCK), GONE, Target("wcs1", app_key=key))
    assert caught.value.because == "URL106"
    assert "'bobKey', 'defaultApp'" in caught.value.reason
    assert caught.value.fix is not None
    assert hint in caught.value.fix.text


def test_each_url_comes_once_with_its_apps() -> None:
    twin = App("twin", "twin", "http://web/bob")
    found = apps(cli(BOB, STOCK, twin), GONE, TARGET)
    assert found.by_url == {"http://web/bob": (BOB, twin), "http://web/hooks": (STOCK,)}


def test_the_login_for_commands_is_the_users_own() -> None:
    found = apps(cli(BOB), GONE, Target("wcs1", cli_user="alice"))
    assert found.cli == "ssh -J wcs1 -p 2001 alice@127.0.0.1"


def test_rest_urls_of_apps_without_methods_are_not_in_use_where_others_have_some() -> None:
    unused = App("stock", "stock", "http://old/", methods=())
    assert list(apps(cli(BOB, unused), GONE, TARGET).urls_in_use) == ["http://web/bob"]
    assert list(apps(cli(unused), GONE, TARGET).urls_in_use) == ["http://old/"]
