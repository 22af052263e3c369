from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from wcsdiag_checks.hook_traffic import every_hook_is_answered, hooks_are_exchanged

from tests.checks.hook_facts import APPS, NOW, exchange, hooks, nothing, numbers, said
from tests.checks.samples_url import GONE, TARGET, URL, app, apps, settings
from wcsdiag.facts.apps import Apps
from wcsdiag.hooks.exchange import Failure
from wcsdiag.logs.exchanges import UNANSWERED
from wcsdiag.model import Run, Status
from wcsdiag.testing import absent, judge

NO_APPS = absent(Apps, GONE)
LOST = exchange("call", NOW - timedelta(minutes=9), error=UNANSWERED, failure=Failure.OTHER)
FAILED = exchange("call", error="java.net.ConnectException", failure=Failure.REFUSED)


def test_hooks_without_failure_pass_with_the_table_of_their_numbers() -> None:
    traffic = hooks(numbers(), numbers("ConnectionStatusEvent", 7, p95=1.25, longest=1.5))
    result = judge(hooks_are_exchanged, TARGET, traffic, APPS)
    assert result.status is Status.PASS
    (finding,) = result.findings
    assert finding.subject == URL
    assert finding.evidence[0].text.splitlines() == [
        "REST method            hooks  failed   p50     p95     max  last seen",
        "connect                   20       0  5 ms    6 ms    9 ms   15:00:00",
        "ConnectionStatusEvent      7       0  5 ms  1.25 s  1.50 s   15:00:00",
    ]


def test_some_failures_are_a_warning_that_names_their_kind() -> None:
    result = judge(hooks_are_exchanged, TARGET, hooks(numbers(failed=3)), APPS)
    assert result.status is Status.WARN
    assert "3 of 20 hooks" in said(result)
    assert "3 no answer came within the time limit" in said(result)


def test_failures_alone_fail_for_their_rest_url() -> None:
    traffic = hooks(numbers(failed=20, p95=None, longest=None))
    result = judge(hooks_are_exchanged, TARGET, traffic, NO_APPS)
    assert result.status is Status.FAIL
    assert "20 of 20" in said(result)


def test_failures_of_an_app_that_was_not_asked_about_are_a_warning() -> None:
    other = app("http://other/hooks", name="other")
    known = replace(apps(app(), other), selected=(app(),))
    traffic = hooks(numbers(), numbers(count=4, failed=4, key="other"))
    result = judge(hooks_are_exchanged, TARGET, traffic, known)
    assert result.status is Status.WARN
    assert "--app-key" in said(result)


def test_where_nothing_was_seen_in_a_part_of_the_log_is_undetermined() -> None:
    for check in (hooks_are_exchanged, every_hook_is_answered):
        result = judge(check, TARGET, nothing(complete=False), APPS, settings())
        assert result.run is Run.UNDETERMINED
        assert "newest 4 MiB" in said(result)


def test_where_no_hook_was_sent_there_is_nothing_to_judge() -> None:
    for check in (hooks_are_exchanged, every_hook_is_answered):
        result = judge(check, TARGET, nothing(), APPS, settings())
        assert result.run is Run.NOT_APPLICABLE


def test_hooks_whose_end_was_not_seen_are_undetermined() -> None:
    result = judge(hooks_are_exchanged, TARGET, hooks(numbers(count=1, unknown=1)), APPS)
    assert result.run is Run.UNDETERMINED


def test_answered_hooks_pass_and_failed_ones_are_not_called_unanswered() -> None:
    traffic = hooks(numbers(failed=1, unknown=1), exchanges=(FAILED,))
    result = judge(every_hook_is_answered, TARGET, traffic, APPS, settings())
    assert result.status is Status.PASS
    assert "the end of 1 hook is not in what was read" in said(result)


def test_a_hook_with_neither_answer_nor_error_fails_with_an_example() -> None:
    traffic = hooks(numbers(), exchanges=(LOST, LOST))
    result = judge(every_hook_is_answered, TARGET, traffic, APPS, settings())
    assert result.status is Status.FAIL
    (finding,) = result.findings
    assert finding.subject == URL
    assert "at least 2 hooks got neither an answer nor an error: 2 call" in finding.summary
    assert f"14:51:00 POST {URL}/call" in finding.evidence[0].text


def test_unanswered_hooks_of_an_app_that_was_not_asked_about_are_a_warning() -> None:
    other = app("http://other/hooks", name="other")
    known = replace(apps(app(), other), selected=(other,))
    traffic = hooks(numbers(), exchanges=(LOST,))
    result = judge(every_hook_is_answered, TARGET, traffic, known, settings())
    assert result.status is Status.WARN
    assert "--app-key" in said(result)


def test_without_a_limit_a_hook_that_waits_for_minutes_is_unanswered() -> None:
    waiting = exchange("call", NOW - timedelta(minutes=5), failure=Failure.NOT_SEEN)
    traffic = hooks(numbers(unknown=1), exchanges=(waiting,))
    unlimited = settings("rest_request_timeout=0\n")
    assert judge(every_hook_is_answered, TARGET, traffic, APPS, unlimited).status is Status.FAIL
    assert judge(every_hook_is_answered, TARGET, traffic, APPS, settings()).status is Status.PASS


def test_declined_hooks_are_counted_and_fail_nothing() -> None:
    traffic = hooks(replace(numbers(), refused=3))
    result = judge(hooks_are_exchanged, TARGET, traffic, APPS)
    assert result.status is Status.PASS
    assert "3 declined with 403" in said(result)


def test_where_every_connect_is_declined_the_check_fails_unless_they_are_few() -> None:
    for count, status in ((20, Status.FAIL), (2, Status.WARN)):
        rows = (replace(numbers(count=count), refused=count), numbers("ConnectionStatusEvent"))
        result = judge(hooks_are_exchanged, TARGET, hooks(*rows), APPS)
        assert result.status is status
        assert f"every connect to {URL} was declined with 403" in said(result)


def test_a_single_unanswered_hook_of_very_many_is_a_warning() -> None:
    traffic = hooks(numbers(count=5000), exchanges=(LOST,))
    result = judge(every_hook_is_answered, TARGET, traffic, APPS, settings())
    assert result.status is Status.WARN


def test_hooks_of_an_app_key_that_went_to_two_rest_urls_are_said_to_be_counted_together() -> None:
    before = replace(exchange(at=NOW - timedelta(minutes=9)), url="http://old:9091/hooks/connect")
    result = judge(
        hooks_are_exchanged, TARGET, hooks(numbers(), exchanges=(before, exchange())), APPS
    )
    assert f"http://old:9091/hooks (last at 14:51:00), {URL} (last at 15:00:00)" in said(result)
