"""What a terminal would show: echo redraws, backspaces and ANSI sequences become plain lines."""

from __future__ import annotations

import codecs
import re

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f\x80-\x9f]+)"
    r"|(?P<csi>(?:\x1b\[|\x9b)(?P<parameters>[0-?]{0,64})[ -/]{0,8}(?P<final>[@-~]))"
    r"|(?P<osc>\x1b[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\))"
    r"|(?P<escape>\x1b[ -/]{0,8}[0-Z\\^_`-~])"
    r"|(?P<control>[\x00-\x1f\x7f\x80-\x9f])"
)
_UNFINISHED = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}|[\]PX^_][^\x07\x1b]{0,4096}\x1b?|[ -/]{0,8})?"
)
_TAB_WIDTH = 8
_WIDEST = 1 << 16


class Screen:
    """A terminal without an edge, fed in pieces of any size.

    `lines` are those that a line feed ended; `current` is the one where the cursor stands.
    Sequences cut between two pieces are put together. Movements between lines are left out, and
    so is what a line holds past 65,536 characters.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line = ""
        self._column = 0
        self._pending = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def current(self) -> str:
        """The unfinished last line."""
        return self._line

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        text = self._pending + self._decoder.decode(data)
        self._pending = ""
        position = 0
        while position < len(text):
            rest = _UNFINISHED.fullmatch(text, position)
            if rest is not None:
                self._pending = text[position:]
                return
            token = _TOKEN.match(text, position)
            if token is None:
                position += 1
                continue
            self._take(token)
            position = token.end()

    def clear_line(self) -> None:
        """Forget the unfinished line: what a pager asked is no part of the output."""
        self._line, self._column = "", 0

    def _take(self, token: re.Match[str]) -> None:
        if token["text"]:
            self._write(token["text"])
        elif token["final"]:
            self._sequence(token["final"], token["parameters"])
        elif token["control"]:
            self._control(token["control"])

    def _write(self, text: str) -> None:
        text = text[: max(0, _WIDEST - self._column)]
        if self._column > len(self._line):
            self._line = self._line.ljust(self._column)
        end = self._column + len(text)
        self._line = self._line[: self._column] + text + self._line[end:]
        self._column = end

    def _control(self, character: str) -> None:
        if character == "\n":
            self.lines.append(self._line)
            self.clear_line()
        elif character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character == "\t":
            self._write(" " * (_TAB_WIDTH - self._column % _TAB_WIDTH))

    def _sequence(self, final: str, parameters: str) -> None:
        first = parameters.split(";")[0]
        amount = min(int(first), _WIDEST) if first.isascii() and first.isdigit() else None
        if final == "K":
            self._erase(amount or 0)
        elif final == "D":
            self._column = max(0, self._column - (amount or 1))
        elif final == "C":
            self._column = min(self._column + (amount or 1), _WIDEST)
        elif final == "G":
            self._column = (amount or 1) - 1
        elif final == "P":
            end = self._column + (amount or 1)
            self._line = self._line[: self._column] + self._line[end:]

    def _erase(self, mode: int) -> None:
        if mode == 0:
            self._line = self._line[: self._column]
        elif mode == 1:
            self._line = " " * self._column + self._line[self._column :]
        else:
            self._line = ""


def plain_text(data: bytes) -> str:
    """The lines that a terminal would show for `data`, without trailing blanks."""
    screen = Screen()
    screen.feed(data)
    return "\n".join(line.rstrip() for line in [*screen.lines, screen.current]).strip("\n")
