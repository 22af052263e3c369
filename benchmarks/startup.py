"""What it costs to start: against Python that imports typer, the library of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Contender, Limit

SCRIPT = Path(__file__).with_name("script.sh")
PROGRAM = str(Path(sys.executable).with_name("wcsdiag"))
"""The installed program of the interpreter that runs the benchmarks."""

VERSION = "`wcsdiag --version`"

CONTENDERS = (
    Contender("`python -c 'import typer'`", (sys.executable, "-c", "import typer")),
    Contender(VERSION, (PROGRAM, "--version")),
    Contender("`wcsdiag checks`", (PROGRAM, "checks")),
    Contender("`script.sh --version`", ("bash", str(SCRIPT), "--version")),
    Contender("`script.sh checks`", ("bash", str(SCRIPT), "checks")),
)

LIMIT = Limit(VERSION, 1.5)
