"""Pages of Markdown about checks, from their declarations and docstrings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from wcsdiag.registry import Check
from wcsdiag.report.explanation import markdown, read_doc

_GENERATED = "<!-- Generated from the check itself by `make docs`: change it there. -->"
_STATUSES = """\
| answer | exit code |
|---|---|
| pass | 0 |
| warn | 0, with `--fail-on warn` 1 |
| fail | 1 |
| undetermined: evidence or permission is missing | 3, unless something fails |
| skipped: another check says why | that of the other check |
| not applicable | 0 |
"""


def check_page(check: Check) -> str:
    """One check's page: title, group, why, to do, what explains it, its answers."""
    doc = read_doc(check.doc)
    sections = [
        _GENERATED,
        f"# {check.code}: {check.title}",
        f"Group: {check.group.value} (`{check.group.name}`). {_alone(check)}",
        f"## Why\n\n{markdown(doc.why)}",
    ]
    if doc.fix:
        sections.append(f"## To do\n\n{markdown(doc.fix)}")
    if check.explained_by:
        links = ", ".join(f"[{code}]({code}.md)" for code in sorted(check.explained_by))
        sections.append(
            f"## Explained by\n\nWhere one of these fails too, this is its effect: {links}."
        )
    sections.append(f"## Answers\n\n{_STATUSES}")
    return "\n\n".join(sections)


def _alone(check: Check) -> str:
    return f"Run it alone: `wcsdiag run {check.code} --host HOST`."


def checks_index(checks: Sequence[Check]) -> str:
    """The list of all pages."""
    return "\n".join([_GENERATED, "", "# Checks", "", *_tables(checks, "")])


def readme_list(checks: Sequence[Check]) -> str:
    """The same list for the README."""
    return "\n".join(["", *_tables(checks, "docs/checks/")])


def _tables(checks: Sequence[Check], folder: str) -> Iterator[str]:
    for group, members in groupby(checks, key=lambda check: check.group):
        yield from (f"**{group.name}: {group.value}**", "", "| code | healthy means |", "|---|---|")
        for check in members:
            title = check.title.replace("|", "\\|")
            yield f"| [{check.code}]({folder}{check.code}.md) | {title} |"
        yield ""
