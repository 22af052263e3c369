"""Several outputs in one answer of a host, told apart by lines of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST = re.compile(r"^@@(\w*) [a-z0-9]", re.MULTILINE)
_REST = r"(?P<name>[a-z0-9]+)(?: (?P<argument>[^\n]*))?\n"


@dataclass(frozen=True)
class Section:
    """One output: what it is, of what, its text, and its exit status and errors where given."""

    name: str
    argument: str
    text: str
    status: int | None = None
    error: str = ""

    @property
    def succeeded(self) -> bool:
        """True where the program ran and did not complain."""
        return self.status == 0


def sections_of(text: str) -> tuple[Section, ...]:
    """Read lines of `@@ NAME ARGUMENT`, each with what follows it.

    `@@ ended STATUS` belongs to the section before; what follows it are that one's errors. A
    section without it was cut off: its status is None.

    A word right after the `@@` of the first such line has to stand in all others. An output that
    may hold any text, such as the comment of a rule, does not know that word.
    """
    found: list[Section] = []
    first = _FIRST.search(text)
    if first is None:
        return ()
    marks = list(re.finditer(f"^@@{first[1]} {_REST}", text, re.MULTILINE))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        body, argument = text[mark.end() : end], mark["argument"] or ""
        if mark["name"] != "ended":
            found.append(Section(mark["name"], argument, body))
        elif found:
            last = found[-1]
            status = int(argument) if argument.isdecimal() else None
            found[-1] = Section(last.name, last.argument, last.text, status, body.strip())
    return tuple(found)
