"""Text that is no rule set, or only half of one: a clear problem, no hang, no crash."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firewall.support import packet, text
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.ipset_save import parse_ipset_save
from wcsdiag.firewall.iptables_save import parse_iptables_save
from wcsdiag.firewall.model import Family, Fate, Way
from wcsdiag.firewall.nft_json import parse_nft_json

NATIVE = text("native.nft.json")
SAVED = text("modules.iptables.txt")
OUT = packet("10.99.3.2", "192.0.2.10")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "nothing"),
        (NATIVE[: len(NATIVE) // 2], "cut off"),
        ("Operation not permitted (you must be root)", "not the JSON of nft"),
        ("[]", "not the JSON of nft"),
        ("[" * 100_000, "not the JSON of nft"),
        (NATIVE.replace('"json_schema_version": 1', '"json_schema_version": 2'), "version 2"),
        ('{"nftables": []}', "no schema version"),
        (NATIVE.replace('"chain": "egress"', '"chain": "nowhere"'), "chain nowhere"),
        (NATIVE.replace('"hook": "input"', '"hook": "elsewhere"'), "elsewhere"),
    ],
)
def test_nfts_json_that_is_not_understood_is_a_problem(raw: str, problem: str) -> None:
    rules = parse_nft_json(raw)

    assert any(problem in one for one in rules.all_problems)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (SAVED[: len(SAVED) // 2], "cut off"),
        (text("cut_off_top.txt"), "outside of any table"),
        ("*filter\n-A WCS -j ACCEPT\nCOMMIT", "not the chain"),
        ("*filter\nhello\nCOMMIT", "not understood"),
    ],
)
def test_an_iptables_save_that_is_not_understood_is_a_problem(raw: str, problem: str) -> None:
    rules = parse_iptables_save(raw, Family.IP)

    assert any(problem in one for one in rules.all_problems)


def test_given_bytes_that_are_no_utf8_then_the_rest_is_read() -> None:
    raw = SAVED.encode().replace(b"evil", b"\xff\xfe").decode("utf-8", "replace")

    assert parse_iptables_save(raw, Family.IP).all_problems == ()


def test_given_a_hundred_thousand_rules_then_the_last_one_can_decide() -> None:
    lines = [
        f"-A OUTPUT -d 10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32 -p tcp -m tcp --dport 80 -j DROP"
        for n in range(100_000)
    ]
    saved = "\n".join(["*filter", ":OUTPUT ACCEPT [0:0]", *lines, "COMMIT"])

    decision = decide(
        parse_iptables_save(saved, Family.IP), packet("10.99.3.2", "10.1.134.159"), Way.OUT
    )

    assert decision.fate is Fate.DROPPED
    assert decision.by is not None
    assert decision.by.rule is not None
    assert decision.by.rule.number == 100_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.sampled_from(
        ["@blocked", "tcp", "10.0.0.1", "new", "*", "lo", "x", "dport", "daddr", "state", "=="]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([
            "match", "left", "right", "op", "payload", "protocol", "field", "meta", "ct", "key",
            "set", "range", "prefix", "addr", "len", "vmap", "data", "concat", "jump", "target",
            "accept", "reject", "type", "expr", "mangle", "value", "limit", "dnat", "&", "elem",
            "val", "fib", "flags", "result", "quota", "counter", "stmt", "meter", "snat", "log",
        ]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(JSON, max_size=4), JSON)
def test_no_json_makes_the_parser_or_the_decision_raise(expr: list[object], other: object) -> None:
    document = json.loads(NATIVE)
    common = {"family": "inet", "table": "wcs", "chain": "output"}
    document["nftables"] += [{"rule": {**common, "expr": expr}}, {"rule": other}, other]
    document["nftables"] += [
        {"set": {"family": "inet", "table": "wcs", "name": "s", "type": other}}
    ]

    rules = parse_nft_json(json.dumps(document))

    assert decide(rules, OUT, Way.OUT).fate in Fate


WORDS = st.sampled_from([
    "-A", "OUTPUT", "-m", "tcp", "!", "--dport", "80", "1:", "a-b", "-j", "ACCEPT", "multiport",
    "--dports", "1,2:", "set", "--match-set", "x", "src,dst", "-s", "10.0.0.0/255.0.255.0", "-p",
    "DNAT", "--to-destination", "[::1", "mark", "--mark", "0x", "icmp", "--icmp-type", '"', "-g",
    "recent", "--update", "--hitcount", "owner", "--uid-owner", "-", "comment", "--comment", "-j",
    "rpfilter", "iprange", "--src-range", "conntrack", "--ctstate", "MARK", "--set-xmark", "CT",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=14), st.text(max_size=40))
def test_no_words_make_the_parsers_or_the_decision_raise(words: list[str], noise: str) -> None:
    line = " ".join(words)
    saved = f"*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT {line}\n{noise}\nCOMMIT\n{line}"

    rules = parse_iptables_save(saved, Family.IP)
    parse_ipset_save(f"create s hash:ip,port family inet\nadd s {line}\n{noise}\ncreate t {line}")
    parse_nft_json(noise)

    assert decide(rules, OUT, Way.OUT).fate in Fate
