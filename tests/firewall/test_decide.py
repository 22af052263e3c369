"""What is followed, what is not known, and what is bounded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.firewall.support import packet, ruleset
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.iptables_save import parse_iptables_save
from wcsdiag.firewall.merge import merge
from wcsdiag.firewall.model import (
    Backend,
    Basic,
    Chain,
    Family,
    Fate,
    Hook,
    Jump,
    NotKnown,
    Rule,
    Ruleset,
    Table,
    Way,
)

OUT = packet("10.99.3.2", "192.0.2.10")


def filter_table(*lines: str, policy: str = "ACCEPT") -> Ruleset:
    declared = {line.split()[1] for line in lines} - {"OUTPUT"}
    text = ["*filter", f":OUTPUT {policy} [0:0]", *(f":{name} - [0:0]" for name in declared)]
    return parse_iptables_save("\n".join([*text, *lines, "COMMIT"]), Family.IP)


def test_given_an_unknown_match_with_the_same_fate_either_way_then_the_fate_is_decided() -> None:
    rules = filter_table("-A OUTPUT -m geoip --dst-cc XX -j DROP", policy="DROP")

    decision = decide(rules, OUT, Way.OUT)

    assert decision.fate is Fate.DROPPED
    assert decision.by is None, "rule or policy: that depends"
    assert len(decision.depends_on) == 1
    assert "geoip" in decision.depends_on[0]


def test_given_an_unknown_match_before_the_rule_that_decides_then_that_rule_is_named() -> None:
    rules = filter_table("-A OUTPUT -m geoip --dst-cc XX -j LOG", "-A OUTPUT -p tcp -j DROP")

    decision = decide(rules, OUT, Way.OUT)

    assert decision.by is not None
    assert decision.by.rule is not None
    assert decision.by.rule.number == 2
    assert decision.depends_on == ()


def test_given_an_unknown_match_that_decides_then_it_is_named() -> None:
    rules = filter_table(
        "-A OUTPUT -m time --timestart 10:00 -j LOG",
        "-A OUTPUT -m geoip --dst-cc XX -p tcp -j DROP",
        "-A OUTPUT -m u32 --u32 6&0xFF=17 -p udp -j DROP",
    )

    decision = decide(rules, OUT, Way.OUT)

    assert decision.fate is Fate.DEPENDS
    assert decision.depends_on == ("-m geoip --dst-cc XX",)
    assert decision.by is not None
    assert decision.by.rule is not None
    assert decision.by.rule.number == 2


def test_given_thousands_of_unknown_matches_then_there_is_an_answer() -> None:
    lines = [
        f"-A OUTPUT -m geoip --dst-cc X{n} -j {'sub' if n % 2 else 'DROP'}" for n in range(4000)
    ]

    decision = decide(filter_table(*lines, "-A sub -p udp -j ACCEPT"), OUT, Way.OUT)

    assert decision.fate is Fate.DEPENDS
    assert 0 < len(decision.depends_on) <= 10


def chains(*links: tuple[str, str], goto: bool = False) -> Ruleset:
    found = {name: Chain(name, (Rule("jump", (Jump(onward, goto),), 1),)) for name, onward in links}
    first = links[0][0]
    found[first] = replace(found[first], hook=Hook.OUTPUT, policy=Basic.ACCEPT)
    return Ruleset((Table(Backend.NFT, Family.INET, "t", found),))


@pytest.mark.parametrize("goto", [False, True])
def test_given_a_circle_of_jumps_then_it_is_named_and_left(goto: bool) -> None:
    decision = decide(chains(("a", "b"), ("b", "c"), ("c", "b"), goto=goto), OUT, Way.OUT)

    assert decision.fate is Fate.DEPENDS
    assert "circle" in decision.depends_on[0]


def test_given_a_jump_to_a_chain_that_does_not_exist_then_the_fate_depends_on_it() -> None:
    decision = decide(chains(("a", "gone")), OUT, Way.OUT)

    assert decision.fate is Fate.DEPENDS
    assert "gone" in decision.depends_on[0]


def test_given_chains_that_double_at_every_level_then_the_walk_is_bounded() -> None:
    found = {
        f"c{n}": Chain(f"c{n}", tuple(Rule("j", (Jump(f"c{n + 1}"),), k) for k in (1, 2)))
        for n in range(60)
    }
    found["c60"] = Chain("c60", (Rule("x", (NotKnown("x"), Basic.CONTINUE), 1),))
    found["c0"] = replace(found["c0"], hook=Hook.OUTPUT)

    table = Table(Backend.NFT, Family.INET, "t", found)

    assert decide(Ruleset((table,)), OUT, Way.OUT).fate is Fate.DEPENDS


def test_given_a_rule_set_of_nothing_then_nothing_decides() -> None:
    decision = decide(Ruleset(()), OUT, Way.OUT)

    assert decision.fate is Fate.ACCEPTED
    assert decision.by is None


def test_given_a_redirect_on_the_way_out_then_the_packet_ends_on_the_machine_itself() -> None:
    text = "*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j REDIRECT --to-ports 8443\nCOMMIT"

    decision = decide(parse_iptables_save(text, Family.IP), OUT, Way.OUT)

    assert str(decision.packet.destination) == "127.0.0.1"
    assert decision.packet.dport == 8443
    assert decision.packet.out_interface == "lo"


def test_given_a_table_of_iptables_then_it_replaces_nfts_version_of_it() -> None:
    native, iptables = ruleset("managed"), ruleset("iptables")

    merged = merge(native, iptables)

    backends = {(table.family, table.name): table.backend for table in merged.tables}
    assert backends[Family.IP, "filter"] is Backend.IPTABLES_NFT
    assert backends[Family.IP6, "filter"] is Backend.NFT
    web = replace(packet("10.99.3.1", "10.99.3.2", port=443), in_interface="vf0")
    assert decide(merged, web, Way.IN).fate is Fate.ACCEPTED


def test_given_legacy_tables_then_they_stand_beside_those_of_nft() -> None:
    text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 443 -j DROP\nCOMMIT"
    legacy = parse_iptables_save(text, Family.IP, Backend.IPTABLES_LEGACY)

    merged = merge(ruleset("native"), legacy)

    web = replace(packet("10.99.3.1", "10.99.3.2", port=443), in_interface="vf0")
    assert decide(merged, web, Way.IN).fate is Fate.DROPPED
