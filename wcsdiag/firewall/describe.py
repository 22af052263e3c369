"""A place in a rule set, in one literal line."""

from __future__ import annotations

from wcsdiag.firewall.model import Backend, Family, Place

_TOOLS = {Family.IP: "iptables", Family.IP6: "ip6tables"}


def describe(place: Place) -> str:
    """Backend, table, chain, rule, text: `iptables (nf_tables) filter INPUT rule 3: -A INPUT ...`.

    A policy is told as such. nft's rules are named by their handle, as nft itself does.
    """
    table, chain, rule = place.table, place.chain, place.rule
    if table.backend is Backend.NFT:
        where = f"nftables {table.family.value} {table.name} {chain.name}"
    else:
        tool = _TOOLS.get(table.family, "iptables")
        where = f"{table.backend.value.replace('iptables', tool)} {table.name} {chain.name}"
    if rule is None:
        policy = chain.policy.value if chain.policy is not None else "none"
        shown = policy if table.backend is Backend.NFT else policy.upper()
        return f"{where} policy {shown}"
    number = f"rule {rule.number}" if rule.handle is None else f"handle {rule.handle}"
    return f"{where} {number}: {rule.text}"
