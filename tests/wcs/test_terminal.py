"""Terminal output becomes plain lines, however it is cut."""

from __future__ import annotations

import pytest

from wcsdiag.wcs.terminal import Screen, plain_text

CASES = {
    b"a\r\nb": "a\nb",
    b"abc\rx": "xbc",
    b"abc\x08\x08X": "aXc",
    b"abc\r\x1b[K": "",
    b"\x1b[1;31mred\x1b[0m": "red",
    b"\x1b]0;title\x07text": "text",
    b"\x1b]0;title\x1b\\text": "text",
    b"a\tb": "a       b",
    "\u250c\u2502".encode(): "\u250c\u2502",
    b"ab\x1b[2Dx": "xb",
    b"a\x1b[3Cb": "a   b",
    b"bad \xff\xfe bytes": "bad \ufffd\ufffd bytes",
    b"bell\x07 and null\x00": "bell and null",
    b"abc\x1b[1G\x1b[P": "bc",
}


@pytest.mark.parametrize(("data", "text"), CASES.items())
def test_what_a_terminal_would_show(data: bytes, text: str) -> None:
    assert plain_text(data) == text


@pytest.mark.parametrize(("data", "text"), CASES.items())
def test_the_cuts_between_pieces_do_not_matter(data: bytes, text: str) -> None:
    screen = Screen()
    for byte in data:
        screen.feed(bytes([byte]))
    assert "\n".join([*screen.lines, screen.current]).rstrip() == text


def test_a_line_has_a_bound() -> None:
    screen = Screen()
    screen.feed(b"\x1b[9999999C" * 1000 + b"x" * 500_000)
    assert len(screen.current) <= 1 << 16


def test_an_unfinished_sequence_does_not_swallow_everything() -> None:
    assert "end" in plain_text(b"\x1b]0;" + b"x" * 10_000 + b"end")
