from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from wcsdiag_checks.hook_intent import hooks_are_sent, nothing_removed_is_sent

from tests.checks.hook_facts import APPS, NOW, PATH, hooks, nothing, numbers, said
from tests.checks.samples_url import GONE, TARGET, app, apps, installation, intent, settings
from wcsdiag.facts.apps import Apps
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.facts.processes import Process, Processes
from wcsdiag.hooks.exchange import Failure
from wcsdiag.hooks.traffic import Contact
from wcsdiag.model import CheckResult, Run, Status
from wcsdiag.target import RestIntent
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.settings import Settings

OFF = intent(rest=RestIntent.OFF)
LOG_ENDS = NOW - timedelta(minutes=1)
NO_METHODS = apps(app(methods=()))
DISABLED = settings("disable_rest_requests=true\n")


def sent(
    traffic: HookTraffic, known: Apps = APPS, *more: object, ends: datetime | None = LOG_ENDS
) -> CheckResult:
    since = traffic.window.since
    log = LogWindow(traffic.window, FileWindow(PATH, traffic.role, since, since, ends))
    facts = {type(each): each for each in (intent(), settings(), installation(), *more)}
    return judge(hooks_are_sent, TARGET, traffic, known, log, *facts.values())


def test_hooks_that_were_sent_pass_with_their_number() -> None:
    result = sent(hooks(numbers()))
    assert result.status is Status.PASS
    assert "20 hooks were sent" in said(result)


def test_a_silent_stock_app_beside_one_in_use_passes_and_is_named() -> None:
    known = apps(app(), app(name="flashStreamingApp"))
    result = sent(hooks(numbers()), known)
    assert result.status is Status.PASS
    assert "none for flashStreamingApp" in said(result)


def test_silence_in_a_living_log_names_the_web_client_and_its_app_key() -> None:
    result = sent(nothing())
    assert result.status is Status.WARN
    assert "an app key that WCS does not know" in said(result)
    assert "14:59:00" in said(result)


def test_silence_in_a_silent_log_says_that_nobody_came() -> None:
    result = sent(nothing(), ends=None)
    assert result.status is Status.WARN
    assert "no life" in said(result)


def test_hooks_of_other_app_keys_alone_are_a_warning_that_names_them() -> None:
    result = sent(hooks(numbers(key="otherApp")))
    assert result.status is Status.WARN
    assert "20 otherApp" in said(result)


def test_hooks_whose_app_key_was_not_seen_are_not_called_another_apps() -> None:
    assert sent(hooks(numbers(key=None))).status is Status.PASS


@pytest.mark.parametrize(
    "facts", [(APPS, OFF), (APPS, DISABLED), (NO_METHODS,)], ids=["off", "disabled", "no methods"]
)
def test_where_no_hook_is_wanted_none_is_missed(facts: tuple[Apps, object]) -> None:
    known, *more = facts
    assert sent(nothing(), known, *more).run is Run.NOT_APPLICABLE


def test_silence_right_after_the_start_of_wcs_says_nothing() -> None:
    window = Window(NOW - timedelta(seconds=40), NOW, "since WCS started at 14:59:20")
    assert sent(replace(nothing(), window=window)).run is Run.NOT_APPLICABLE


def test_silence_in_a_part_of_the_log_is_undetermined() -> None:
    assert sent(nothing(complete=False)).run is Run.UNDETERMINED


def test_failures_without_hooks_say_that_the_log_may_not_take_level_info() -> None:
    failure = Contact("web:8000", Failure.REFUSED, "java.net.ConnectException", NOW)
    found = nothing()
    result = sent(replace(found, traffic=replace(found.traffic, contacts=(failure,))))
    assert result.run is Run.UNDETERMINED
    assert "1 x java.net.ConnectException" in said(result)
    assert result.undetermined[0].fix is not None
    assert "log4j.properties" in result.undetermined[0].fix.commands[0]


def removed(traffic: HookTraffic, known: Apps = APPS, *more: object) -> CheckResult:
    core = Process(1, "wcs", NOW - timedelta(minutes=30), "java")
    processes = Processes(core, None, "host: /proc")
    facts = {type(each): each for each in (intent(), settings(), processes, *more)}
    return judge(nothing_removed_is_sent, TARGET, traffic, known, *facts.values())


def test_hooks_of_the_apps_methods_pass_in_whatever_case() -> None:
    assert removed(hooks(numbers(), numbers("CALL"))).status is Status.PASS


def test_a_method_that_the_app_lacks_and_that_is_still_sent_is_a_warning() -> None:
    traffic = hooks(numbers(), numbers("hangup", last=NOW - timedelta(seconds=20)))
    result = removed(traffic)
    assert result.status is Status.WARN
    assert "hangup are still sent" in said(result)
    assert "20 s ago, at 14:59:40" in said(result)


def test_it_fails_where_rest_is_meant_to_be_off() -> None:
    result = removed(hooks(numbers()), NO_METHODS, OFF)
    assert result.status is Status.FAIL
    assert result.findings[0].subject == "defaultApp"


def test_hooks_from_before_the_removal_pass_with_the_time_of_the_last() -> None:
    traffic = hooks(numbers(last=NOW - timedelta(minutes=10)))
    result = removed(traffic, NO_METHODS, OFF)
    assert result.status is Status.PASS
    assert "the last one at 14:50:00" in said(result)


def test_a_setting_that_switches_all_off_removes_every_method() -> None:
    assert removed(hooks(numbers()), APPS, DISABLED, OFF).status is Status.FAIL


def test_right_after_a_restart_old_sessions_may_still_send() -> None:
    restarted = Processes(Process(1, "wcs", NOW - timedelta(seconds=10), "java"), None, "ps")
    assert removed(hooks(numbers()), APPS, DISABLED, OFF, restarted).status is Status.WARN


def test_unknown_rest_methods_leave_it_open() -> None:
    unknown = apps(app(methods=None))
    assert removed(hooks(numbers()), unknown).run is Run.SKIPPED


def test_unknown_settings_and_processes_are_no_obstacle() -> None:
    gone = (absent(Settings, GONE), absent(Processes, GONE))
    result = judge(nothing_removed_is_sent, TARGET, hooks(numbers()), APPS, OFF, *gone)
    assert result.status is Status.PASS
