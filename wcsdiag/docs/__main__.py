"""`python -m wcsdiag.docs --write | --check | --picture`, from the project's root.

`--write` brings every generated file up to date, `--check` exits with 1 and names those that are
stale or stray, `--picture` draws a failing report into docs/report.svg.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wcsdiag.docs.files import generated, stray

_PICTURED_FAULT = "web-server-down"


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m wcsdiag.docs", description=__doc__)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    wanted.add_argument("--picture", action="store_true")
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--fault", default=_PICTURED_FAULT, help="what --picture shows")
    arguments = parser.parse_args()
    if arguments.picture:
        return _picture(arguments.root, arguments.fault)
    return _write(arguments.root) if arguments.write else _check(arguments.root)


def _write(root: Path) -> int:
    for path, text in generated(root).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in stray(root):
        path.unlink()
    return 0


def _check(root: Path) -> int:
    stale = [
        path
        for path, text in generated(root).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in [*stale, *stray(root)]:
        sys.stderr.write(f"{path.relative_to(root)} is not current: run `make docs`\n")
    return 1 if stale or stray(root) else 0


def _picture(root: Path, fault: str) -> int:
    from wcsdiag.cli.demonstration import demo_report
    from wcsdiag.docs.picture import report_svg
    from wcsdiag.redact import Redactor

    report = demo_report(fault, Redactor())
    (root / "docs" / "report.svg").write_text(report_svg(report), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
