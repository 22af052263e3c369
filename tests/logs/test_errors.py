"""Errors, failed hooks, and what their exceptions mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.logs.dated import date_backwards
from wcsdiag.logs.errors_seen import Seen, look
from wcsdiag.logs.excerpt import excerpt, masked, without_userinfo
from wcsdiag.logs.java import JavaException, exceptions
from wcsdiag.logs.known import KNOWN, explain
from wcsdiag.logs.records import parse
from wcsdiag.logs.signatures import group, signature

MODIFIED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def seen(text: str) -> Seen:
    return look(date_backwards(parse(text.encode()).records, MODIFIED, UTC))


def core(time: str, level: str, thread: str, message: str) -> str:
    return f"{time} {level:<5} {'RestClient':>20} - {thread} {message}\n"


def sent(time: str, thread: str, url: str) -> str:
    return core(time, "INFO", thread, "SEND REST OBJECT ==>") + f"URL:{url}\nOBJECT:\n{{\n}}\n"


def test_a_failed_hook_is_known_by_its_words_and_has_the_url_of_its_thread() -> None:
    found = seen(
        sent("14:00:00,000", "t-1", "http://u:p@web/connect?key=1")
        + sent("14:00:00,100", "t-2", "http://web/call")
        + core("14:00:15,000", "ERROR", "t-1", "Got exception in REST ")
        + "java.net.SocketTimeoutException: Read timed out\n"
    )
    (error,) = found.errors
    assert error.is_hook
    assert error.url == "http://web/connect"
    assert error.known is not None
    assert error.known.kind == "read timed out"


def test_without_threads_the_url_is_known_only_where_one_request_waits() -> None:
    request = "14:00:00,000 SEND REST OBJECT ==>\nURL:http://web/{}\n"
    failure = "14:00:15,000 ERROR Got exception in REST \njava.net.ConnectException: refused\n"
    (one,) = seen(request.format("connect") + failure).errors
    (two,) = seen(request.format("connect") + request.format("call") + failure).errors
    assert one.url == "http://web/connect"
    assert two.url is None
    assert one.is_hook
    assert two.is_hook


def test_a_network_exception_of_the_hooks_logger_is_a_failed_hook() -> None:
    text = core("14:00:00,000", "WARN", "t-1", "x") + "java.net.UnknownHostException: web\n"
    (error,) = seen(text).errors
    assert error.is_hook
    assert not error.is_warning


def test_a_network_exception_of_another_logger_is_another_error() -> None:
    text = "14:00:00,000 ERROR Cdn - t-1 x\njava.net.UnknownHostException: web\n"
    (error,) = seen(text).errors
    assert not error.is_hook


def test_a_body_that_speaks_of_errors_is_no_error() -> None:
    text = sent("14:00:00,000", "t-1", "http://web/x") + '  "info" : "java.io.IOException: x"\n'
    assert seen(text).errors == ()


def test_answers_are_counted_and_the_last_one_is_dated() -> None:
    text = core("14:00:00,000", "INFO", "t-1", "RECEIVED REST OBJECT <==")
    found = seen(text + text.replace("14:00", "14:05"))
    assert found.answers == 2
    assert found.answered == datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


def test_the_innermost_known_exception_says_most() -> None:
    text = (
        "14:00:00,000 ERROR x\n"
        "org.springframework.web.client.ResourceAccessException: I/O error on POST request for "
        '"http://web/connect": Connection refused; nested exception is java.net.ConnectException: '
        "Connection refused\n"
        "\tat a.b.C(D.java:1)\n"
    )
    (record,) = parse(text.encode()).records
    explained = explain(exceptions(record))
    assert explained is not None
    exception, known = explained
    assert exception == JavaException("java.net.ConnectException", "Connection refused")
    assert known is not None
    assert known.kind == "connection refused"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("java.net.SocketTimeoutException: Read timed out", "read timed out"),
        ("java.net.SocketTimeoutException: connect timed out", "connect timed out"),
        (
            "java.net.ConnectException: Connection refused (Connection refused)",
            "connection refused",
        ),
        ("java.net.ConnectException: Connection timed out", "connection timed out"),
        (
            "java.net.NoRouteToHostException: No route to host (Host unreachable)",
            "no route to host",
        ),
        ("java.net.ConnectException: Network is unreachable", "no route to host"),
        ("java.net.UnknownHostException: web.example.com", "unknown host"),
        (
            "javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find",
            "certificate not trusted",
        ),
        (
            "javax.net.ssl.SSLHandshakeException: No name matching web found",
            "certificate has another name",
        ),
        (
            "java.security.cert.CertificateExpiredException: NotAfter: Sat Mar 01 2025",
            "certificate not valid now",
        ),
        (
            "javax.net.ssl.SSLHandshakeException: Received fatal alert: protocol_version",
            "no common TLS version or cipher",
        ),
        (
            "javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?",
            "not TLS",
        ),
        ("javax.net.ssl.SSLHandshakeException: something new", "TLS failed"),
        ("java.net.SocketException: Connection reset", "connection reset"),
        ("java.net.SocketException: Too many open files", "too many open files"),
        ("java.io.IOException: No space left on device", "no room on disk"),
        ("java.lang.OutOfMemoryError: Java heap space", "out of memory"),
        ("java.lang.StackOverflowError", "stack overflow"),
        ("org.apache.http.NoHttpResponseException: web:80 failed to respond", "no answer"),
        (
            "org.apache.http.conn.ConnectionPoolTimeoutException: Timeout waiting for connection",
            "connection pool used up",
        ),
        ("com.fasterxml.jackson.core.JsonParseException: Unexpected '<'", "answer is not JSON"),
        ("java.net.BindException: Address already in use (Bind failed)", "address in use"),
    ],
)
def test_known_exceptions_are_explained(line: str, kind: str) -> None:
    (error,) = seen(f"14:00:00,000 ERROR x\n{line}\n").errors
    assert error.known is not None
    assert error.known.kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "com.example.StrangeException: what",
        "java.net.SocketException: something else",
        "java.rmi.ConnectException: Connection refused to host: 127.0.0.1",
    ],
)
def test_unknown_exceptions_are_shown_as_they_are(line: str) -> None:
    (error,) = seen(f"14:00:00,000 ERROR x\n{line}\n").errors
    assert error.known is None
    assert str(error.exception) == line


def test_every_row_of_the_table_says_what_it_means_and_what_to_do() -> None:
    for known in KNOWN:
        assert known.meaning
        assert known.fix.endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("session /192.0.2.1:63853/192.0.2.2:8443 lost", "session <address><address> lost"),
        ("id c43a28b7-9a4d-45f8-a010-57b959a22755", "id <id>"),
        ("stream 'abc' took 1500 ms", "stream <text> took <n> ms"),
        ("can't open it's port 8080", "can't open it's port <n>"),
        ("object@1f2e3d4c gone", "object<hex> gone"),
    ],
)
def test_a_signature_leaves_out_what_differs(text: str, expected: str) -> None:
    assert signature(text) == expected


def test_errors_that_say_the_same_are_one_group_with_first_and_last() -> None:
    text = "".join(
        f"14:{minute:02d}:00,000 ERROR Core - t-{minute} port {minute} failed\n"
        for minute in range(5)
    )
    (found,) = group(seen(text).errors)
    assert (found.logger, found.count) == ("Core", 5)
    assert (found.first.minute, found.last.minute) == (0, 4)
    assert found.sample.dated.record.message == "port 4 failed"


def test_an_excerpt_holds_the_stack_and_no_body() -> None:
    text = (
        '14:00:00,000 ERROR x authToken=abc123 "sipPassword":"pw one"\n'
        "java.io.IOException: to http://u:pw@web/\n"
        "\tat a.b.C(D.java:1)\n"
        '  "sipPassword" : "hunter2",\n'
        "Caused by: java.io.EOFException\n" + "\tat a.b.C(D.java:1)\n" * 10
    )
    (record,) = parse(text.encode()).records
    shown = excerpt(record)
    assert len(shown.split("\n")) == 6
    for secret in ("hunter2", "abc123", "pw one", "u:pw"):
        assert secret not in shown
    assert "Caused by: java.io.EOFException" in shown


def test_raw_text_and_urls_are_shown_without_secrets() -> None:
    assert masked('{"authToken" : "abc"}') == '{"authToken" : [redacted]}'
    assert without_userinfo(" http://u:p@web:80/x?y=1 ") == "http://web:80/x"


def test_the_last_answer_of_each_url_is_known() -> None:
    answered = "RECEIVED REST OBJECT <==\nURL:{}\nOBJECT:\n{{\n}}"
    found = seen(
        core("14:00:00,000", "INFO", "t-1", answered.format("http://u:p@web/connect"))
        + core("14:05:00,000", "INFO", "t-1", answered.format("http://other/connect"))
        + core("14:10:00,000", "INFO", "t-2", answered.format("http://web/connect"))
    )
    assert {url: f"{at:%H:%M}" for url, at in found.answered_urls.items()} == {
        "http://web/connect": "14:10",
        "http://other/connect": "14:05",
    }
