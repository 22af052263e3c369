"""Parsers of what WCS prints and stores: each case is a text and what is to be read from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood, parse_app_methods, parse_apps
from wcsdiag.wcs.database_yml import SIZE_LIMIT, parse_database

CASES = Path(__file__).parent / "cases"
NAMES = frozenset({"defaultApp"})


def cases(folder: str) -> list[Path]:
    return sorted((CASES / folder).glob("*.txt"))


def as_data(app: App) -> dict[str, object]:
    password = app.rest_password.reveal() if app.rest_password is not None else None
    data: dict[str, object] = {
        "name": app.name,
        "key": app.key,
        "url": app.url,
        "owner": app.owner,
        "rest_username": app.rest_username,
        "rest_password": password,
        "methods": None if app.methods is None else list(app.methods),
    }
    return {field: value for field, value in data.items() if value is not None}


def hold_apps_against(case: Path, apps: tuple[App, ...] | NotUnderstood) -> None:
    expected = json.loads(case.with_suffix(".json").read_text())
    if not expected["understood"]:
        assert isinstance(apps, NotUnderstood), apps
        assert apps.why
        return
    assert not isinstance(apps, NotUnderstood), apps
    assert [as_data(app) for app in apps] == expected["apps"]


@pytest.mark.parametrize("case", cases("apps"), ids=lambda case: case.stem)
def test_show_apps_is_read_or_refused(case: Path) -> None:
    hold_apps_against(case, parse_apps(case.read_text()))


@pytest.mark.parametrize("case", cases("database_yml"), ids=lambda case: case.stem)
def test_database_yml_is_read_or_refused(case: Path) -> None:
    hold_apps_against(case, parse_database(case.read_bytes()))


@pytest.mark.parametrize("case", cases("app_methods"), ids=lambda case: case.stem)
def test_show_app_rest_methods_is_read_or_refused(case: Path) -> None:
    expected = json.loads(case.with_suffix(".json").read_text())
    methods = parse_app_methods(case.read_text(), NAMES)
    if expected["understood"]:
        assert methods == tuple(expected["methods"])
    else:
        assert isinstance(methods, NotUnderstood), methods


@pytest.mark.parametrize("parse", [parse_apps, parse_app_methods])
def test_a_flood_of_separators_is_no_list(parse: Callable[[str], object]) -> None:
    assert isinstance(parse("|+-=: " * 2000 + "x"), NotUnderstood)


def test_what_is_not_understood_keeps_the_text() -> None:
    refused = parse_apps("Lorem ipsum dolor\nsit amet")
    assert isinstance(refused, NotUnderstood)
    assert refused.raw == "Lorem ipsum dolor\nsit amet"


def test_a_password_is_masked_in_the_excerpt() -> None:
    refused = NotUnderstood("app one restPassword=hunter2 http://u:pw9@h/", "unknown layout")
    assert "hunter2" not in refused.excerpt
    assert "pw9" not in refused.excerpt


def test_below_a_password_heading_no_cell_is_shown() -> None:
    refused = NotUnderstood("Thing Password\nfoo hunter2", "unknown layout")
    assert refused.excerpt == "Thing Password\nxxx xxxxxx9"


def test_a_database_larger_than_the_limit_is_not_read() -> None:
    assert isinstance(parse_database(b"#" * SIZE_LIMIT), NotUnderstood)
