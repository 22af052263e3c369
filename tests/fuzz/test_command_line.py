"""Whatever words the commands for hook traffic are given: an exit code of the table, no crash."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.bounds import tried
from tests.support import free_port
from wcsdiag.cli.main import main
from wcsdiag.lab.log_writer import hook_log
from wcsdiag.lab.scenario import LabApp, Scenario

CODES = {0, 1, 2, 3}
"""Those of the table that a run without an interruption may end with, and without a bug."""

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOG, TEXT, CUT, EMPTY = "a.log", "b.txt", "c.pcap", "d.empty"

_VALUES = [
    *("", " ", "0", "-1", "1", "1e9", "9" * 30, "nan", "inf", "1s", "0s", "-5m", "1y", "2h30"),
    *("http://", "http://[", "http://u:p@127.0.0.1:1/", "ftp://x/", "http://x:99999/", "//"),
    *("text", "json", "html", "mermaid", "junit", "call", "cal", "connect", "registration"),
    *("UTC", "Mars/Base", "../../etc", "\x1b[2J", "\u202e", "\udcff", "ä", "--", "-x"),
    *("/", ".", "..", "/dev/null", "/nonexistent/x", LOG, TEXT, CUT, EMPTY, "x" * 5_000),
]
_FLAGS = ["--debug", "--no-debug", "--format", "--output", "--help", "--nonsense", "-q"]
_OF_HOST = ["--app-key", "--timeout", "--ssh-key", "--cli-port", "--wcs-home", "--profile"]
OPTIONS = {
    "trace": [*_FLAGS, *_OF_HOST, "--port", "--count", "--duration", "--expect"],
    "logs": [*_FLAGS, *_OF_HOST, "--since", "--zone", "--duration"],
    "send": [*_FLAGS, *_OF_HOST, "--count", "--connections", "--plain", "--url"],
    "replay": [*_FLAGS, "--speed", "--only", "--deadline", "--url"],
    "serve": [
        *(*_FLAGS, "--fault", "--fault-every", "--fault-method", "--delay", "--expect", "-v"),
        *("--forward", "--record", "--append", "--record-secrets", "--count", "--duration"),
    ],
}

LAST = {
    "trace": (),
    "logs": (),
    # The last of an option's values counts: nothing is listened to or waited for in earnest.
    "send": ("--url", "http://127.0.0.1:{port}/hooks", "--rate", "1000", "--deadline", "2s"),
    "replay": ("--url", "http://127.0.0.1:{port}/hooks", "--deadline", "2s"),
    "serve": ("--bind", "192.0.2.1", "--port", "0"),
}


@pytest.fixture(scope="module", autouse=True)
def closed_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A directory with files of several kinds; what is logged and set is put back."""
    directory = tmp_path_factory.mktemp("words")
    log = hook_log(Scenario(), (LabApp(url="http://127.0.0.1:9091/hooks"),), NOW)
    (directory / LOG).write_text(log)
    (directory / TEXT).write_text("hello\n" * 10)
    (directory / CUT).write_bytes(b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(30))
    (directory / EMPTY).touch()
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = list(root.handlers), root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        patch.setenv("XDG_CONFIG_HOME", str(directory / "none"))
        patch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
        yield free_port()
    threading.excepthook = hook
    root.handlers[:], root.level = handlers, level


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A command for hook traffic, and words that mean something to it somewhere."""
    command = draw(st.sampled_from(sorted(OPTIONS)))
    # A command line holds no NUL; "-" would read from the tests' own input.
    text = st.text(st.characters(exclude_characters="\0/"), max_size=6)
    word = st.sampled_from(_VALUES) | text.filter(lambda each: each != "-")
    pair = st.tuples(st.sampled_from(OPTIONS[command]), word)
    alone = st.tuples(word) | st.tuples(st.sampled_from(OPTIONS[command]))
    words = [each for group in draw(st.lists(pair | alone, max_size=5)) for each in group]
    return [command, *words, *LAST[command]]


@tried(250)
@given(command_lines())
def test_any_words_end_with_a_code_of_the_table(closed_port: int, line: list[str]) -> None:
    line = [word.replace("{port}", str(closed_port)) for word in line]
    assert main(line) in CODES
