"""The catalogue of REST methods."""

from __future__ import annotations

import pytest

from wcsdiag.hooks.catalogue import CATALOGUE, Kind, Scenario, find
from wcsdiag.wcs.rest_methods import KNOWN_METHODS


@pytest.mark.parametrize(
    ("name", "kind", "can_decline", "scenario"),
    [
        ("connect", Kind.CONNECT, True, Scenario.CONNECTION),
        ("call", Kind.DIRECT, True, Scenario.CALL),
        ("hangup", Kind.DIRECT, False, Scenario.CALL),
        ("ConnectionStatusEvent", Kind.EVENT, False, Scenario.CONNECTION),
        ("RegistrationStatusEvent", Kind.EVENT, False, Scenario.REGISTRATION),
        ("OnMessageEvent", Kind.INCOMING, True, Scenario.MESSAGE),
        ("publishStream", Kind.DIRECT, True, Scenario.STREAMING),
    ],
)
def test_a_method_is_known_by_kind_and_scenario(
    name: str, kind: Kind, can_decline: bool, scenario: Scenario
) -> None:
    method = find(name)
    assert method is not None
    assert (method.kind, method.can_decline, method.scenario) == (kind, can_decline, scenario)


def test_names_are_found_without_case() -> None:
    seen = find("callStatusEvent")
    assert seen is not None
    assert seen.name == "CallStatusEvent"
    assert find("noSuchMethod") is None


def test_every_name_stands_once() -> None:
    names = [method.name for method in CATALOGUE]
    assert len(names) == len(set(names))


def test_the_catalogue_knows_every_method_that_the_cli_may_print() -> None:
    assert [name for name in KNOWN_METHODS if find(name) is None] == []


def test_a_scenario_lists_its_methods() -> None:
    assert {method.name for method in CATALOGUE if method.scenario is Scenario.MESSAGE} == {
        "sendMessage",
        "sendIMDN",
        "MessageStatusEvent",
        "OnMessageEvent",
    }


@pytest.mark.parametrize(
    ("name", "followers"),
    [
        ("connect", ("ConnectionStatusEvent", "RegistrationStatusEvent")),
        ("playStream", ("StreamStatusEvent",)),
        ("OnDataEvent", ("DataStatusEvent",)),
        ("hangup", ()),
    ],
)
def test_a_method_is_followed_by_what_the_docs_name(name: str, followers: tuple[str, ...]) -> None:
    method = find(name)
    assert method is not None
    assert method.followed_by == followers


def test_what_follows_a_method_is_a_method_too() -> None:
    assert all(find(name) for method in CATALOGUE for name in method.followed_by)


def test_every_body_holds_what_all_hooks_hold() -> None:
    for method in CATALOGUE:
        assert method.fields[:3] == ("nodeId", "appKey", "sessionId")
        assert len(set(method.fields)) == len(method.fields)
