"""The left side of a match in nft's JSON: which key it reads, and what that implies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from wcsdiag.firewall import values
from wcsdiag.firewall.json_shape import Json, UnexpectedError, as_list, as_map, as_text, only_item
from wcsdiag.firewall.model import AnyOf, Key, Match, Value

_META = {
    "nfproto": Key.NFPROTO,
    "protocol": Key.NFPROTO,
    "l4proto": Key.L4PROTO,
    "iif": Key.IIFNAME,
    "iifname": Key.IIFNAME,
    "oif": Key.OIFNAME,
    "oifname": Key.OIFNAME,
    "mark": Key.MARK,
    "skuid": Key.SKUID,
    "skgid": Key.SKGID,
    "pkttype": Key.PKTTYPE,
}
_CT = {
    "state": Key.CT_STATE,
    "status": Key.CT_STATUS,
    "direction": Key.CT_DIRECTION,
    "mark": Key.CT_MARK,
}
_IP = {"saddr": Key.SADDR, "daddr": Key.DADDR}
_PORTS = {"sport": Key.SPORT, "dport": Key.DPORT}
_PAYLOAD: dict[str, dict[str, Key]] = {
    "ip": {**_IP, "protocol": Key.L4PROTO},
    "ip6": {**_IP, "nexthdr": Key.L4PROTO},
    "tcp": {**_PORTS, "flags": Key.TCP_FLAGS},
    "udp": _PORTS,
    "udplite": _PORTS,
    "sctp": _PORTS,
    "dccp": _PORTS,
    "th": _PORTS,
    "icmp": {"type": Key.ICMP_TYPE},
    "icmpv6": {"type": Key.ICMP_TYPE},
}
_SET_TYPES = {
    "ipv4_addr": Key.SADDR,
    "ipv6_addr": Key.SADDR,
    "inet_service": Key.DPORT,
    "inet_proto": Key.L4PROTO,
    "nf_proto": Key.NFPROTO,
    "ifname": Key.IIFNAME,
    "iface_index": Key.IIFNAME,
    "mark": Key.MARK,
    "ct_state": Key.CT_STATE,
    "ct_status": Key.CT_STATUS,
    "ct_dir": Key.CT_DIRECTION,
    "uid": Key.SKUID,
    "gid": Key.SKGID,
    "pkt_type": Key.PKTTYPE,
    "fib_addrtype": Key.DADDR_TYPE,
    "icmp_type": Key.ICMP_TYPE,
    "icmpv6_type": Key.ICMP_TYPE,
}
BITS = frozenset({Key.TCP_FLAGS, Key.CT_STATE, Key.CT_STATUS})
"""Keys whose values are bits, so that a plain value asks for an overlap."""


@dataclass(frozen=True)
class Field:
    """A key; `v6` says whose names its values have where it is a type of ICMP."""

    key: Key
    v6: bool = False


def set_field(type_name: str) -> Field | None:
    """The field whose values a set of this type holds; None where the type is not known."""
    key = _SET_TYPES.get(type_name)
    return None if key is None else Field(key, v6=type_name == "icmpv6_type")


def fields(expression: Json) -> tuple[Field, ...]:
    """The keys that an expression reads, several for a concatenation.

    UnexpectedError where one is not known.
    """
    tag, content = only_item(expression)
    if tag == "concat":
        return tuple(found for part in as_list(content) for found in fields(part))
    if tag == "payload":
        return (_payload_field(as_map(content)),)
    if tag == "meta":
        return (Field(_lookup(_META, as_map(content))),)
    if tag == "ct" and "dir" not in as_map(content):
        return (Field(_lookup(_CT, as_map(content))),)
    if tag == "fib":
        return (_fib_field(as_map(content)),)
    raise UnexpectedError(f"not known: {tag}")


def _lookup(table: dict[str, Key], content: dict[str, Json]) -> Key:
    key = table.get(as_text(content.get("key")))
    if key is None:
        raise UnexpectedError(f"not known: {content.get('key')}")
    return key


def _payload_field(content: dict[str, Json]) -> Field:
    layer = as_text(content.get("protocol"))
    key = _PAYLOAD.get(layer, {}).get(as_text(content.get("field")))
    if key is None:
        raise UnexpectedError(f"not known: {layer} {content.get('field')}")
    return Field(key, v6=layer == "icmpv6")


def _fib_field(content: dict[str, Json]) -> Field:
    flags = as_list(content.get("flags"))
    if content.get("result") == "type" and flags == ["daddr"]:
        return Field(Key.DADDR_TYPE)
    if content.get("result") == "type" and flags == ["saddr"]:
        return Field(Key.SADDR_TYPE)
    raise UnexpectedError("not known: fib")


def implied(expression: Json) -> tuple[Match, ...]:
    """What nft tests first without printing it: `tcp dport` only looks at TCP packets."""
    try:
        tag, content = only_item(expression)
        if tag in {"concat", "&", "|", "^", "<<", ">>"}:
            return tuple(found for part in as_list(content) for found in implied(part))
        if tag == "payload":
            return layer(str(as_map(content).get("protocol")))
    except UnexpectedError:
        pass
    return ()


@lru_cache(maxsize=64)
def layer(name: str) -> tuple[Match, ...]:
    """The condition that a packet has a header of this kind."""
    if name in {"ip", "ip6"}:
        return (AnyOf(Key.NFPROTO, ("ipv4" if name == "ip" else "ipv6",)),)
    if name in {"th", "ether", "vlan", "arp"}:
        return ()
    return (AnyOf(Key.L4PROTO, (values.protocol(name),)),)


def named(text: str, field: Field) -> Value:
    """A value that nft prints as a string. ValueError where this key has no such value."""
    key = field.key
    if text == "*":
        return text
    if key in {Key.SADDR, Key.DADDR}:
        return values.address(text)
    if key is Key.L4PROTO:
        return values.protocol(text)
    if key is Key.ICMP_TYPE:
        return (values.ICMPV6_TYPES if field.v6 else values.ICMP_TYPES)[text]
    if key is Key.TCP_FLAGS:
        return values.TCP_FLAGS[text]
    if key is Key.NFPROTO:
        return {"ip": "ipv4", "ip6": "ipv6"}.get(text, text)
    if key is Key.PKTTYPE:
        return "host" if text == "unicast" else text
    if key in {Key.SPORT, Key.DPORT, Key.MARK, Key.CT_MARK}:
        return int(text, 0)
    if key in {Key.SKUID, Key.SKGID}:
        return 0 if text == "root" else int(text)
    return text
