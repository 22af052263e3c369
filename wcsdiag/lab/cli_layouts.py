"""Records as the stand-in CLI prints them.

The real layout of `show apps` is UNKNOWN (wcs.md 1.1). These are plausible ones; a parser must
read them all, and none of them says what WCS does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wcsdiag.lab.scenario import Layout

Rows = Sequence[Sequence[str]]


def render(layout: Layout, headings: Sequence[str], rows: Rows) -> str:
    """The records as text, each line ended by a newline; no records may be no text at all."""
    return _RENDERERS[layout](headings, rows)


def _table(headings: Sequence[str], rows: Rows) -> str:
    widths = _widths([headings, *rows])
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"

    def line(cells: Sequence[str]) -> str:
        padded = (f" {cell.ljust(width)} " for cell, width in zip(cells, widths, strict=True))
        return "|" + "|".join(padded) + "|"

    return _lines([rule, line(headings), rule, *map(line, rows), rule])


def _columns(headings: Sequence[str], rows: Rows) -> str:
    filled = [[cell or "-" for cell in row] for row in rows]
    widths = _widths([headings, *filled])

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return "  ".join(padded).rstrip()

    return _lines([line(headings), *map(line, filled)])


def _blocks(headings: Sequence[str], rows: Rows) -> str:
    return _key_values(headings, rows, ": ")


def _pairs(headings: Sequence[str], rows: Rows) -> str:
    return _key_values(headings, rows, "=")


def _key_values(headings: Sequence[str], rows: Rows, separator: str) -> str:
    blocks = (
        _lines(
            [
                f"{heading}{separator}{cell}".rstrip()
                for heading, cell in zip(headings, row, strict=True)
            ]
        )
        for row in rows
    )
    return "\n".join(blocks)


def _one_line_each(headings: Sequence[str], rows: Rows) -> str:
    del headings
    return _lines([" ".join(cell for cell in row if cell) for row in rows])


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _widths(rows: Rows) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


_RENDERERS: dict[Layout, Callable[[Sequence[str], Rows], str]] = {
    Layout.TABLE: _table,
    Layout.COLUMNS: _columns,
    Layout.BLOCKS: _blocks,
    Layout.PAIRS: _pairs,
    Layout.LINES: _one_line_each,
}
