"""A check's docstring, read: why it matters, and its `Fix` section."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from wcsdiag.registry import Check
from wcsdiag.report.interface import docs_url

_UNDERLINED = re.compile(r"(?m)^(?P<title>[A-Z][\w ]*)\n-{3,}[ ]*$\n?")
_LITERAL = re.compile(r"(?m)^(?P<lead>.*)::[ ]*\n\n*(?P<block>(?:(?:[ ]{4}.*)?\n)+)")


@dataclass(frozen=True)
class Explanation:
    """`why` and `fix` are the docstring's own lightly marked-up text; `fix` may be empty."""

    why: str
    fix: str


def read_doc(doc: str) -> Explanation:
    """Split the docstring at its `Fix` heading."""
    found = next((m for m in _UNDERLINED.finditer(doc) if m["title"] == "Fix"), None)
    if found is None:
        return Explanation(doc.strip(), "")
    return Explanation(doc[: found.start()].strip(), doc[found.end() :].strip())


def explain(check: Check) -> str:
    """The check for a terminal: 80 columns of plain text."""
    doc = read_doc(check.doc)
    parts = [f"{check.code}  {check.title}", f"Group: {check.group.value}", doc.why]
    if doc.fix:
        parts.append(f"To do\n-----\n\n{doc.fix}")
    if check.explained_by:
        parts.append(f"Explained by: {', '.join(sorted(check.explained_by))}")
    parts.append(f"Page: {docs_url(check.code)}")
    return "\n\n".join(_plain(part) for part in parts) + "\n"


def markdown(text: str) -> str:
    """The docstring's markup as Markdown: literal blocks fenced, double backticks single."""
    fenced = _LITERAL.sub(_fence, text + "\n")
    return re.sub(r"``([^`\n]+)``", r"`\1`", fenced).strip()


def _fence(found: re.Match[str]) -> str:
    lines = [line[4:] for line in found["block"].rstrip().split("\n")]
    lead = f"{found['lead']}:" if found["lead"].strip() else ""
    return "\n".join([lead, "", "```sh", *lines, "```", ""]) + "\n"


def _plain(text: str) -> str:
    unmarked = re.sub(r"``([^`\n]+)``", r"`\1`", text).replace("::\n", ":\n")
    return "\n\n".join(_wrapped(paragraph) for paragraph in unmarked.split("\n\n"))


def _wrapped(paragraph: str) -> str:
    """The paragraph at 80 columns; what is indented, listed or underlined stays as it is."""
    first, *others = paragraph.split("\n")
    if re.match(r"[\s*-]", first) or any(re.match(r"\s|---|[*-] ", line) for line in others):
        return paragraph
    return textwrap.fill(paragraph, 80, break_long_words=False, break_on_hyphens=False)
