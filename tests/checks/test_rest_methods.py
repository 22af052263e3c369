"""RST: what each check says of REST methods and settings."""

from __future__ import annotations

import pytest
from wcsdiag_checks.rest_methods import (
    app_has_methods,
    connect_is_a_method,
    no_contradictions,
    no_gaps_among_methods,
)
from wcsdiag_checks.rest_settings import rest_request_timeout_sound, rest_requests_not_disabled

from tests.checks.samples_url import CLI_WHERE, GONE, app, apps, cli, intent, settings
from wcsdiag.facts.apps import AppSource
from wcsdiag.facts.cli import CliReply, WcsCli
from wcsdiag.model import Run, Status
from wcsdiag.target import RestIntent
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.rest_methods import KNOWN_METHODS
from wcsdiag.wcs.settings import Settings

ON, OFF, AUTO = RestIntent.ON, RestIntent.OFF, RestIntent.AUTO
NO_CLI = absent(WcsCli, GONE)


@pytest.mark.parametrize("rest", [ON, AUTO])
def test_an_app_with_methods_passes(rest: RestIntent) -> None:
    result = judge(app_has_methods, apps(app()), intent(rest=rest), settings(), NO_CLI)
    assert result.status is Status.PASS


def test_no_methods_fail_where_rest_is_on_and_the_command_is_given() -> None:
    bob = app(methods=(), name="Bob", key="bobKey")
    result = judge(app_has_methods, apps(bob), intent(rest=ON), settings(), NO_CLI)
    assert result.status is Status.FAIL
    [finding] = result.findings
    assert finding.subject == "bobKey"
    assert finding.fix is not None
    assert "add app-rest-method -a Bob" in finding.fix.commands
    assert "bobKey" in finding.fix.text


def test_the_word_that_the_cli_took_is_used_in_commands() -> None:
    bob = app(methods=(), name="Bob", key="bobKey")
    listed = apps(bob, words={"Bob": "bobKey"})
    [finding] = judge(app_has_methods, listed, intent(rest=ON), settings(), NO_CLI).findings
    assert finding.fix is not None
    assert "add app-rest-method -a bobKey" in finding.fix.commands


def test_no_methods_pass_where_rest_is_off_and_say_what_clients_must_pass() -> None:
    result = judge(app_has_methods, apps(app(methods=())), intent(rest=OFF), settings(), NO_CLI)
    assert result.status is Status.PASS
    assert "sipLogin" in result.findings[0].summary


def test_methods_fail_where_rest_is_off() -> None:
    result = judge(app_has_methods, apps(app()), intent(rest=OFF), settings(), NO_CLI)
    assert result.status is Status.FAIL


def test_methods_pass_where_rest_is_off_by_the_settings() -> None:
    off = settings("disable_rest_requests=true")
    result = judge(app_has_methods, apps(app()), intent(rest=OFF), off, NO_CLI)
    assert result.status is Status.PASS


def test_no_methods_are_undetermined_where_nothing_was_said() -> None:
    result = judge(app_has_methods, apps(app(methods=())), intent(), settings(), NO_CLI)
    assert result.run is Run.UNDETERMINED


def test_methods_that_a_file_does_not_tell_are_undetermined() -> None:
    listed = apps(app(methods=None), source=AppSource.DATABASE_YML)
    result = judge(app_has_methods, listed, intent(rest=ON), settings(), NO_CLI)
    assert result.run is Run.UNDETERMINED


def test_methods_that_were_not_understood_show_what_was_printed() -> None:
    reply = CliReply("show app-rest-methods defaultApp", "Lorem ipsum")
    listed = app(methods=None)
    result = judge(
        app_has_methods, apps(listed), intent(rest=ON), settings(), cli((listed,), reply)
    )
    [question] = result.undetermined
    assert question.evidence[0].text == "Lorem ipsum"
    assert question.evidence[0].where == f"{CLI_WHERE}: show app-rest-methods defaultApp"


@pytest.mark.parametrize("spelling", ["connect", "Connect"])
def test_connect_among_the_methods_passes(spelling: str) -> None:
    result = judge(connect_is_a_method, apps(app(methods=(spelling,))), intent())
    assert result.status is Status.PASS


def test_methods_without_connect_warn_where_nobody_said_what_is_meant() -> None:
    result = judge(connect_is_a_method, apps(app(methods=("call",))), intent())
    assert result.status is Status.WARN


