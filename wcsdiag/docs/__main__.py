"""`python -m wcsdiag.docs --write | --check`, from the project's root.

`--write` brings every generated file up to date, `--check` exits with 1 and names those that are
stale or stray.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wcsdiag.docs.files import generated, stray


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m wcsdiag.docs", description=__doc__)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true")
    wanted.add_argument("--check", action="store_true")
    parser.add_argument("--root", type=Path, default=Path.cwd())
    arguments = parser.parse_args()
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


if __name__ == "__main__":
    sys.exit(main())
