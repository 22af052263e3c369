"""What lets one packet through, in the language of the front end that owns the deciding rule.

Each opening is the least there is: from this source to this destination, protocol and port.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from wcsdiag.firewall.fix_firewalld import firewalld
from wcsdiag.firewall.flow import Flow
from wcsdiag.firewall.model import Backend, Family, Packet, Place, Way
from wcsdiag.firewall.owner import Owner
from wcsdiag.model import Fix

_JAIL = re.compile(r"addr6?-set-([\w.-]+)|match-set f2b-([\w.-]+)|f2b-([\w.-]+)")
_SAVE = (
    "To keep it over a restart: `netfilter-persistent save` (Debian, Ubuntu) or"
    " `service iptables save` (RHEL and its kin)."
)


@dataclass(frozen=True)
class _Case:
    place: Place
    flow: Flow
    way: Way


def opening(place: Place, owner: Owner, packet: Packet, way: Way, flow: Flow | None = None) -> Fix:
    """Sentence and commands. They change the machine: a person runs them, not wcsdiag.

    `flow` is what to open where that is more than the flow of the packet.
    """
    case = _Case(place, flow or Flow.of(packet), way)
    return _OWNERS[owner](case)


def _ufw(case: _Case) -> Fix:
    chain, flow = case.place.chain.name, case.flow
    if flow.port is None or "-before-" in chain or "-after-" in chain:
        return _ufw_file(case)
    # A rule of a user stands in the way only if it comes first; so the new one has to.
    verb = "prepend allow" if "-user-" in chain else "allow"
    side = {Way.OUT: f"{verb} out", Way.IN: verb, Way.THROUGH: f"route {verb}"}[case.way]
    ends = f"from {flow.source or 'any'} to {flow.destination} port {flow.ports(':')}"
    return Fix(
        "Let ufw allow it; ufw keeps its rules over restarts.",
        (f"ufw {side} proto {flow.protocol} {ends}",),
    )


def _ufw_file(case: _Case) -> Fix:
    six = "6" if case.flow.version == 6 else ""
    chain = case.place.chain.name
    if not chain.startswith("ufw"):
        chain = f"ufw{six}-before-{_ufw_side(case.way)}"
    kind = "after" if "-after-" in chain else "before"
    before = f", above {case.place.rule.text}" if case.place.rule is not None else ""
    return Fix(
        f"ufw's own commands cannot say this: put the line into /etc/ufw/{kind}{six}.rules"
        f"{before}, then reload.",
        (f"-A {chain} {case.flow.iptables()} -j ACCEPT", "ufw reload"),
    )


def _ufw_side(way: Way) -> str:
    return {Way.OUT: "output", Way.IN: "input", Way.THROUGH: "forward"}[way]


def _firewalld(case: _Case) -> Fix:
    return firewalld(case.place, case.flow, case.way)


def _tool(place: Place) -> str:
    tool = "ip6tables" if place.table.family is Family.IP6 else "iptables"
    return f"{tool}-legacy" if place.table.backend is Backend.IPTABLES_LEGACY else tool


def _docker(case: _Case) -> Fix:
    command = f"{_tool(case.place)} -I DOCKER-USER {case.flow.iptables()} -j ACCEPT"
    return Fix(
        "Allow it in DOCKER-USER, which Docker calls first and never writes to. The address and"
        f" port are those of the container. {_SAVE}",
        (command,),
    )


def _fail2ban(case: _Case) -> Fix:
    place = case.place
    words = [place.rule.text if place.rule is not None else "", place.chain.name, place.table.name]
    found = [match for match in map(_JAIL.search, words) if match]
    jail = next((name for match in found for name in match.groups() if name), "JAIL")
    peer = (case.flow.source or "ADDRESS") if case.way is not Way.OUT else case.flow.destination
    return Fix(
        f"fail2ban has banned {peer}: lift the ban, and let it ignore the address if it is one"
        " of yours (ignoreip in jail.local keeps that).",
        (
            f"fail2ban-client set {shlex.quote(jail)} unbanip {peer}",
            f"fail2ban-client set {shlex.quote(jail)} addignoreip {peer}",
        ),
    )


def _put(place: Place) -> str:
    if place.rule is None:
        return "Put a rule at the end of the chain, where its policy decides."
    return "Put a rule before the deciding one."


def _nft(case: _Case) -> Fix:
    place = case.place
    where = " ".join(
        shlex.quote(word) for word in (place.table.family.value, place.table.name, place.chain.name)
    )
    handle = place.rule.handle if place.rule is not None else None
    if place.rule is None:
        command = f"nft add rule {where} {case.flow.nft()} accept"
    elif handle is None:
        command = f"nft insert rule {where} {case.flow.nft()} accept"
    else:
        command = f"nft insert rule {where} handle {handle} {case.flow.nft()} accept"
    return Fix(
        f"{_put(place)} To keep it over a restart, write it into the file that loads the rules,"
        " mostly /etc/nftables.conf.",
        (command,),
    )


def _iptables(case: _Case) -> Fix:
    place = case.place
    tool = _tool(place)
    table = "" if place.table.name == "filter" else f" -t {place.table.name}"
    if place.rule is None:
        where = f"-A {place.chain.name}"
    else:
        where = f"-I {place.chain.name} {place.rule.number}"
    legacy = (
        " Where there is no iptables-legacy, the program is called iptables."
        if tool.endswith("legacy")
        else ""
    )
    return Fix(
        f"{_put(place)}{legacy} {_SAVE}",
        (f"{tool}{table} {where} {case.flow.iptables()} -j ACCEPT",),
    )


_OWNERS: dict[Owner, Callable[[_Case], Fix]] = {
    Owner.UFW: _ufw,
    Owner.FIREWALLD: _firewalld,
    Owner.DOCKER: _docker,
    Owner.FAIL2BAN: _fail2ban,
    Owner.NFT: _nft,
    Owner.IPTABLES: _iptables,
}
