"""What becomes of a packet, and which rule decides it.

Matches have three values. Where one is not known, both ways are followed; where they meet again,
at the same rule with the same packet, they are followed once. One fate on all ways is a decision;
otherwise the answer is DEPENDS, with the literal matches that make the difference.
"""

from __future__ import annotations

from wcsdiag.firewall.model import Decision, Packet, Ruleset, Way
from wcsdiag.firewall.outcome import Fork, Node, judged
from wcsdiag.firewall.walk import Walk


def decide(ruleset: Ruleset, packet: Packet, way: Way) -> Decision:
    """Follow the first packet of a connection through the hooks; pure and bounded.

    A rule set with `problems` may lack rules: what it accepts is then not proven.
    """
    walk = Walk(ruleset, packet, way)
    root = walk.begin()
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Fork) and node.matched is None:
            node.matched, node.unmatched = walk.follow(node)
            pending += (node.matched, node.unmatched)
    return judged(root)
