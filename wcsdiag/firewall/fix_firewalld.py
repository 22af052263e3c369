"""Openings in firewalld's language, which differs with the chain that decided."""

from __future__ import annotations

import re
import shlex

from wcsdiag.firewall.flow import Flow
from wcsdiag.firewall.model import Backend, Place, Way
from wcsdiag.model import Fix

_PARTS = r"(?:_(?:pre|log|deny|allow|post))?$"
_POLICY = re.compile(r"^(?:filter_)?(?:IN|OUT|FWD)_policy_(.+?)" + _PARTS)
_ZONE = re.compile(r"^(?:filter_)?IN_(?!policy_)(.+?)" + _PARTS)
_CHAINS = {Way.OUT: "OUTPUT", Way.IN: "INPUT", Way.THROUGH: "FORWARD"}
_ENDS = {Way.OUT: ("HOST", "ANY"), Way.IN: ("ANY", "HOST"), Way.THROUGH: ("ANY", "ANY")}
_KEPT = "`--permanent` keeps it over restarts, the reload makes it work now."
_NEW = "wcs-hooks"


def firewalld(place: Place, flow: Flow, way: Way) -> Fix:
    """A rich rule of the zone or policy that decided; a direct rule for a direct chain."""
    # A rich rule without priority comes after those that deny, whatever their order.
    denied = place.chain.name.endswith(("_deny", "_pre"))
    rich = shlex.quote(flow.rich(priority=-1 if denied else None))
    policy = _POLICY.match(place.chain.name)
    if policy:
        option = f"--policy={shlex.quote(policy[1])}"
        return _with_reload(f"Allow it in the policy {policy[1]}.", f"{option} {_add(rich)}")
    if place.table.backend is not Backend.NFT and (
        way is not Way.IN or "direct" in place.chain.name
    ):
        rule = f"ipv{flow.version} filter {_CHAINS[way]} 0 {flow.iptables()} -j ACCEPT"
        return _with_reload("Allow it by a direct rule.", f"--direct --add-rule {rule}")
    if way is Way.IN:
        return _zone(place, rich)
    return _new_policy(rich, way)


def _zone(place: Place, rich: str) -> Fix:
    zone = _ZONE.match(place.chain.name)
    if zone:
        option = f"--zone={shlex.quote(zone[1])} "
        return _with_reload(f"Allow it in the zone {zone[1]}.", f"{option}{_add(rich)}")
    return _with_reload("Allow it in the default zone.", _add(rich))


def _new_policy(rich: str, way: Way) -> Fix:
    """What leaves the machine or passes through it belongs to policies."""
    ingress, egress = _ENDS[way]
    return _with_reload(
        f"Allow it in a policy of its own, here called {_NEW}.",
        f"--new-policy={_NEW}",
        f"--policy={_NEW} --add-ingress-zone={ingress}",
        f"--policy={_NEW} --add-egress-zone={egress}",
        f"--policy={_NEW} {_add(rich)}",
    )


def _add(rich: str) -> str:
    return f"--add-rich-rule={rich}"


def _with_reload(text: str, *options: str) -> Fix:
    commands = tuple(f"firewall-cmd --permanent {option}" for option in options)
    return Fix(f"{text} {_KEPT}", (*commands, "firewall-cmd --reload"))