def test_methods_without_connect_fail_where_hooks_are_wanted() -> None:
    result = judge(connect_is_a_method, apps(app(methods=("call",))), intent(rest=ON))
    assert result.status is Status.FAIL
    assert result.findings[0].fix is not None
    assert "add app-rest-method defaultApp connect" in result.findings[0].fix.commands


def test_connect_is_skipped_where_the_methods_are_unknown() -> None:
    result = judge(connect_is_a_method, apps(app(methods=None)), intent())
    assert (result.run, result.because) == (Run.SKIPPED, "RST101")


def test_connect_does_not_matter_where_rest_is_off() -> None:
    result = judge(connect_is_a_method, apps(app()), intent(rest=OFF))
    assert result.run is Run.NOT_APPLICABLE


def test_all_methods_have_no_gap() -> None:
    result = judge(no_gaps_among_methods, apps(app(methods=KNOWN_METHODS)), intent())
    assert result.status is Status.PASS


def test_a_use_that_is_left_out_as_a_whole_is_no_gap() -> None:
    result = judge(no_gaps_among_methods, apps(app()), intent())
    assert result.status is Status.PASS
    assert "streaming" in result.findings[0].summary


def test_what_is_missing_is_named_by_use_without_regard_to_case() -> None:
    methods = ("connect", "CONNECTIONSTATUSEVENT", "call", "RegistrationStatusEvent", "hangup")
    result = judge(no_gaps_among_methods, apps(app(methods=methods)), intent())
    assert result.status is Status.WARN
    assert result.findings[0].summary.endswith("for calls: OnCallEvent, CallStatusEvent")


def test_gaps_are_skipped_where_the_methods_are_unknown() -> None:
    assert judge(no_gaps_among_methods, apps(app(methods=None)), intent()).run is Run.SKIPPED


def test_disabled_rest_requests_fail() -> None:
    off = settings("a=b\ndisable_rest_requests=true")
    result = judge(rest_requests_not_disabled, off, intent())
    assert result.status is Status.FAIL
    assert result.findings[0].evidence[0].where.endswith("flashphoner.properties:2")


def test_disabled_rest_requests_pass_where_meant() -> None:
    off = settings("disable_rest_requests=true")
    assert judge(rest_requests_not_disabled, off, intent(rest=OFF)).status is Status.PASS


def test_enabled_rest_requests_pass() -> None:
    assert judge(rest_requests_not_disabled, settings(), intent(rest=ON)).status is Status.PASS


def test_settings_that_cannot_be_read_skip() -> None:
    result = judge(rest_requests_not_disabled, absent(Settings, GONE), intent())
    assert result.run is Run.SKIPPED


def test_no_contradiction_passes() -> None:
    assert judge(no_contradictions, apps(app()), settings(), intent()).status is Status.PASS


def test_methods_against_disabled_rest_warn() -> None:
    off = settings("disable_rest_requests=true")
    assert judge(no_contradictions, apps(app()), off, intent()).status is Status.WARN


def test_an_app_without_methods_beside_one_with_warns() -> None:
    spare = app(methods=(), name="flashStreamingApp")
    result = judge(no_contradictions, apps(app(), spare), settings(), intent())
    assert result.status is Status.WARN
    assert result.findings[0].subject == "flashStreamingApp"


def test_keep_alive_settings_without_the_method_warn() -> None:
    text = (
        "keep_alive_streaming_sessions_enabled=true\n"
        "streaming_sessions_keep_alive_app_keys=defaultApp, other\n"
    )
    result = judge(no_contradictions, apps(app()), settings(text), intent())
    assert result.status is Status.WARN
    assert "StreamKeepAliveEvent" in result.findings[0].summary


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", Status.PASS),
        ("rest_request_timeout=1", Status.PASS),
        ("rest_request_timeout=10", Status.PASS),
        ("rest_request_timeout=0", Status.WARN),
        ("rest_request_timeout=11", Status.WARN),
        ("rest_request_timeout=-1", Status.WARN),
        ("rest_request_timeout=ten", Status.WARN),
    ],
)
def test_the_timeout_is_held_against_one_to_ten(text: str, status: Status) -> None:
    assert judge(rest_request_timeout_sound, settings(text)).status is status
