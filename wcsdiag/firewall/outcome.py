"""What a walk leads to: ends, and the forks where a match is not known."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from wcsdiag.firewall.model import Decision, Fate, Hook, Jump, Packet, Place, Reject

_MAIN = frozenset({Hook.INPUT, Hook.OUTPUT, Hook.FORWARD})
_MAX_TEXTS = 10


@dataclass(frozen=True)
class Trail:
    """A rule that matched, or (with `ends`) what ended a base chain; linked to what came before.

    `depth` counts the jumps that led to its chain.
    """

    before: Trail | None
    place: Place
    depth: int
    ends: Hook | None = None
    kind: str = "filter"


@dataclass(frozen=True)
class End:
    """One way in which it can end."""

    fate: Fate
    packet: Packet
    trail: Trail | None
    by: Place | None = None
    reject: Reject | None = None
    why: str = ""


@dataclass(eq=False)
class Fork:
    """A match that is not known, at `place`: what follows if it matches, and if it does not."""

    text: str
    place: Place | None
    trail: Trail | None
    matched: Node | None = None
    unmatched: Node | None = None

    def branches(self) -> tuple[Node, ...]:
        """Both branches, as far as they have been followed."""
        return tuple(node for node in (self.matched, self.unmatched) if node is not None)


Node = End | Fork


def accepted_by(trail: Trail | None) -> Place | None:
    """Of all the base chains that let the packet pass, the place that says the most.

    A rule says more than a policy, a filter more than a translation, and the hooks for which
    filters are written more than those before and after.
    """
    best: tuple[bool, bool] | None = None
    by: Place | None = None
    while trail is not None:
        if trail.ends is not None:
            score = (
                trail.kind == "filter" and trail.ends in _MAIN,
                trail.place.rule is not None,
            )
            if best is None or score > best:
                best, by = score, trail.place
        trail = trail.before
    return by


def path(trail: Trail | None) -> tuple[Place, ...]:
    """The rules that matched, first to last, without the jumps that were returned from."""
    places: list[Place] = []
    depth: int | None = None
    while trail is not None:
        if trail.ends is not None or depth is None or trail.depth < depth or not _jumps(trail):
            if trail.place.rule is not None:
                places.append(trail.place)
            depth = trail.depth
        trail = trail.before
    return tuple(reversed(places))


def _jumps(trail: Trail) -> bool:
    rule = trail.place.rule
    return rule is not None and any(isinstance(part, Jump) for part in rule.statements)


def judged(root: Node) -> Decision:
    """One decision from all the ways in which it can end."""
    fates = _fates(root)
    if len(fates[id(root)]) == 1 and Fate.DEPENDS not in fates[id(root)]:
        return _certain(root)
    texts, first = _deciding(root, fates)
    likely = _likely(root)
    return Decision(
        Fate.DEPENDS,
        first.place if isinstance(first, Fork) else first.by,
        path(first.trail),
        likely.packet,
        depends_on=texts,
    )


def _certain(root: Node) -> Decision:
    end = _likely(root)
    ends = [node for node in _all(root) if isinstance(node, End)]
    reject = end.reject if len({each.reject for each in ends}) == 1 else Reject.OTHER
    one_rule = all(each.by == end.by for each in ends)
    by = end.by if one_rule else None
    forks = [node.text for node in _all(root) if isinstance(node, Fork)]
    return Decision(
        end.fate,
        accepted_by(end.trail) if end.fate is Fate.ACCEPTED else by,
        path(end.trail),
        end.packet,
        reject=reject if end.fate is Fate.REJECTED else None,
        depends_on=() if one_rule or end.fate is Fate.ACCEPTED else tuple(dict.fromkeys(forks)),
    )


def _likely(node: Node) -> End:
    while isinstance(node, Fork):
        following = node.unmatched or node.matched
        assert following is not None
        node = following
    return node


def _all(root: Node) -> list[Node]:
    """Every node once, those further on first (as far as they hang on one another)."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            if isinstance(node, Fork):
                stack.extend((branch, False) for branch in node.branches())
    return order


def _fates(root: Node) -> dict[int, frozenset[Fate]]:
    fates: dict[int, frozenset[Fate]] = {}
    for node in _all(root):
        if isinstance(node, End):
            fates[id(node)] = frozenset({node.fate})
        else:
            empty: frozenset[Fate] = frozenset()
            fates[id(node)] = empty.union(*(fates[id(branch)] for branch in node.branches()))
    return fates


def _deciding(root: Node, fates: dict[int, frozenset[Fate]]) -> tuple[tuple[str, ...], Node]:
    """The texts of the matches that make a difference, and the first place that has one."""
    texts: dict[str, None] = {}
    first: Node | None = None
    for node in reversed(_all(root)):
        if isinstance(node, End):
            text = node.why if node.fate is Fate.DEPENDS else ""
        else:
            differ = len({fates[id(branch)] for branch in node.branches()}) > 1
            text = node.text if differ else ""
        if text:
            texts.setdefault(text)
            first = first or node
    return tuple(texts)[:_MAX_TEXTS], first or root


def as_seen(kind: Reject, packet: Packet) -> Reject:
    """What the sender is told: `no-route` is IPv6's word for IPv4's net-unreachable."""
    v4 = isinstance(packet.destination, IPv4Address)
    return Reject.NET_UNREACHABLE if v4 and kind is Reject.NO_ROUTE else kind
