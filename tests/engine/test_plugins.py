"""Checks of installed packages and of loose files; what does not load is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from wcsdiag.errors import UsageError
from wcsdiag.model import Group
from wcsdiag.plugins import Registry, load

CHECK = '''
from wcsdiag.model import passed
from wcsdiag.registry import Observations, check

@check("HKS901", "The moon is up")
def moon_is_up() -> Observations:
    """It should be."""
    yield passed("it is")
'''


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load()


def codes(registry: Registry) -> list[str]:
    return [check.code for check in registry.checks]


def test_the_built_in_checks_are_found_in_the_order_of_the_report(registry: Registry) -> None:
    groups = [group.name for group in Group]
    order = [(groups.index(code[:3]), code) for code in codes(registry)]
    assert order == sorted(order)
    assert {"HST101", "FWL101", "URL101", "WEB101", "RST101", "LOG101"} <= set(codes(registry))
    assert registry.problems == ()


def test_a_loose_file_adds_a_check(tmp_path: Path) -> None:
    (tmp_path / "moon.py").write_text(CHECK)
    assert "HKS901" in codes(load([tmp_path]))


def test_a_plugin_that_fails_to_import_is_reported_and_the_rest_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a_broken.py").write_text("import no_such_module_at_all")
    (tmp_path / "b_exits.py").write_text("raise SystemExit(3)")
    (tmp_path / "moon.py").write_text(CHECK)
    registry = load([tmp_path])
    assert "HKS901" in codes(registry)
    assert [Path(problem.name).name for problem in registry.problems] == [
        "a_broken.py",
        "b_exits.py",
    ]
    assert "no_such_module_at_all" in registry.problems[0].message
    assert "Traceback" in registry.problems[0].traceback


def test_a_directory_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a directory"):
        load([tmp_path / "missing"])


def test_checks_are_selected_by_code_and_group_without_case(registry: Registry) -> None:
    selected = registry.select(["web", "hst101"], skip=["WEB113"])
    chosen = {check.code for check in selected}
    assert "HST101" in chosen
    assert "WEB101" in chosen
    assert "WEB113" not in chosen
    assert "HST102" not in chosen


def test_an_unknown_code_names_the_nearest(registry: Registry) -> None:
    with pytest.raises(UsageError, match=r"no check or group 'WEBB'; did you mean WEB"):
        registry.select(["WEBB"])
    with pytest.raises(UsageError, match="did you mean"):
        registry.select([], skip=["HST1O1"])


def test_an_empty_selection_is_a_usage_error(registry: Registry) -> None:
    with pytest.raises(UsageError, match="no check is left to run"):
        registry.select(["HST101"], skip=["HST"])
