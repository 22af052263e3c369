"""Group LOG, judged over facts made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from wcsdiag_checks.logs import log_is_fresh, log_is_readable, log_is_there, no_crash_report
from wcsdiag_checks.logs_errors import no_failed_hooks, no_other_errors

from tests.logs.dated import date_backwards
from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.facts.clock import HostClock
from wcsdiag.facts.crash_reports import CrashReport, CrashReports
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.log_reading import FileWindow
from wcsdiag.facts.log_window import LogWindow, Window
from wcsdiag.facts.logs import LogFile, LogSearch, ServerLog
from wcsdiag.facts.processes import Process, Processes
from wcsdiag.logs.errors_seen import look
from wcsdiag.logs.records import parse
from wcsdiag.model import CheckResult, Run, Status, Unavailable
from wcsdiag.target import Intent, Target
from wcsdiag.testing import absent, judge
from wcsdiag.wcs.app import App
from wcsdiag.wcs.generation import Generation

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HOME = "/usr/local/FlashphonerWebCallServer"
PATH = f"{HOME}/logs/server_logs/flashphoner.log"
TARGET = Target("wcs1.example.com", ssh_user="ops")
INSTALLED = Installation(HOME, Generation.WITHOUT_MANAGER, "5.2", "found", "version")
NO_APPS = absent(Apps, Unavailable("not known", because="URL104"))
CLOCK = HostClock(UTC, "UTC", timedelta(0))
LOG = LogFile(PATH, "the server's log", 1000, datetime.now(UTC), "flashphoner", 0o640)


def text_of(result: CheckResult) -> str:
    said = [*(f.summary for f in result.findings), *(u.reason for u in result.undetermined)]
    evidence = [e.text for f in result.findings for e in f.evidence]
    evidence += [e.text for u in result.undetermined for e in u.evidence]
    return "\n".join(said + evidence)


def searched(log: LogFile | None, *, hidden: bool = False) -> LogSearch:
    problem = "" if log else "No such file or directory"
    nearby = (f"{HOME}/logs/startup.log",)
    return LogSearch(PATH, "the server's log", log, hidden, problem, "", nearby, None)


def test_a_log_that_was_found_passes_with_its_size_and_owner() -> None:
    result = judge(log_is_there, TARGET, INSTALLED, searched(LOG))
    assert result.status is Status.PASS
    assert "1000 bytes, owner flashphoner, mode 0640" in text_of(result)


def test_a_missing_log_fails_and_shows_what_is_there_instead() -> None:
    result = judge(log_is_there, TARGET, INSTALLED, searched(None))
    assert result.status is Status.FAIL
    assert "startup.log" in text_of(result)
    assert result.findings[0].fix is not None
    assert f"ssh ops@wcs1.example.com ls -lR {HOME}/logs" in result.findings[0].fix.commands


def test_a_log_that_may_be_hidden_is_undetermined() -> None:
    result = judge(log_is_there, TARGET, INSTALLED, searched(None, hidden=True))
    assert result.run is Run.UNDETERMINED


def test_a_readable_log_passes() -> None:
    assert judge(log_is_readable, TARGET, ServerLog(LOG, None)).status is Status.PASS


def test_a_log_read_through_sudo_passes_and_says_so() -> None:
    log = ServerLog(replace(LOG, needs_root=True, refusal="Permission denied"), None)
    result = judge(log_is_readable, TARGET, log)
    assert result.status is Status.PASS
    assert "through sudo" in text_of(result)


def test_a_refused_log_is_undetermined_and_says_what_to_grant() -> None:
    log = replace(LOG, readable=False, refusal="Permission denied", grant="Allow tail.")
    result = judge(log_is_readable, TARGET, ServerLog(log, None))
    assert result.run is Run.UNDETERMINED
    fix = result.undetermined[0].fix
    assert fix is not None
    assert "Allow tail." in fix.text
    assert any("usermod" in command and command.endswith(" ops") for command in fix.commands)


def test_nobody_is_put_into_the_group_of_root_to_read_a_log() -> None:
    log = replace(LOG, readable=False, refusal="Permission denied", owner="root")
    (question,) = judge(log_is_readable, TARGET, ServerLog(log, None)).undetermined
    assert question.fix is not None
    assert not any("usermod" in command for command in question.fix.commands)
    assert any("setfacl -R -m u:ops:rX" in command for command in question.fix.commands)


def freshness(age: timedelta, started_ago: timedelta | None, size: int = 1000) -> CheckResult:
    now = datetime.now(UTC)
    log = ServerLog(replace(LOG, modified=now - age, size=size), None)
    processes: object = absent(Processes, Unavailable("hidden", because="HST103"))
    if started_ago is not None:
        core = Process(1, "flashphoner", now - started_ago, "java")
        processes = Processes(core, None, "ps")
    return judge(log_is_fresh, TARGET, Intent(), log, CLOCK, processes)


def test_a_log_written_within_the_window_is_fresh() -> None:
    assert freshness(timedelta(minutes=5), timedelta(days=3)).status is Status.PASS


def test_an_old_log_is_a_warning_where_wcs_runs_since_before() -> None:
    assert freshness(timedelta(hours=5), timedelta(days=3)).status is Status.WARN


def test_an_old_log_is_a_warning_where_the_start_is_not_known() -> None:
    assert freshness(timedelta(hours=5), None).status is Status.WARN


def test_a_log_from_before_the_start_of_wcs_fails() -> None:
    result = freshness(timedelta(hours=5), timedelta(hours=2))
    assert result.status is Status.FAIL
    assert "before WCS started" in text_of(result)


def test_an_empty_fresh_log_passes_and_says_that_it_is_empty() -> None:
    assert "empty" in text_of(freshness(timedelta(minutes=1), None, size=0))


def window(
    text: str, core: str | None = None, change: Callable[[FileWindow], FileWindow] = lambda w: w
) -> LogWindow:
    hour = Window(NOW - timedelta(hours=1), NOW, "since 2026-03-02 14:00:00")
    core_window = None if core is None else file_window(core, "the core's log")
    return LogWindow(hour, change(file_window(text, "the server's log")), core_window)


def file_window(text: str, role: str) -> FileWindow:
    dated = date_backwards(parse(text.encode()).records, NOW, UTC)
    seen = look(dated)
    return FileWindow(
        PATH,
        role,
        NOW - timedelta(hours=1),
        NOW - timedelta(hours=1),
        dated[-1].at if dated else None,
        seen.errors,
        seen.answers,
        seen.answered,
        answered_urls=seen.answered_urls,
    )


TIMED_OUT = "java.net.SocketTimeoutException: Read timed out"


def hook_failed(time: str, exception: str = TIMED_OUT) -> str:
    head = f"{time},000 ERROR           RestClient - API-ASYNC-pool-1-thread-2"
    return f"{head} Got exception in REST \n{exception}\n"


def hook_answered(time: str) -> str:
    head = f"{time},000 INFO            RestClient - API-ASYNC-pool-1-thread-3"
    return f"{head} RECEIVED REST OBJECT <==\nURL:http://web/connect\nOBJECT:\n{{\n}}\n"


def test_no_failed_hook_passes_with_the_number_that_was_answered() -> None:
    result = judge(no_failed_hooks, TARGET, NO_APPS, window(hook_answered("14:30:00")))
    assert result.status is Status.PASS
    assert "1 answered" in text_of(result)
    assert "lines from 2026-03-02 14:00:00" in text_of(result)


def test_an_empty_log_passes_and_says_that_nothing_was_answered() -> None:
    result = judge(no_failed_hooks, TARGET, NO_APPS, window(""))
    assert result.status is Status.PASS
    assert "none was seen to be answered" in text_of(result)


def test_failed_hooks_fail_with_count_times_meaning_and_sample() -> None:
    text = hook_failed("14:10:00") + hook_failed("14:59:00")
    result = judge(no_failed_hooks, TARGET, NO_APPS, window(text))
    assert result.status is Status.FAIL
    (finding,) = result.findings
    assert finding.summary.startswith(
        f"2 hooks failed from 14:10:00 to 14:59:00: {TIMED_OUT} (Java-standard meaning:"
    )
    assert "rest_request_timeout" in finding.summary
    assert "Got exception in REST" in finding.evidence[0].text
    assert finding.evidence[0].when == datetime(2026, 3, 2, 14, 59, tzinfo=UTC)
    assert finding.fix is not None
    assert "wcsdiag run WEB FWL URL --host wcs1.example.com" in finding.fix.commands


def test_each_kind_of_failure_is_one_finding() -> None:
    unknown = "com.example.StrangeException: stream 17 is odd"
    text = hook_failed("14:50:00") + hook_failed("14:51:00", unknown) + hook_failed("14:52:00")
    result = judge(no_failed_hooks, TARGET, NO_APPS, window(text))
    assert [f.status for f in result.findings] == [Status.FAIL] * 2
    assert "2 hooks" in result.findings[0].summary
    assert result.findings[1].summary == f"a hook failed at 14:51:00: {unknown}"


def test_failures_that_stopped_while_hooks_are_answered_are_a_warning() -> None:
    text = hook_failed("14:10:00") + hook_answered("14:55:00")
    result = judge(no_failed_hooks, TARGET, NO_APPS, window(text))
    assert result.status is Status.WARN
    assert "it has stopped" in text_of(result)


@pytest.mark.parametrize(
    "text",
    [
        hook_failed("14:10:00"),
        hook_answered("14:05:00") + hook_failed("14:10:00"),
        hook_failed("14:55:00") + hook_answered("14:56:00"),
    ],
    ids=["nothing answered", "answered before", "a moment ago"],
)
def test_failures_that_may_go_on_fail(text: str) -> None:
    assert judge(no_failed_hooks, TARGET, NO_APPS, window(text)).status is Status.FAIL


def apps_at(*urls: str, selected: int | None = None) -> Apps:
    found = tuple(App(f"app{n}", f"key{n}", url) for n, url in enumerate(urls))
    return Apps(AppSource.CLI, "host: CLI", found[:selected], found)


def hook_sent(time: str, url: str) -> str:
    head = f"{time},000 INFO            RestClient - API-ASYNC-pool-1-thread-2"
    return f"{head} SEND REST OBJECT ==>\nURL:{url}\nOBJECT:\n{{\n}}\n"


A, B = "http://web/", "http://other:80/hooks"


def test_failures_of_each_rest_url_are_findings_about_it() -> None:
    text = hook_sent("14:58:00", "http://web//connect") + hook_failed("14:58:15")
    text += hook_sent("14:59:00", "http://other/hooks/call") + hook_failed("14:59:15")
    result = judge(no_failed_hooks, TARGET, window(text), apps_at(A, B))
    assert {finding.subject for finding in result.findings} == {A, B}


def test_answers_of_another_rest_url_do_not_say_that_failures_have_stopped() -> None:
    text = hook_sent("14:10:00", "http://other/hooks/call") + hook_failed("14:10:15")
    stopped = text + hook_answered("14:55:00").replace("http://web/connect", f"{B}/connect")
    assert judge(no_failed_hooks, TARGET, window(stopped), apps_at(A, B)).status is Status.WARN
    text += hook_answered("14:55:00")
    assert judge(no_failed_hooks, TARGET, window(text), apps_at(A, B)).status is Status.FAIL


FORBIDDEN = "org.springframework.web.client.HttpClientErrorException: 403 Forbidden"


def test_a_refusal_is_an_answer_and_no_failed_hook() -> None:
    text = hook_sent("14:58:00", "http://web/connect") + hook_failed("14:58:01", FORBIDDEN)
    result = judge(no_failed_hooks, TARGET, window(text), apps_at(A))
    assert result.status is Status.PASS
    assert "1 declined with 403" in text_of(result)


def test_an_event_that_is_refused_failed() -> None:
    url = "http://web/CallStatusEvent"
    text = hook_sent("14:58:00", url) + hook_failed("14:58:01", FORBIDDEN)
    assert judge(no_failed_hooks, TARGET, window(text), apps_at(A)).status is Status.FAIL


def test_a_single_failure_among_very_many_answers_is_a_warning() -> None:
    text = "".join(hook_answered(f"14:5{n // 60}:{n % 60:02}") for n in range(120))
    text += hook_failed("14:53:00")
    assert judge(no_failed_hooks, TARGET, window(text), NO_APPS).status is Status.FAIL
    result = judge(no_failed_hooks, TARGET, window(text + hook_answered("14:54:00")), NO_APPS)
    assert result.status is Status.WARN
    assert "121 others were answered" in text_of(result)


def test_failures_of_an_app_that_was_not_asked_about_are_a_warning() -> None:
    text = hook_sent("14:59:00", "http://other/hooks/call") + hook_failed("14:59:15")
    result = judge(no_failed_hooks, TARGET, window(text), apps_at(A, B, selected=1))
    assert result.status is Status.WARN
    assert "--app-key" in text_of(result)


def not_understood(file: FileWindow) -> FileWindow:
    return replace(file, understood=False, sample="Mar 1 host java: x")


def test_a_layout_that_is_not_understood_is_undetermined_with_raw_text() -> None:
    log = window("", change=not_understood)
    for check in (no_failed_hooks, no_other_errors):
        result = judge(check, TARGET, NO_APPS, log)
        assert result.run is Run.UNDETERMINED
        assert "Mar 1 host java: x" in text_of(result)


def test_limits_that_were_met_are_said() -> None:
    note = "the window begins at 14:12"
    log = window("", change=lambda file: replace(file, notes=(note,)))
    assert note in text_of(judge(no_failed_hooks, TARGET, NO_APPS, log))


OTHER = "14:30:00,000 ERROR           SipServer - t-1 Can not bind port 5060\n"


def test_no_other_errors_passes_and_counts_warnings() -> None:
    text = hook_failed("14:10:00") + OTHER.replace("ERROR", "WARN ")
    result = judge(no_other_errors, TARGET, window(text))
    assert result.status is Status.PASS
    assert "1 lines of level WARN" in text_of(result)


def test_other_errors_are_a_warning_grouped_by_logger_and_signature() -> None:
    text = OTHER + OTHER.replace("5060", "5061") + OTHER.replace("SipServer", "Cdn")
    result = judge(no_other_errors, TARGET, window(text))
    assert result.status is Status.WARN
    assert [f.summary for f in result.findings] == [
        "2 errors from SipServer at 14:30:00: Can not bind port 5061",
        "an error from Cdn at 14:30:00: Can not bind port 5060",
    ]


def test_many_kinds_of_errors_are_cut_and_counted() -> None:
    text = "".join(OTHER.replace("SipServer", f"Logger{n}") for n in "abcdefghijkl")
    result = judge(no_other_errors, TARGET, window(text))
    assert len(result.findings) == 9
    assert result.findings[-1].summary == "4 more errors of 4 other kinds"


def test_the_cores_log_is_judged_beside_the_managers() -> None:
    result = judge(no_other_errors, TARGET, window("", core=OTHER))
    assert [f.status for f in result.findings] == [Status.PASS, Status.WARN]


def test_a_cores_log_that_cannot_be_read_is_undetermined() -> None:
    log = replace(window(""), core_problem="the core's log cannot be read: refused")
    assert judge(no_other_errors, TARGET, log).run is Run.UNDETERMINED


def crashes(*ages: timedelta) -> CrashReports:
    reports = tuple(
        CrashReport(f"{HOME}/logs/error{n}.log", NOW - age, "#  SIGSEGV (0xb)")
        for n, age in enumerate(ages)
    )
    return CrashReports(f"{HOME}/logs", NOW - timedelta(hours=1), reports)


def test_no_crash_report_passes() -> None:
    assert judge(no_crash_report, TARGET, crashes()).status is Status.PASS


def test_an_older_crash_report_passes_and_is_named() -> None:
    result = judge(no_crash_report, TARGET, crashes(timedelta(days=2)))
    assert result.status is Status.PASS
    assert "error0.log" in text_of(result)


def test_a_crash_report_in_the_window_fails_with_its_name_and_time() -> None:
    result = judge(no_crash_report, TARGET, crashes(timedelta(minutes=5), timedelta(days=2)))
    assert result.status is Status.FAIL
    (finding,) = result.findings
    assert "2026-03-02 14:55:00" in finding.summary
    assert finding.evidence[0].where == f"host: {HOME}/logs/error0.log"
    assert "SIGSEGV" in finding.evidence[0].text
