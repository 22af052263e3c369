"""Text from outside, made safe to show in a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_TAB = 4


def visible(text: str) -> str:
    r"""The text with everything that a terminal would obey written out: ESC becomes `\x1b`.

    That is control characters of both sets, marks that turn the direction of writing, invisible
    spaces, and halves of surrogate pairs. Line ends stay; tabs become spaces.
    """
    lines = text.replace("\r\n", "\n").expandtabs(_TAB)
    return _CONTROL.sub(_written, lines)


def visible_line(text: str) -> str:
    r"""The same for a text that must stay on one line: its line ends become `\n`."""
    return visible(text.rstrip("\n")).replace("\n", r"\n")


def _written(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
