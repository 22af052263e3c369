"""Cases of parsers: files of what a host prints, and what must be understood of it."""

from __future__ import annotations

from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "cases"


def cases(parser: str) -> pytest.MarkDecorator:
    """Every file of `cases/PARSER`: the printed text, a line `=== expected`, and the lines of it.

    `^_` stands for the unit separator.
    """
    found = sorted((_FOLDER / parser).glob("*.txt"))
    assert found, f"no cases for {parser}"
    texts = [path.read_text("utf-8").replace("^_", "\x1f") for path in found]
    pairs = [text.split("=== expected\n") for text in texts]
    return pytest.mark.parametrize(
        ("printed", "expected"),
        [(printed, expected.strip()) for printed, expected in pairs],
        ids=[path.stem for path in found],
    )
