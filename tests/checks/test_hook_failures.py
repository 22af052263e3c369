from __future__ import annotations

import json
from dataclasses import replace

from wcsdiag_checks.hook_failures import hooks_are_sent_once, newest_config, no_hidden_failures

from tests.checks.hook_facts import APPS, exchange, hooks, nothing, numbers, said
from tests.checks.samples_url import GONE, TARGET, URL, settings
from wcsdiag.hooks.rest_client_config import DEFAULTS, ClientConfig
from wcsdiag.model import Run, Status
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.settings import Settings

FAIL = exchange(answer=json.dumps({"restClientConfig": {"Call": {"restOnError": "FAIL"}}}))


def test_no_failure_is_none_hidden() -> None:
    result = judge(no_hidden_failures, TARGET, hooks(numbers(), numbers("call")), APPS)
    assert result.status is Status.PASS


def test_failures_of_connect_are_never_hidden() -> None:
    result = judge(no_hidden_failures, TARGET, hooks(numbers(failed=2)), APPS)
    assert result.status is Status.PASS
    assert "web clients notice 2 failures" in said(result)


def test_failures_that_wcs_passes_over_are_a_warning_with_methods_and_counts() -> None:
    traffic = hooks(numbers(), numbers("call", failed=4), numbers("hangup", failed=1))
    result = judge(no_hidden_failures, TARGET, traffic, APPS)
    assert result.status is Status.WARN
    (finding,) = result.findings
    assert finding.subject == URL
    assert "4 call, 1 hangup" in finding.summary
    assert finding.fix is not None
    assert '"call": {"restOnError": "FAIL"}' in finding.fix.text


def test_an_answer_to_connect_that_asks_for_fail_hides_nothing() -> None:
    traffic = hooks(numbers("call", failed=4), exchanges=(FAIL,))
    assert judge(no_hidden_failures, TARGET, traffic, APPS).status is Status.PASS


def test_the_newest_answer_with_a_configuration_counts() -> None:
    log = exchange(answer='{"restClientConfig": {"call": {"restOnError": "LOG"}}}')
    plain, broken = exchange(answer="{}"), exchange(answer='{"restClientConfig": [')
    fail = ClientConfig(failing=frozenset({"call"}))
    assert newest_config((log, FAIL, broken), "defaultApp") == fail
    assert (
        newest_config((FAIL, log), "defaultApp")
        == newest_config((plain,), "defaultApp")
        == DEFAULTS
    )
    assert newest_config((FAIL,), "other") is None


def test_a_refusal_without_effect_is_hidden_where_the_answer_to_connect_was_read() -> None:
    refused = replace(numbers("publishStream"), refused=2)
    plain = exchange(answer='{"appKey": "defaultApp"}')
    known = judge(no_hidden_failures, TARGET, hooks(refused, exchanges=(plain,)), APPS)
    assert known.status is Status.WARN
    assert "2 publishStream" in said(known)
    unknown = judge(no_hidden_failures, TARGET, hooks(refused), APPS)
    assert unknown.status is Status.PASS


def test_repetitions_are_not_judged_where_bodies_were_left_out() -> None:
    thinned = replace(exchange(), request_truncated=True)
    result = judge(
        hooks_are_sent_once, TARGET, hooks(numbers(), exchanges=(thinned,)), APPS, settings()
    )
    assert result.run is Run.NOT_APPLICABLE


def test_no_hook_leaves_nothing_to_judge() -> None:
    assert judge(no_hidden_failures, TARGET, nothing(), APPS).run is Run.NOT_APPLICABLE
    result = judge(hooks_are_sent_once, TARGET, nothing(), APPS, settings())
    assert result.run is Run.NOT_APPLICABLE


def test_hooks_that_are_sent_once_pass() -> None:
    result = judge(hooks_are_sent_once, TARGET, hooks(numbers()), APPS, settings())
    assert result.status is Status.PASS


def test_hooks_that_are_sent_again_are_a_warning_with_the_settings_behind_it() -> None:
    known = settings("rest_client_request_retry_count=5\n")
    traffic = hooks(numbers(), numbers("call", again=3))
    result = judge(hooks_are_sent_once, TARGET, traffic, APPS, known)
    assert result.status is Status.WARN
    assert "3 hooks" in said(result)
    assert "3 call" in said(result)
    assert "rest_client_request_retry_count=5" in said(result)
    assert "rest_client_request_sent_retry_enabled is not set" in said(result)


def test_unknown_settings_are_said() -> None:
    traffic = hooks(numbers("call", again=1))
    result = judge(hooks_are_sent_once, TARGET, traffic, APPS, absent(Settings, GONE))
    assert result.status is Status.WARN
    assert "the settings are not known" in said(result)
