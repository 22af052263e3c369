"""Whatever the WCS CLI, its pages and its files say, it is understood or told not to be."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.bounds import tried
from tests.wcs.test_cli import FakeShell, FakeTransport
from wcsdiag.facts.pool_counters import PoolReading, parse_statistics, reading_of
from wcsdiag.wcs.apps import parse_apps
from wcsdiag.wcs.cli import CliError, CliSession, Question, Show
from wcsdiag.wcs.database_yml import parse_database
from wcsdiag.wcs.layouts import cells_of_rows, records_of
from wcsdiag.wcs.properties import read_jvm_options, read_properties
from wcsdiag.wcs.rest_url import parse_rest_url
from wcsdiag.wcs.terminal import Screen, plain_text

LIMIT = 20_000
QUESTIONS = st.sampled_from(
    [
        Question(Show.APPS),
        Question(Show.APPS_DETAIL),
        Question(Show.APP_REST_METHODS, "defaultApp"),
    ]
)
SAID = st.sampled_from(
    [
        b"show apps\r\n",
        b"show apps -d\r\n",
        b"show app-rest-methods defaultApp\r\n",
        b"admin%",
        b"% ",
        b"> ",
        b"\r\n",
        b"\n",
        b"\r",
        b"-- more --",
        b"Press enter to continue",
        b"command not found\r\n",
        b"Name  Key         Url\r\n",
        b"one   defaultApp  http://web:9091/hooks\r\n",
        b"| name | key | url |\r\n",
        b"+------+-----+-----+\r\n",
        b"| one | defaultApp |\r\n",
        b'{"name": "one", "key": ',
        b"[[[[[[[[[[",
        b"key: value, url = 'http://x\r\n",
        b"\x1b[2K",
        b"\x1b[9999999999C",
        b"\x1b[D\x1b[P\x1b[G",
        b"\x1b]0;",
        b"\x08" * 50,
        b"\xff\xfe\x9b",
        b"x" * 5_000,
        b" " * 500,
    ]
)
TALK = st.lists(SAID | st.binary(max_size=10), max_size=14)


class Arriving:
    """What arrives in pieces: it ends with silence, or the end of the connection."""

    def __init__(self, pieces: list[bytes], *, closes: bool) -> None:
        self._pieces = pieces
        self._closes = closes

    def __call__(self, _typed: bytes = b"") -> Iterator[bytes | None]:
        yield from (piece for piece in self._pieces if piece)
        while self._closes:
            yield b""


@tried(200)
@given(TALK, TALK, QUESTIONS, st.booleans())
def test_any_dialogue_is_an_answer_or_a_reason(
    greeting: list[bytes], said: list[bytes], question: Question, closes: bool
) -> None:
    begin: Iterable[bytes | None] = [*greeting, b"admin% "]
    shell = FakeShell(begin, Arriving(said, closes=closes))
    session = CliSession(FakeTransport(shell), lambda: 0.003, idle_s=0.001, limit=LIMIT)
    with contextlib.suppress(CliError):
        answer = session.ask(question)
        assert len(answer) <= LIMIT
        assert "\x1b" not in answer
    assert set(shell.typed) <= {question.command.encode() + b"\r", b"\r", b" "}


@tried(200)
@given(TALK, QUESTIONS)
def test_any_output_of_a_command_is_an_answer_or_a_reason(
    said: list[bytes], question: Question
) -> None:
    transport = FakeTransport(None, b"".join(said))
    with contextlib.suppress(CliError):
        parse_apps(CliSession(transport, lambda: 1.0, limit=LIMIT).ask(question))


@tried(200)
@given(TALK.map(b"".join), st.lists(st.integers(0, 2_000), max_size=8))
def test_where_the_output_is_cut_does_not_matter(data: bytes, places: list[int]) -> None:
    screen = Screen()
    edges = [0, *sorted(place for place in places if place < len(data)), len(data)]
    for start, end in itertools.pairwise(edges):
        screen.feed(data[start:end])
    lines = [line.rstrip() for line in [*screen.lines, screen.current]]
    assert "\n".join(lines).strip("\n") == plain_text(data)


WORDS = st.sampled_from(
    [
        *("name", "key", "url", "REST URL", "rest methods", "one", "defaultApp", "connect"),
        *("http://web:9091/hooks", "|", "\u2502", "+---+", "---", ":", "=", ",", '"', "'", "["),
        *("]", "{", "}", "  ", "\t", "\n", "\n\n", "total 3", "- ", "null", "\x00", "\u202e"),
    ]
)


@tried(300)
@given(st.lists(WORDS | st.text(max_size=5), max_size=40).map("".join))
def test_any_list_is_read_or_not_understood(text: str) -> None:
    parse_apps(text)
    records_of(text)
    assert all(isinstance(cell, str) for row in cells_of_rows(text) for cell in row)


YAML = st.sampled_from(
    [
        *("apps:\n", "- ", "  ", "name: one\n", "key: k\n", "url: http://x\n", "&a ", "*a\n"),
        *("? ", "!!python/object:os.system ", "!!binary x\n", "[", "]", "{", "}", ": ", "\n"),
        *("'", '"', "|\n", ">\n", "---\n", "...\n", "%YAML 9.9\n", "\t", "<<: *a\n", "#"),
        *("2001-99-99\n", "1e999\n", ".nan\n", "0x\n", "~\n", "restMethods: [connect]\n"),
    ]
)


@tried(200)
@given(st.lists(YAML | st.text(max_size=4), max_size=25).map("".join))
def test_any_database_is_read_or_not_understood(text: str) -> None:
    parse_database(text.encode("utf-8", "replace"))


PROPERTIES = st.sampled_from(
    [
        *("rest_request_timeout", "=", ":", " ", "\\", "\\u", "\\u00e9", "\\uZZZZ", "\n", "\r"),
        *("-Dx=y", "-Xmx1g", '"', "'", "\x00", "\f", "true", "http.port=8081\n", "#", "!"),
    ]
)


@tried(300)
@given(st.lists(PROPERTIES, max_size=30).map("".join), st.binary(max_size=30))
def test_any_properties_are_read(text: str, noise: bytes) -> None:
    for data in (text.encode(), noise, text.encode() + noise):
        read_properties(data, "flashphoner.properties")
        read_jvm_options(data, "wcs-core.properties")


STATISTICS = st.sampled_from(
    [
        *("ports_rest_api_leased", "ports_rest_api_available", "ports_rest_api_pending", "="),
        *("\n", "-----Connection Stats-----\n", "connections=3\n", "-1", "3", "9" * 21, "3.5"),
        *("\u0663", " ", "<html>", "\r\n", "NaN", "=="),
    ]
)


@tried(300)
@given(st.lists(STATISTICS | st.text(max_size=4), max_size=30).map("".join))
def test_any_page_of_counters_is_read_or_is_none(text: str) -> None:
    found = reading_of(parse_statistics(text))
    assert found is None or isinstance(found, PoolReading)
    if found is not None:
        assert min(found.leased, found.available, found.pending) >= 0


URLS = st.sampled_from(
    [
        *("http", "https", "ftp", "://", ":", "/", "//", "@", "web", "[", "::1", "]", "%", "%zz"),
        *("9091", "99999", "-1", "#", " ", "\t", "\n", "\u00e4", "\u200b", "1.2.3.4", "?x=", ".."),
    ]
)


@tried(400)
@given(st.lists(URLS | st.text(max_size=3), max_size=12).map("".join))
def test_any_rest_url_is_read_or_has_a_problem(text: str) -> None:
    parsed = parse_rest_url(text)
    assert parsed.url is not None or any(problem.is_fatal for problem in parsed.problems)
    if parsed.url is not None:
        assert 0 < parsed.url.port < 65_536
        assert parsed.url.request_url("connect").endswith("/connect")
        assert parsed.url.is_same_as(parsed.url)
