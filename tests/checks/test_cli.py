"""URL101 to URL106: the CLI, and the apps that it or database.yml shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wcsdiag_checks.cli import (
    app_exists,
    apps_can_be_read,
    cli_algorithms_current,
    cli_and_file_agree,
    cli_login_works,
    default_password_not_in_use,
)

from tests.checks.samples_url import CLI_WHERE, GONE, TARGET, URL, app, apps, cli
from wcsdiag.facts.apps import Apps
from wcsdiag.facts.cli import CliReply, WcsCli
from wcsdiag.facts.cli_contact import CliAttempt, CliContact, CliTrouble
from wcsdiag.facts.database import DatabaseYml
from wcsdiag.host.interface import HostFailure
from wcsdiag.model import Run, Status, Unavailable
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.cli_transport import ShellChannel

FILE = DatabaseYml("/opt/wcs/conf/database.yml", (app(),))
NO_FILE = absent(DatabaseYml, GONE)
NO_CLI = absent(WcsCli, Unavailable("no session", because="URL101"))
NO_APPS = absent(Apps, Unavailable("no session", because="URL101"))
STRANGE = NotUnderstood("Lorem ipsum password=hunter2", "unknown layout")
READ = cli((app(),), CliReply("show apps -d", "..."))


class Entered:
    """A login that succeeded; nobody talks over it here."""

    where = CLI_WHERE
    legacy_algorithms: tuple[str, ...] = ()

    def execute(self, command: str, *, timeout_s: float, limit: int) -> bytes | None:
        raise AssertionError(command)

    def open_shell(self) -> ShellChannel:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError


class EnteredTheOldWay(Entered):
    legacy_algorithms = ("diffie-hellman-group14-sha1",)


INSIDE = CliContact(
    "admin", (2001, 2000), (), transport=Entered(), port=2001, password_source="configured"
)


def outside(trouble: CliTrouble, reason: HostFailure = HostFailure.REFUSED) -> CliContact:
    attempt = CliAttempt(CLI_WHERE, 2001, True, reason, "Connection refused")
    return CliContact("admin", (2001, 2000), (attempt,), trouble)


def test_a_login_passes() -> None:
    assert judge(cli_login_works, INSIDE, TARGET).status is Status.PASS


def test_a_cli_on_which_nothing_listens_fails() -> None:
    result = judge(cli_login_works, outside(CliTrouble.NOTHING_LISTENS), TARGET)
    assert result.status is Status.FAIL
    assert result.findings[0].evidence[0].text == "Connection refused"


@pytest.mark.parametrize(
    "trouble", [trouble for trouble in CliTrouble if trouble is not CliTrouble.NOTHING_LISTENS]
)
def test_a_login_that_is_refused_or_not_reached_is_undetermined(trouble: CliTrouble) -> None:
    result = judge(cli_login_works, outside(trouble), TARGET)
    assert result.run is Run.UNDETERMINED
    assert result.undetermined[0].fix is not None


def test_the_default_password_warns() -> None:
    contact = replace(INSIDE, default_password=True, password_source="documented default")
    result = judge(default_password_not_in_use, contact, TARGET)
    assert result.status is Status.WARN
    assert result.findings[0].fix is not None
    assert "passwd admin" in result.findings[0].fix.commands


def test_another_password_passes() -> None:
    assert judge(default_password_not_in_use, INSIDE, TARGET).status is Status.PASS


def test_a_refused_default_password_passes() -> None:
    refused = outside(CliTrouble.LOGIN_REFUSED, HostFailure.AUTHENTICATION)
    assert judge(default_password_not_in_use, refused, TARGET).status is Status.PASS


def test_a_default_password_that_was_not_tried_is_not_judged() -> None:
    refused = outside(CliTrouble.LOGIN_REFUSED, HostFailure.AUTHENTICATION)
    target = replace(TARGET, default_cli_password=False)
    result = judge(default_password_not_in_use, refused, target)
    assert (result.run, result.because) == (Run.SKIPPED, "URL101")


def test_current_algorithms_pass() -> None:
    assert judge(cli_algorithms_current, INSIDE).status is Status.PASS


def test_outdated_algorithms_warn() -> None:
    result = judge(cli_algorithms_current, replace(INSIDE, transport=EnteredTheOldWay()))
    assert result.status is Status.WARN
    assert "group14-sha1" in result.findings[0].evidence[0].text


def test_algorithms_of_a_cli_out_of_reach_are_not_judged() -> None:
    result = judge(cli_algorithms_current, outside(CliTrouble.NOT_REACHED))
    assert result.run is Run.SKIPPED


def test_apps_of_the_cli_pass() -> None:
    assert judge(apps_can_be_read, READ, NO_FILE, apps(app())).status is Status.PASS


def test_apps_of_the_file_pass_and_say_so() -> None:
    result = judge(apps_can_be_read, NO_CLI, FILE, apps(app()))
    assert result.status is Status.PASS
    assert "database.yml" in result.findings[0].summary


def test_a_layout_that_only_the_file_makes_up_for_warns() -> None:
    assert judge(apps_can_be_read, cli(STRANGE), FILE, apps(app())).status is Status.WARN


def test_a_layout_that_was_not_understood_is_undetermined_and_shown() -> None:
    result = judge(apps_can_be_read, cli(STRANGE), NO_FILE, NO_APPS)
    assert result.run is Run.UNDETERMINED
    text = result.undetermined[0].evidence[0].text
    assert "Lorem ipsum" in text
    assert "hunter2" not in text


def test_without_any_source_the_cli_is_named() -> None:
    result = judge(apps_can_be_read, NO_CLI, NO_FILE, NO_APPS)
    assert (result.run, result.because) == (Run.SKIPPED, "URL101")


def test_sources_that_agree_pass() -> None:
    assert judge(cli_and_file_agree, READ, FILE).status is Status.PASS


def test_sources_that_differ_in_the_url_warn() -> None:
    other = replace(FILE, apps=(app(url="http://other/"),))
    result = judge(cli_and_file_agree, READ, other)
    assert result.status is Status.WARN
    texts = [evidence.text for evidence in result.findings[0].evidence]
    assert texts == [URL, "http://other/"]


def test_an_app_in_the_file_alone_warns() -> None:
    other = replace(FILE, apps=(app(), app(name="second")))
    assert judge(cli_and_file_agree, READ, other).status is Status.WARN


def test_one_source_has_nothing_to_agree_with() -> None:
    assert judge(cli_and_file_agree, READ, NO_FILE).run is Run.NOT_APPLICABLE


def test_an_app_for_every_key_passes() -> None:
    assert judge(app_exists, apps(app()), READ, NO_FILE, TARGET).status is Status.PASS


ASKED = replace(TARGET, app_key="x")
NO_FILE = absent(DatabaseYml, Unavailable("no such file", because="URL104"))
FILE_OF_X = DatabaseYml("/opt/wcs/conf/database.yml", (app(key="x", name="x"),))
FILE_OF_Y = DatabaseYml("/opt/wcs/conf/database.yml", (app(key="y", name="y"),))


@pytest.mark.parametrize(
    ("said", "file", "run"),
    [
        (READ, FILE_OF_Y, Run.COMPLETED),
        (READ, FILE_OF_X, Run.UNDETERMINED),
        (READ, NO_FILE, Run.UNDETERMINED),
        (replace(READ, port=2000), NO_FILE, Run.COMPLETED),
        (replace(READ, port=2000, user="bob"), NO_FILE, Run.UNDETERMINED),
    ],
    ids=["nowhere", "in the file", "no file", "the Manager's CLI", "the Manager's CLI, as bob"],
)
def test_an_unknown_key_fails_where_no_other_user_can_have_it(
    said: WcsCli, file: object, run: Run
) -> None:
    missing = absent(Apps, Unavailable("no app has the key 'x'", because="URL106"))
    result = judge(app_exists, missing, said, file, ASKED)
    assert result.run is run
    assert (result.status is Status.FAIL) is (run is Run.COMPLETED)


def test_no_app_in_the_cli_is_undetermined_where_the_file_has_some() -> None:
    assert judge(app_exists, apps(), cli(()), FILE_OF_X, TARGET).run is Run.UNDETERMINED


def test_an_unknown_key_is_undetermined_where_only_the_file_says_so() -> None:
    missing = absent(Apps, Unavailable("no app has the key 'x'", because="URL106"))
    assert judge(app_exists, missing, NO_CLI, FILE_OF_X, ASKED).run is Run.UNDETERMINED


def test_apps_that_could_not_be_read_are_named_as_the_reason() -> None:
    result = judge(app_exists, NO_APPS, NO_CLI, NO_FILE, TARGET)
    assert (result.run, result.because) == (Run.SKIPPED, "URL101")


def test_no_app_at_all_fails_for_admin() -> None:
    assert judge(app_exists, apps(), cli(()), NO_FILE, TARGET).status is Status.FAIL


def test_no_app_is_undetermined_for_another_user() -> None:
    assert judge(app_exists, apps(), cli((), user="bob"), NO_FILE, TARGET).run is Run.UNDETERMINED
