"""A Linux rule set as data: tables, chains, rules, sets, whichever tool printed it.

One model for nftables and iptables, because the kernel runs both through the same hooks: what
differs is how they are printed and how they are mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from wcsdiag.firewall.conditions import (
    Address,
    AnyOf,
    Either,
    InElements,
    InIpset,
    InSet,
    Key,
    Match,
    Network,
    NotKnown,
    Range,
    ReversePath,
    Value,
    WithinLimit,
)

__all__ = [
    "Address", "AnyOf", "Backend", "Basic", "Chain", "Decision", "Dnat", "Effect", "Either",
    "Family", "Fate", "Forget", "Hook", "InElements", "InIpset", "InSet", "Jump", "Key",
    "Match", "NamedSet", "Network", "NoTrack", "NotKnown", "NotKnownEffect", "Packet", "Place",
    "Range", "Reject", "Rejected", "RestoreMark", "ReversePath", "Rule", "Ruleset", "SetMark",
    "Snat", "Statement", "Table", "UpdatesSet", "Value", "Verdict", "VerdictMap", "Way",
    "WithinLimit",
]  # fmt: skip


class Backend(Enum):
    """Which part of the kernel, or which dialect of it, holds a table."""

    NFT = "nftables"
    IPTABLES_NFT = "iptables (nf_tables)"
    IPTABLES_LEGACY = "iptables (legacy)"


class Family(Enum):
    """The address family of a table. An `inet` table sees IPv4 and IPv6."""

    IP = "ip"
    IP6 = "ip6"
    INET = "inet"
    ARP = "arp"
    BRIDGE = "bridge"
    NETDEV = "netdev"


class Hook(Enum):
    """Where in the kernel a base chain is called."""

    INGRESS = "ingress"
    PREROUTING = "prerouting"
    INPUT = "input"
    FORWARD = "forward"
    OUTPUT = "output"
    POSTROUTING = "postrouting"
    EGRESS = "egress"


class Reject(Enum):
    """How a REJECT answers."""

    TCP_RESET = "tcp reset"
    PORT_UNREACHABLE = "port-unreachable"
    HOST_UNREACHABLE = "host-unreachable"
    NET_UNREACHABLE = "net-unreachable"
    PROTO_UNREACHABLE = "proto-unreachable"
    NET_PROHIBITED = "net-prohibited"
    HOST_PROHIBITED = "host-prohibited"
    ADMIN_PROHIBITED = "admin-prohibited"
    NO_ROUTE = "no-route"
    OTHER = "other"


class Basic(Enum):
    """Verdicts without an argument. RETURN goes back to the caller; CONTINUE does nothing."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    CONTINUE = "continue"
    QUEUE = "queue"


@dataclass(frozen=True)
class Jump:
    """Go to a chain of the same table; with `goto`, without coming back here."""

    chain: str
    goto: bool = False


@dataclass(frozen=True)
class Rejected:
    """Drop, and tell the sender."""

    kind: Reject


@dataclass(frozen=True)
class Dnat:
    """A new destination. None keeps the packet's own. A redirect goes to the machine itself."""

    address: Address | Range | None
    port: int | Range | None
    redirect: bool = False


@dataclass(frozen=True)
class Snat:
    """A new source; `masquerade` takes that of the outgoing interface."""

    address: Address | Range | None
    masquerade: bool = False


@dataclass(frozen=True)
class SetMark:
    """The packet's mark becomes `(mark & ~mask) ^ value`."""

    value: int
    mask: int = 0xFFFFFFFF


@dataclass(frozen=True)
class RestoreMark:
    """The bits of `mask` of the packet's mark are taken from the connection's mark."""

    mask: int = 0xFFFFFFFF


