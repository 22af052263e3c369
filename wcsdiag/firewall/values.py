"""Values as both tools write them: addresses, networks, ports, marks, names of protocols."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from wcsdiag.firewall.model import Address, Network, Range, Value

PROTOCOLS = {
    1: "icmp",
    6: "tcp",
    17: "udp",
    58: "ipv6-icmp",
    33: "dccp",
    132: "sctp",
    136: "udplite",
}
_ALIASES = {"icmpv6": "ipv6-icmp", "ipv6-icmp": "ipv6-icmp"}
_NUMBERS = {name: number for number, name in PROTOCOLS.items()}

ICMP_TYPES = {
    "echo-reply": 0,
    "destination-unreachable": 3,
    "source-quench": 4,
    "redirect": 5,
    "echo-request": 8,
    "router-advertisement": 9,
    "router-solicitation": 10,
    "time-exceeded": 11,
    "parameter-problem": 12,
    "timestamp-request": 13,
    "timestamp-reply": 14,
    "info-request": 15,
    "info-reply": 16,
    "address-mask-request": 17,
    "address-mask-reply": 18,
}
ICMPV6_TYPES = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
    "mld-listener-query": 130,
    "mld-listener-report": 131,
    "mld-listener-done": 132,
    "mld-listener-reduction": 132,
    "nd-router-solicit": 133,
    "nd-router-advert": 134,
    "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136,
    "nd-redirect": 137,
    "router-renumbering": 138,
    "ind-neighbor-solicit": 141,
    "ind-neighbor-advert": 142,
    "mld2-listener-report": 143,
}
TCP_FLAGS = {
    "fin": 0x01,
    "syn": 0x02,
    "rst": 0x04,
    "psh": 0x08,
    "ack": 0x10,
    "urg": 0x20,
    "ecn": 0x40,
    "cwr": 0x80,
}


@lru_cache(maxsize=65536)
def address(text: str) -> Address:
    """An address; ValueError where it is none."""
    return ip_address(text)


@lru_cache(maxsize=65536)
def network(text: str) -> Address | Network:
    """`10.0.0.0/8`, `10.0.0.0/255.0.0.0` or a single address; ValueError where it is neither.

    A mask with holes, which iptables allows, is a ValueError as well.
    """
    if "/" not in text:
        return address(text)
    base, _, mask = text.partition("/")
    if not mask.isdigit():
        mask = str(_prefix_length(address(mask)))
    found = ip_network(f"{base}/{mask}", strict=False)
    return found.network_address if found.prefixlen == found.max_prefixlen else found


def _prefix_length(mask: Address) -> int:
    bits = f"{int(mask):0{mask.max_prefixlen}b}"
    ones = bits.rstrip("0")
    if "0" in ones:
        raise ValueError(f"{mask} is not a contiguous mask")
    return len(ones)


def span(low: Value, high: Value) -> Range:
    """Both ends included; ValueError where the ends are not two numbers or two addresses."""
    if isinstance(low, int) and isinstance(high, int):
        return Range(low, high)
    if isinstance(low, IPv4Address | IPv6Address) and isinstance(high, IPv4Address | IPv6Address):
        return Range(low, high)
    raise ValueError(f"not a range: {low}-{high}")


def protocol(text: str) -> str | int:
    """The name by which a packet carries its protocol, or the number where it has none here."""
    text = text.lower()
    if text.isdigit():
        return PROTOCOLS.get(int(text), int(text))
    return _ALIASES.get(text, text)


def protocol_number(name: str) -> int | None:
    """The number of a protocol by its name."""
    return _NUMBERS.get(name)


def number_or_name(text: str) -> int | str:
    """A number in decimal, hexadecimal or octal; anything else stays a name."""
    try:
        return int(text, 0)
    except ValueError:
        return text


def ports(text: str, separator: str = ":") -> int | str | Range:
    """`80`, `80:90`, `:90`, `80:`, or a service's name."""
    low, found, high = text.partition(separator)
    if not found:
        return number_or_name(low)
    return Range(int(low or 0), int(high or 65535))


def prefix_length(value: Value) -> int:
    """How narrow a network is; the full length for anything else."""
    return value.prefixlen if isinstance(value, IPv4Network | IPv6Network) else 128
