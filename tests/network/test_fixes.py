"""The commands that a report prints mend the fault, and open no more than the hook needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from benchmarks.diagnosis import cases
from tests.network.namespaces import Machine
from tests.network.needs import require_network
from tests.network.network import PLAIN_PORT, WEB_NAME, WEB_PORT, Network, Plan, open_network
from tests.network.wires import WEB_SERVER
from tests.support import require_tool

_RULES = Path(cases.__file__).parent / "rules"
_MACHINES = {"FWL105": "host", "FWL107": "web", "FWL112": "web"}
_TRY = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()
    print("open")
except OSError as error:
    print(error)
"""
_FORTH = "iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -A INPUT -i lo -j ACCEPT"
_BACK = "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"


@dataclass(frozen=True)
class Fault:
    """Scripts by machine, the code that names it, and the network that it is in."""

    code: str
    commands: Mapping[str, str]
    plan: Plan = field(default_factory=Plan)


def on_host(script: str) -> Fault:
    """It closes the way out to both of the web server's ports."""
    return Fault("FWL105", {"host": script})


def on_web(script: str) -> Fault:
    """It closes the way in to host and operator."""
    return Fault("FWL107", {"web": script})


FAULTS = {
    "nft drop": on_host(
        "nft add table inet filter\n"
        "nft add chain inet filter output '{ type filter hook output priority 0; }'\n"
        "nft add rule inet filter output tcp dport 9000-9100 drop"
    ),
    "nft reject in a chain that is jumped to": on_host(
        "nft add table ip guard\n"
        "nft add chain ip guard egress\n"
        "nft add rule ip guard egress ip daddr 203.0.113.0/24 reject with icmp admin-prohibited\n"
        "nft add chain ip guard output '{ type filter hook output priority 0; }'\n"
        "nft add rule ip guard output ct state established accept\n"
        "nft add rule ip guard output tcp dport { 9091, 9092 } jump egress"
    ),
    "nft policy": on_host(
        "nft add table inet filter\n"
        "nft add chain inet filter output '{ type filter hook output priority 0; }'\n"
        "nft add rule inet filter output ct state established accept\n"
        "nft add rule inet filter output oifname lo accept\n"
        "nft 'chain inet filter output { policy drop; }'"
    ),
    "iptables drop": on_host("iptables -A OUTPUT -p tcp --dport 9000:9100 -j DROP"),
    "iptables reject": on_host(
        f"iptables -A OUTPUT {_BACK}\n"
        "iptables -A OUTPUT -o lo -j ACCEPT\n"
        "iptables -A OUTPUT -j REJECT --reject-with icmp-host-prohibited"
    ),
    "iptables policy": on_host(
        f"iptables -A OUTPUT {_BACK}\niptables -A OUTPUT -o lo -j ACCEPT\niptables -P OUTPUT DROP"
    ),
    "iptables in the mangle table": on_host(
        "iptables -t mangle -A POSTROUTING -o eth0 -p tcp --dport 9091:9092 -j DROP"
    ),
    "iptables drop on the web server": on_web(
        f"{_FORTH}\niptables -A INPUT {_BACK}\niptables -A INPUT -p tcp -j DROP"
    ),
    "nft policy on the web server": on_web(
        "nft add table inet filter\n"
        "nft add chain inet filter input '{ type filter hook input priority 0; }'\n"
        "nft add rule inet filter input ct state established accept\n"
        "nft add rule inet filter input iifname lo accept\n"
        "nft add rule inet filter input tcp dport 22 accept\n"
        "nft 'chain inet filter input { policy drop; }'"
    ),
    "iptables for a source that the router hides": Fault(
        "FWL112",
        {
            "web": f"{_FORTH}\niptables -A INPUT {_BACK}\n"
            "iptables -A INPUT -p tcp -s 198.51.100.2 --dport 9091 -j ACCEPT\n"
            "iptables -P INPUT DROP"
        },
        Plan(masquerade=True),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_commands_mend_the_fault_and_open_nothing_else(name: str) -> None:
    require_network()
    fault = FAULTS[name]
    with open_network(fault.plan) as network:
        for role, script in fault.commands.items():
            network.by_role[role].sh(script)
        mend(network, fault.code)


@pytest.mark.parametrize("code", ["FWL105", "FWL107"])
def test_ufws_own_commands_mend_what_ufw_denies(code: str) -> None:
    require_network()
    require_tool("ufw")
    with open_network() as network:
        machine = network.by_role[_MACHINES[code]]
        own_ufw(machine)
        machine.sh("ufw allow 22/tcp; ufw default deny outgoing; ufw default deny incoming")
        machine.sh("ufw --force enable")
        mend(network, code)
        assert " ALLOW " in machine.sh("ufw status")


_NO_MEDIA = {
    "nft": "nft add table inet filter\n"
    "nft add chain inet filter input '{ type filter hook input priority 0; }'\n"
    "nft add rule inet filter input udp dport 31100-31999 drop",
    "iptables": "iptables -A INPUT -p tcp -j ACCEPT\niptables -A INPUT -i lo -j ACCEPT\n"
    f"iptables -A INPUT {_BACK}\niptables -P INPUT DROP",
}


@pytest.mark.parametrize("tool", _NO_MEDIA)
def test_media_is_opened_for_every_client_and_for_its_whole_range(tool: str) -> None:
    require_network()
    with open_network() as network:
        network.host.sh(_NO_MEDIA[tool])
        report: dict[str, Any] = network.report("--fail-on", "warn")
        (cause,) = report["causes"]
        for command in cause["fix"]["commands"]:
            network.host.sh(command)
        after = network.report("--fail-on", "warn")
    assert cause["code"] == "FWL110"
    assert not any("1.1.1.1" in command for command in cause["fix"]["commands"])
    assert (after["verdict"], after["causes"]) == ("healthy", []), cause["fix"]


def own_ufw(machine: Machine) -> None:
    """Give the machine ufw's files for itself; a program there finds them in /etc."""
    for name in ("ufw", "default"):
        shutil.copytree(f"/etc/{name}", f"/etc/netns/{machine.namespace}/{name}", symlinks=True)


def mend(network: Network, code: str) -> None:
    """Do as the report says: then the hooks flow, and what else was closed still is."""
    cause = first_cause(network)
    assert cause["code"] == code, cause
    assert cause["fix"]["commands"], cause
    role = _MACHINES[code]
    assert cause["fix"]["text"].startswith(f"On the {'host' if role == 'host' else 'web server'}")
    for command in cause["fix"]["commands"]:
        network.by_role[role].sh(command)
    report: dict[str, Any] = network.report("--web-ssh", f"root@{WEB_NAME}")
    assert (report["verdict"], report["causes"]) == ("healthy", []), cause["fix"]
    other = (network.host, PLAIN_PORT) if role == "host" else (network.operator, WEB_PORT)
    assert reaches(*other) != "open", cause["fix"]


def first_cause(network: Network) -> dict[str, Any]:
    """What wcsdiag takes for the cause."""
    report: dict[str, Any] = network.report("--web-ssh", f"root@{WEB_NAME}", "--timeout", "4s")
    assert report["causes"], report["verdict"]
    cause: dict[str, Any] = report["causes"][0]
    return cause


def reaches(machine: Machine, port: int) -> str:
    """What connecting from there to the web server's machine gives."""
    done = machine.run(sys.executable, "-c", _TRY, WEB_SERVER.address, str(port))
    return done.stdout.strip() or done.stderr
