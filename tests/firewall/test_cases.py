"""Rule sets as real tools printed them, and what becomes of packets under them."""

from __future__ import annotations

import pytest

from tests.firewall.support import CASES, Expected, expected, names, ruleset, told
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.nft_json import parse_nft_json

PAIRS = [(name, one) for name in names() for one in expected(name)]


@pytest.mark.parametrize(("name", "one"), PAIRS, ids=lambda value: getattr(value, "line", value))
def test_a_packet_meets_its_fate(name: str, one: Expected) -> None:
    rules = ruleset(name)

    assert rules.all_problems == ()
    assert told(decide(rules, one.packet, one.way)) == one.outcome


@pytest.mark.parametrize("name", ["native", "firewalld", "everything"])
def test_rules_are_told_as_nft_itself_lists_them(name: str) -> None:
    listed = (CASES / f"{name}.list.txt").read_text().splitlines()
    known = {line.partition(" # handle")[0].strip() for line in listed}
    rules = parse_nft_json((CASES / f"{name}.nft.json").read_text())

    told_by_us = [
        rule.text
        for table in rules.tables
        for chain in table.chains.values()
        for rule in chain.rules
    ]

    assert told_by_us
    assert [text for text in told_by_us if text not in known] == []
