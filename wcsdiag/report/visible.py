"""Text from outside, made safe to show in a terminal."""

from __future__ import annotations

_TAB = 4


def visible(text: str) -> str:
    r"""The text with everything that cannot be seen written out: ESC becomes `\x1b`.

    That is what `str.isprintable` says no to: control characters of both sets, marks that turn the
    direction of writing, spaces other than the ordinary one, halves of surrogate pairs, and what
    Unicode has not assigned. Line ends stay; tabs become spaces.
    """
    lines = text.replace("\r\n", "\n").expandtabs(_TAB)
    if lines.isprintable():
        return lines
    return "".join(each if each.isprintable() or each == "\n" else _written(each) for each in lines)


def visible_line(text: str) -> str:
    r"""The same for a text that must stay on one line: its line ends become `\n`."""
    return visible(text.rstrip("\n")).replace("\n", r"\n")


def _written(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
