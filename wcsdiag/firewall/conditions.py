"""What a rule asks of a packet: the conditions of the model of a rule set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Key(Enum):
    """What of a packet a match looks at. Values: see `Value`."""

    NFPROTO = "nfproto"
    L4PROTO = "l4proto"
    SADDR = "saddr"
    DADDR = "daddr"
    SPORT = "sport"
    DPORT = "dport"
    IIFNAME = "iifname"
    OIFNAME = "oifname"
    CT_STATE = "ct state"
    CT_STATUS = "ct status"
    CT_DIRECTION = "ct direction"
    CT_MARK = "ct mark"
    MARK = "mark"
    SKUID = "skuid"
    SKGID = "skgid"
    SADDR_TYPE = "saddr type"
    DADDR_TYPE = "daddr type"
    TCP_FLAGS = "tcp flags"
    ICMP_TYPE = "icmp type"
    PKTTYPE = "pkttype"


@dataclass(frozen=True)
class Range:
    """Whole numbers (ports, marks, ids) or addresses, both ends included."""

    low: int | Address
    high: int | Address


Value = int | str | Address | Network | Range
"""One value that a key may have. A string is a name: of an interface (`eth*` allowed), of a
protocol, of a conntrack state, of an address type ("local")."""


@dataclass(frozen=True)
class AnyOf:
    """A key has one of the values (an anonymous set, a list, or a single one); `negated`: none.

    `mask` is and-ed to the packet's value first (marks, flags).
    """

    key: Key
    values: tuple[Value, ...]
    negated: bool = False
    mask: int | None = None


@dataclass(frozen=True)
class InSet:
    """The keys together are an element of a named set of the same table or of an ipset."""

    keys: tuple[Key, ...]
    name: str
    negated: bool = False


@dataclass(frozen=True)
class InElements:
    """The keys together are one of the elements (an anonymous set with concatenations)."""

    keys: tuple[Key, ...]
    elements: tuple[tuple[Value, ...], ...]
    negated: bool = False


@dataclass(frozen=True)
class WithinLimit:
    """A rate limit. One packet of ours is taken to be within it; `over` matches what is not."""

    text: str
    over: bool = False


@dataclass(frozen=True)
class NotKnown:
    """Something that this model does not know: whether it matches decides nothing by itself."""

    text: str


@dataclass(frozen=True)
class InIpset:
    """The packet is in an ipset; `directions` holds "src" or "dst" for each of its dimensions."""

    name: str
    directions: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Either:
    """One of several conditions holds (multiport's `--ports`)."""

    conditions: tuple[AnyOf, ...]
    negated: bool = False


@dataclass(frozen=True)
class ReversePath:
    """The machine has a route to the source, by the incoming interface where `strict`."""

    text: str
    strict: bool
    missing: bool = False


Match = AnyOf | InSet | InElements | InIpset | Either | ReversePath | WithinLimit | NotKnown