@dataclass(frozen=True)
class Forget:
    """The rule changes these keys in a way that is not modelled: they are unknown from here."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class NoTrack:
    """The packet is exempt from connection tracking, where that has not happened yet."""


@dataclass(frozen=True)
class UpdatesSet:
    """The packet adds or deletes an element of a named set or ipset."""

    name: str


@dataclass(frozen=True)
class NotKnownEffect:
    """A statement or target that may do anything to the packet: its fate depends on it."""

    text: str


@dataclass(frozen=True)
class VerdictMap:
    """The verdict of the first element that the keys match; none: the rule ends, as if unmatched.

    Either `elements`, or the `name` of a named map of the same table.
    """

    keys: tuple[Key, ...]
    elements: tuple[tuple[tuple[Value, ...], Verdict], ...] = ()
    name: str | None = None


Verdict = Basic | Jump | Rejected
Effect = Dnat | Snat | SetMark | RestoreMark | Forget | NoTrack | UpdatesSet | NotKnownEffect
Statement = Match | Verdict | VerdictMap | Effect
"""One part of a rule, in order. Counters, logs and comments have no effect and are left out."""


@dataclass(frozen=True)
class Rule:
    """One rule. `text` is its literal form in its front end's language, for evidence.

    `handle` is nft's; `number` counts from 1 in the chain, as iptables does.
    """

    text: str
    statements: tuple[Statement, ...]
    number: int
    handle: int | None = None
    comment: str | None = None
    packets: int | None = None


@dataclass(frozen=True)
class Chain:
    """A chain; a base chain has a hook, a priority and a policy (None where it cannot have one)."""

    name: str
    rules: tuple[Rule, ...]
    hook: Hook | None = None
    priority: int = 0
    policy: Basic | None = None
    kind: str = "filter"
    device: str | None = None


@dataclass(frozen=True)
class NamedSet:
    """A named set or map: element tuples, with a verdict where it is a verdict map.

    `dynamic` says that packets add elements: what it holds is only how it was a moment ago.
    `kinds` names the dimensions of an ipset (ip, net, port, iface, mark, mac, set), `exceptions`
    its `nomatch` elements.
    """

    name: str
    elements: tuple[tuple[Value, ...], ...]
    verdicts: tuple[Verdict, ...] = ()
    dynamic: bool = False
    understood: bool = True
    kinds: tuple[str, ...] = ()
    exceptions: tuple[tuple[Value, ...], ...] = ()


@dataclass(frozen=True)
class Table:
    """One table with its chains and sets, by name.

    `problems` say what of its rules was not understood; what has not even a place in a table, or
    may be a base chain, is a problem of the rule set.
    """

    backend: Backend
    family: Family
    name: str
    chains: Mapping[str, Chain]
    sets: Mapping[str, NamedSet] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ruleset:
    """All tables of a machine. `problems` say what of the text was not understood."""

    tables: tuple[Table, ...]
    problems: tuple[str, ...] = ()
    ipsets: Mapping[str, NamedSet] = field(default_factory=dict)

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Its own, and those of its tables."""
        return (*self.problems, *(text for table in self.tables for text in table.problems))


class Way(Enum):
    """The way of a packet through a machine."""

    OUT = "out"
    IN = "in"
    THROUGH = "through"


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection. `local` are the machine's own addresses.

    `protocol` is "tcp", "udp", "icmp" or "ipv6-icmp". Ports are None for the last two. None for
    an interface or an id means that it is not known: matches on it then decide nothing.
    Without an `icmp_type` an ICMP packet is an echo request. `routes` (network, interface) tell
    the outgoing interface after address translation, and whether there is a way back.
    """

    source: Address
    destination: Address
    protocol: str
    sport: int | None = None
    dport: int | None = None
    in_interface: str | None = None
    out_interface: str | None = None
    uid: int | None = None
    gid: int | None = None
    mark: int = 0
    local: frozenset[Address] = frozenset()
    icmp_type: int | None = None
    routes: tuple[tuple[Network, str], ...] = ()


class Fate(Enum):
    """What becomes of a packet."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"
    REJECTED = "rejected"
    DEPENDS = "depends"


@dataclass(frozen=True)
class Place:
    """A rule in its chain, or the chain's policy where `rule` is None."""

    table: Table
    chain: Chain
    rule: Rule | None


@dataclass(frozen=True)
class Decision:
    """The fate, the place that decided it, and the rules that matched on the way there.

    `by` is None where no base chain had a say, and where it is sure that the packet is refused but
    not by which rule. `depends_on` holds the literal matches whose outcome is not known and makes
    a difference, to the fate or to the rule. `packet` is how it left, after address translation.
    """

    fate: Fate
    by: Place | None
    path: tuple[Place, ...]
    packet: Packet
    reject: Reject | None = None
    depends_on: tuple[str, ...] = ()
