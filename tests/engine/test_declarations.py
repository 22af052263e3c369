"""Rules that hold for every check that comes with wcsdiag."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from wcsdiag.lifetime import Lifetime
from wcsdiag.plan import make_plan
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor
from wcsdiag.registry import Check
from wcsdiag.target import Intent, Target

REGISTRY = load()
TESTS = Path(__file__).parent.parent
every_check = pytest.mark.parametrize("check", REGISTRY.checks, ids=lambda check: check.code)


def test_every_fact_that_a_check_needs_can_be_provided() -> None:
    make_plan(REGISTRY.checks, REGISTRY.facts, {Target, Intent, Lifetime, Redactor})


def test_no_two_checks_explain_each_other() -> None:
    graph = {check.code: set(check.explained_by) for check in REGISTRY.checks}
    TopologicalSorter(graph).prepare()


@every_check
def test_explanations_name_checks_that_exist(check: Check) -> None:
    assert set(check.explained_by) <= {other.code for other in REGISTRY.checks}


@every_check
def test_the_docstring_says_why_and_how_to_mend_it(check: Check) -> None:
    why, separator, fix = check.doc.partition("\n\nFix\n---\n")
    assert len(why.split()) >= 8, "say why it matters"
    assert separator, "a section named Fix, underlined"
    assert len(fix.split()) >= 8, "say what mends it"


@every_check
def test_the_title_is_one_short_line_that_states_the_healthy_state(check: Check) -> None:
    assert "\n" not in check.title
    assert len(check.title) <= 72
    assert not check.title.endswith(".")
    assert check.title[0].isupper() or not check.title[0].isalpha()


@every_check
def test_a_test_tries_the_check(check: Check) -> None:
    name = check.judge.__name__
    files = (TESTS / "checks").rglob("test_*.py")
    assert any(re.search(rf"\b{name}\b", file.read_text()) for file in files)
