"""The command that opens the way, for each front end, and whose rule it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace

import pytest

from tests.firewall.support import CASES, packet, ruleset, text
from tests.support import require, require_tool
from wcsdiag.firewall.decide import decide
from wcsdiag.firewall.describe import describe
from wcsdiag.firewall.fix import opening
from wcsdiag.firewall.iptables_save import parse_iptables_save
from wcsdiag.firewall.model import Backend, Family, Fate, Packet, Place, Ruleset, Way
from wcsdiag.firewall.nft_json import parse_nft_json
from wcsdiag.firewall.owner import Owner, owner_of

IN = replace(packet("10.99.3.1", "10.99.3.2", port=25), in_interface="vf0")
OUT = replace(packet("10.99.3.2", "192.0.2.10", port=8081), out_interface="vf0")


def decided(rules: Ruleset, sent: Packet, way: Way) -> tuple[Place, Owner, tuple[str, ...]]:
    decision = decide(rules, sent, way)
    assert decision.by is not None
    owner = owner_of(decision.by, rules)
    return decision.by, owner, opening(decision.by, owner, decision.packet, way).commands


def saved(*lines: str, backend: Backend = Backend.IPTABLES_NFT) -> Ruleset:
    return parse_iptables_save("\n".join(["*filter", *lines, "COMMIT"]), Family.IP, backend)


def test_ufw_is_told_to_allow_it_before_the_rule_of_its_user() -> None:
    place, owner, commands = decided(ruleset("ufw"), OUT, Way.OUT)

    assert owner is Owner.UFW
    assert commands == ("ufw prepend allow out proto tcp from 10.99.3.2 to 192.0.2.10 port 8081",)
    assert describe(place) == (
        "iptables (nf_tables) filter ufw-user-output rule 1:"
        " -A ufw-user-output -d 192.0.2.10/32 -p tcp -m tcp --dport 8081 -j DROP"
    )


def test_the_policy_of_a_chain_that_calls_ufw_is_ufws() -> None:
    place, owner, commands = decided(ruleset("ufw"), replace(IN, dport=443), Way.IN)

    assert owner is Owner.UFW
    assert commands == ("ufw allow proto tcp from 10.99.3.1 to 10.99.3.2 port 443",)
    assert describe(place) == "iptables (nf_tables) filter INPUT policy DROP"


def test_firewalld_gets_a_rich_rule_in_its_zone() -> None:
    _, owner, commands = decided(ruleset("firewalld"), IN, Way.IN)

    assert owner is Owner.FIREWALLD
    rich = (
        'rule family="ipv4" source address="10.99.3.1" destination address="10.99.3.2"'
        ' port port="25" protocol="tcp" accept'
    )
    assert commands == (
        f"firewall-cmd --permanent --zone=public --add-rich-rule='{rich}'",
        "firewall-cmd --reload",
    )


def test_firewallds_denial_is_overruled_by_a_priority() -> None:
    denied = replace(packet("10.99.3.1", "192.0.2.10", port=8081), in_interface="vf0")

    _, _, commands = decided(ruleset("firewalld"), denied, Way.IN)

    assert 'rule priority="-1" ' in commands[0]


def test_firewalld_lets_out_by_a_policy_of_its_own() -> None:
    sent = replace(packet("fd00::2", "2002:a00::1", port=8081), out_interface="vf0")

    _, _, commands = decided(ruleset("firewalld"), sent, Way.OUT)

    assert "--add-ingress-zone=HOST" in commands[1]
    assert commands[-1] == "firewall-cmd --reload"


def test_docker_is_opened_in_docker_user_with_the_address_of_the_container() -> None:
    banned = replace(packet("203.0.113.5", "10.99.3.2", port=8081), in_interface="vf0")

    _, owner, commands = decided(ruleset("docker"), banned, Way.IN)

    assert owner is Owner.DOCKER
    assert commands == (
        "iptables -I DOCKER-USER -s 203.0.113.5 -d 172.17.0.2 -p tcp --dport 80 -j ACCEPT",
    )


def test_fail2ban_is_told_to_lift_the_ban() -> None:
    rules = saved(
        ":INPUT ACCEPT [0:0]",
        ":f2b-sshd - [0:0]",
        "-A INPUT -p tcp -j f2b-sshd",
        "-A f2b-sshd -s 10.99.3.1/32 -j REJECT --reject-with icmp-port-unreachable",
    )

    _, owner, commands = decided(rules, IN, Way.IN)

    assert owner is Owner.FAIL2BAN
    assert commands[0] == "fail2ban-client set sshd unbanip 10.99.3.1"


def test_a_plain_iptables_rule_gets_one_before_it() -> None:
    place, owner, commands = decided(ruleset("iptables"), OUT, Way.OUT)

    assert owner is Owner.IPTABLES
    assert commands == (
        "iptables -I OUTPUT 1 -s 10.99.3.2 -d 192.0.2.10 -p tcp --dport 8081 -j ACCEPT",
    )
    assert describe(place).startswith("iptables (nf_tables) filter OUTPUT rule 1: -A OUTPUT -d")


def test_a_legacy_table_is_opened_by_its_own_tool() -> None:
    rules = saved(":OUTPUT DROP [0:0]", backend=Backend.IPTABLES_LEGACY)

    place, _, commands = decided(rules, OUT, Way.OUT)

    assert commands[0].startswith("iptables-legacy -A OUTPUT -s 10.99.3.2 ")
    assert describe(place) == "iptables (legacy) filter OUTPUT policy DROP"


def test_a_plain_nft_rule_gets_one_before_its_handle() -> None:
    place, owner, commands = decided(ruleset("native"), OUT, Way.OUT)

    assert owner is Owner.NFT
    ends = "ip saddr 10.99.3.2 ip daddr 192.0.2.10"
    assert commands == (f"nft insert rule inet wcs output handle 18 {ends} tcp dport 8081 accept",)
    assert describe(place).startswith("nftables inet wcs output handle 18: tcp dport 8081 ip daddr")


def in_namespace(script: str) -> str:
    require_tool("nft")
    unshare = require_tool("unshare")
    # Root needs no namespace of users, which some containers refuse.
    private = "-n" if os.geteuid() == 0 else "-rn"
    done = subprocess.run(
        [unshare, private, "sh", "-euc", script], capture_output=True, text=True, timeout=60
    )
    require(done.returncode == 0 or "unshare" not in done.stderr, "no private namespaces here")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("sent", "way"), [(OUT, Way.OUT), (replace(IN, dport=2001, source=OUT.destination), Way.IN)]
)
def test_given_the_kernel_runs_nfts_command_then_the_packet_passes(sent: Packet, way: Way) -> None:
    load = f"nft -f {CASES / 'native.nft'}; "
    listing = in_namespace(f"{load} nft -j list ruleset")
    loaded = parse_nft_json(listing)
    assert loaded.all_problems == ()
    assert decide(loaded, sent, way).fate is Fate.REJECTED

    _, _, commands = decided(loaded, sent, way)
    mended = parse_nft_json(in_namespace(f"{load} {commands[0]}; nft -j list ruleset"))

    assert decide(mended, sent, way).fate is Fate.ACCEPTED


def test_given_native_nft_in_the_kernel_then_it_reads_as_in_the_case() -> None:
    listing = in_namespace(f"nft -f {CASES / 'native.nft'}; nft -j list ruleset")

    kept = json.loads(text("native.nft.json"))["nftables"]
    rules = [rule for one in kept for rule in [one.get("rule")] if rule]
    loaded = parse_nft_json(listing)

    chains = [chain for table in loaded.tables for chain in table.chains.values()]
    assert sum(len(chain.rules) for chain in chains) == len(rules)


def test_given_the_kernel_runs_iptables_command_then_the_packet_passes() -> None:
    require(shutil.which("iptables-nft", path="/usr/sbin:/sbin"), "iptables-nft is not installed")
    load = "iptables-nft -A OUTPUT -p tcp -j REJECT;"
    before = parse_iptables_save(in_namespace(f"{load} iptables-nft-save -c"), Family.IP)
    assert decide(before, OUT, Way.OUT).fate is Fate.REJECTED

    _, _, commands = decided(before, OUT, Way.OUT)
    command = commands[0].replace("iptables", "iptables-nft")
    after = parse_iptables_save(in_namespace(f"{load} {command}; iptables-nft-save -c"), Family.IP)

    assert decide(after, OUT, Way.OUT).fate is Fate.ACCEPTED
