"""A page of styled lines for a terminal: wrapped, indented, and turned into text at the end."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcsdiag.report.visible import visible, visible_line

if TYPE_CHECKING:
    from rich.text import Text

_NARROWEST = 40


@dataclass(frozen=True)
class Look:
    """How a terminal is to be written to. `encoding` is that of the stream."""

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"

    def can_show(self, symbols: str) -> bool:
        """True where the stream can carry all of these."""
        try:
            symbols.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


@dataclass(frozen=True)
class Marks:
    """The few symbols of the report, in Unicode or in ASCII."""

    good: str
    note: str
    bad: str
    unknown: str
    absent: str
    gutter: str
    more: str


_UNICODE = Marks("✓", "!", "✗", "?", "–", "│", "…")  # noqa: RUF001 - the dash is meant
_ASCII = Marks("+", "!", "x", "?", "-", "|", "...")


def marks(look: Look) -> Marks:
    """The symbols that the stream can carry."""
    return _UNICODE if look.can_show("".join(vars(_UNICODE).values())) else _ASCII


class Page:
    """Lines in the order in which they are added.

    Texts given to it may come from outside: they are made visible here, and nowhere else.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._width = max(look.width, _NARROWEST)
        self._lines: list[list[tuple[str, str]]] = []

    @property
    def width(self) -> int:
        """The columns of a line."""
        return self._width

    def blank(self) -> None:
        """An empty line, unless the page is empty or ends in one."""
        if self._lines and self._lines[-1]:
            self._lines.append([])

    def prose(
        self,
        text: str,
        *,
        style: str = "",
        indent: int = 0,
        lead: Sequence[tuple[str, str]] = (),
    ) -> None:
        """A paragraph, wrapped between words; words that are too long (URLs) stay whole.

        `lead` are styled pieces before the first line; the other lines are indented as far.
        """
        pieces = [(visible_line(piece), of_piece) for piece, of_piece in lead]
        room = indent + sum(len(piece) for piece, _ in pieces)
        if room > self._width // 2 or self._crowds_out(text, room):
            self._lines.append([(" " * indent, ""), *pieces])
            pieces, room = [], indent + 2
        for number, line in enumerate(self._wrap_all(text, room)):
            before = [(" " * indent, ""), *pieces] if pieces and not number else [(" " * room, "")]
            self._lines.append([*before, (line, style)])

    def verbatim(self, text: str, *, indent: int, gutter: str, style: str = "") -> None:
        """Lines as they are; one that is too long goes on in the next, cut after a space."""
        before = " " * indent + gutter + " "
        room = self._width - len(before)
        for line in visible(text).split("\n"):
            for piece in _pieces(line, room):
                self._lines.append([(before, "dim"), (piece, style)])

    def command(self, text: str, *, indent: int) -> None:
        """A line to be copied: never wrapped, never cut."""
        self._lines.append([(" " * indent, ""), (visible_line(text), "bold cyan")])

    def row(self, pieces: Sequence[tuple[str, str]], *, indent: int = 0) -> None:
        """A line of styled pieces that stand under others: never wrapped, never cut."""
        seen = [(visible_line(piece), style) for piece, style in pieces]
        self._lines.append([(" " * indent, ""), *seen])

    def text(self) -> str:
        """The page as text, with the escapes of its colours where the look has them."""
        return self._encodable(self._coloured() if self._look.colour else self._plain())

    def rich_lines(self) -> list[Text]:
        """The page as lines of rich, for a picture of it."""
        from rich.text import Text

        return [Text.assemble(*line, end="") for line in self._lines]

    def _crowds_out(self, text: str, room: int) -> bool:
        """A wide lead would push a word that cannot be broken (a path, a URL) off the page."""
        longest = max(map(len, text.split()), default=0)
        return room > self._width // 4 and longest > self._width - room

    def _wrap_all(self, text: str, room: int) -> list[str]:
        paragraphs = visible(text).splitlines() or [""]
        return [line for paragraph in paragraphs for line in self._wrap(paragraph, room)]

    def _wrap(self, paragraph: str, room: int) -> list[str]:
        return textwrap.wrap(
            paragraph,
            max(self._width - room, _NARROWEST // 2),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]

    def _plain(self) -> str:
        lines = ("".join(piece for piece, _ in line).rstrip() for line in self._lines)
        return "\n".join(lines) + "\n"

    def _coloured(self) -> str:
        from rich.console import Console

        console = Console(
            file=io.StringIO(),
            force_terminal=True,
            color_system="standard",
            no_color=False,
            width=self._width,
            legacy_windows=False,
            _environ={},
        )
        with console.capture() as captured:
            for line in self.rich_lines():
                line.rstrip()
                console.print(line, soft_wrap=True, highlight=False)
        return captured.get()

    def _encodable(self, text: str) -> str:
        return text.encode(self._look.encoding, "backslashreplace").decode(self._look.encoding)


def _pieces(line: str, room: int) -> Iterator[str]:
    """Cut a line to `room`: after a space where that leaves at least half of it, else anywhere."""
    while len(line) > room:
        space = line.rfind(" ", room // 2, room)
        cut = room if space < 0 else space + 1
        yield line[:cut]
        line = line[cut:]
    yield line
