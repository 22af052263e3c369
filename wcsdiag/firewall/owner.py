"""Which front end put a rule where it is: it is the one to ask for another."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import chain

from wcsdiag.firewall.model import Backend, Chain, Jump, Place, Ruleset, Table, VerdictMap


class Owner(Enum):
    """The front ends that are told apart. The last two: whoever wrote the rules by hand."""

    UFW = "ufw"
    FIREWALLD = "firewalld"
    DOCKER = "Docker"
    FAIL2BAN = "fail2ban"
    NFT = "plain nft"
    IPTABLES = "plain iptables"


_UFW = ("ufw-", "ufw6-")
_FAIL2BAN = ("f2b-", "fail2ban-")
_FIREWALLD = (
    "IN_", "FWDI_", "FWDO_", "FWD_", "OUT_", "INPUT_ZONES", "INPUT_direct", "INPUT_POLICIES",
    "FORWARD_direct", "FORWARD_IN_ZONES", "FORWARD_OUT_ZONES", "OUTPUT_direct", "OUTPUT_POLICIES",
)  # fmt: skip


def owner_of(place: Place, ruleset: Ruleset) -> Owner:  # noqa: ARG001 - part of the contract
    """The owner of a rule or policy.

    A rule in a base chain is its author's own, but the policy of one belongs to the front end
    whose chains it calls: ufw, firewalld and Docker (for FORWARD) set it. So does the rule with
    which firewalld rejects what is left over.
    """
    table = place.table
    own = _by_names(table, place)
    if own is None and (place.rule is None or _closes(place)):
        own = _whose_chains(place.chain)
    if own is not None:
        return own
    return Owner.NFT if table.backend is Backend.NFT else Owner.IPTABLES


def _by_names(table: Table, place: Place) -> Owner | None:
    if table.backend is Backend.NFT and table.name in {"firewalld", "firewalld_policy_drop"}:
        return Owner.FIREWALLD
    if table.name.startswith("f2b-"):
        return Owner.FAIL2BAN
    return _by_chain(place.chain.name)


def _by_chain(name: str) -> Owner | None:
    if name.startswith(_UFW):
        return Owner.UFW
    if name.startswith(_FAIL2BAN):
        return Owner.FAIL2BAN
    if name.startswith("DOCKER"):
        return Owner.DOCKER
    return Owner.FIREWALLD if name.startswith(_FIREWALLD) else None


def _called(calls: Chain) -> Iterator[str]:
    for statement in chain.from_iterable(rule.statements for rule in calls.rules):
        if isinstance(statement, Jump):
            yield statement.chain
        elif isinstance(statement, VerdictMap):
            yield from (found.chain for _, found in statement.elements if isinstance(found, Jump))


def _whose_chains(calls: Chain) -> Owner | None:
    owners = {_by_chain(name) for name in _called(calls)}
    if Owner.DOCKER in owners and calls.name == "FORWARD" and Owner.UFW not in owners:
        return Owner.DOCKER
    return next((owner for owner in (Owner.UFW, Owner.FIREWALLD) if owner in owners), None)


def _closes(place: Place) -> bool:
    """An unconditional last rule, which stands for a policy."""
    rule = place.rule
    if rule is None or rule.number != len(place.chain.rules):
        return False
    return len(rule.statements) == 1
