"""What the README tells a person to copy works as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.model import Status
from wcsdiag.plugins import load
from wcsdiag.testing import judge
from wcsdiag.wcs.app import App

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize(
    ("url", "status"),
    [("http://web.example.com/hooks", Status.PASS), ("http://elsewhere.test/x", Status.FAIL)],
)
def test_the_example_of_a_check_loads_and_judges(url: str, status: Status, tmp_path: Path) -> None:
    example = README.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    (tmp_path / "own_domain.py").write_text(example, encoding="utf-8")
    app = App("app", "app", url)

    registry = load([tmp_path])
    result = judge(registry.find("URL901").judge, Apps(AppSource.CLI, "CLI", (app,), (app,)))

    assert registry.problems == ()
    assert result.status is status
