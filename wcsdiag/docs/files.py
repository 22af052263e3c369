"""Which files are generated, and what must stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wcsdiag.cli.demonstration import demo_report
from wcsdiag.cli.sending_schema import sending_schema_text
from wcsdiag.docs.pages import check_page, checks_index, readme_list
from wcsdiag.docs.picture import report_svg
from wcsdiag.docs.reference import cli_reference
from wcsdiag.errors import UsageError
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor
from wcsdiag.registry import Check
from wcsdiag.report.json_format import schema_text
from wcsdiag.report.traffic_schema import traffic_schema_text

BEGIN, END = "<!-- checks:begin -->", "<!-- checks:end -->"

_BUILT_IN = "wcsdiag_checks"
_PICTURED_FAULT = "web-server-down"


def built_in_checks() -> tuple[Check, ...]:
    """The checks of this project, without those of other packages that happen to be installed.

    Raises `UsageError` where one of the modules cannot be loaded: half of the docs would go.
    """
    registry = load()
    own = [check for check in registry.checks if check.judge.__module__.startswith(_BUILT_IN)]
    if registry.problems or not own:
        names = ", ".join(problem.name for problem in registry.problems)
        raise UsageError(f"the checks cannot be loaded: {names or 'is the package installed?'}")
    return tuple(own)


def generated(root: Path) -> dict[Path, str]:
    """Every generated file with the text that it must have."""
    checks = built_in_checks()
    docs = root / "docs"
    files = {_page(root, check.code): check_page(check) for check in checks}
    files[docs / "checks" / "README.md"] = checks_index(checks)
    files[docs / "cli.md"] = cli_reference()
    files[docs / "report.schema.json"] = schema_text()
    files[docs / "sending.schema.json"] = sending_schema_text()
    files[docs / "traffic.schema.json"] = traffic_schema_text()
    files[docs / "report.svg"] = report_svg(demo_report(_PICTURED_FAULT, Redactor()))
    readme = root / "README.md"
    if readme.is_file():
        files[readme] = with_list(readme.read_text(encoding="utf-8"), checks)
    return files


def stray(root: Path) -> tuple[Path, ...]:
    """Pages of checks that are no more."""
    pages = {_page(root, check.code) for check in built_in_checks()}
    found = sorted((root / "docs" / "checks").glob("*.md"))
    return tuple(path for path in found if path not in pages and path.name != "README.md")


def with_list(readme: str, checks: Sequence[Check]) -> str:
    """The README with the list between its two markers. Raises `UsageError` without them."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"README.md lacks the markers {BEGIN} and {END}")
    return f"{before}{begin}\n{readme_list(checks)}{end}{after}"


def _page(root: Path, code: str) -> Path:
    return root / "docs" / "checks" / f"{code}.md"
