"""`python -m tests.report.write_golden` renders every golden file anew: read the diff."""

from __future__ import annotations

from tests.report import test_traffic_formats as traffic
from tests.report import traffic_samples
from tests.report.samples import ALL
from tests.report.test_formats import GOLDEN, RENDERERS, golden_files
from wcsdiag.report.page import Look
from wcsdiag.report.traffic import traffic_renderer

if __name__ == "__main__":
    for sample, kind in golden_files():
        text = RENDERERS[kind].render(ALL[sample])
        (GOLDEN / f"{sample}.{kind}").write_text(text, encoding="utf-8")
    for sample, form in traffic.golden_files():
        text = traffic_renderer(form, Look()).render(traffic_samples.ALL[sample])
        (traffic.GOLDEN / f"{sample}.{form.value}").write_text(text, encoding="utf-8")
