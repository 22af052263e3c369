"""`python -m tests.report.write_golden` renders every golden file anew: read the diff."""

from __future__ import annotations

from tests.report.samples import ALL
from tests.report.test_formats import GOLDEN, RENDERERS, golden_files

if __name__ == "__main__":
    for sample, kind in golden_files():
        text = RENDERERS[kind].render(ALL[sample])
        (GOLDEN / f"{sample}.{kind}").write_text(text, encoding="utf-8")
