"""The conditions of an iptables rule: its base options and its modules."""

from __future__ import annotations

from collections.abc import Callable

from wcsdiag.firewall import values
from wcsdiag.firewall.iptables_options import Module, Option
from wcsdiag.firewall.model import (
    AnyOf,
    Either,
    InIpset,
    Key,
    NotKnown,
    Range,
    ReversePath,
    Statement,
    Value,
    WithinLimit,
)

Parsed = tuple[Statement, ...]

_FULL = 0xFFFFFFFF
_ANY = {"all", "0", "any"}
_ICMP_ANY = 255


class _UnknownError(ValueError):
    """The option is not one that the model has."""


def base_match(option: Option) -> Parsed:
    """One of `-p -s -d -i -o -f`."""
    try:
        return _base(option)
    except (ValueError, IndexError):
        return (NotKnown(option.text),)


def _base(option: Option) -> Parsed:
    name, negated = option.name, option.negated
    if name in {"-f", "--fragment"}:
        # The first packet of a connection is not the later part of a fragmented one.
        return () if negated else (AnyOf(Key.L4PROTO, ()),)
    value = option.arguments[0]
    if name in {"-p", "--protocol"}:
        return () if value in _ANY else (AnyOf(Key.L4PROTO, (values.protocol(value),), negated),)
    if name in {"-s", "--source"}:
        return (AnyOf(Key.SADDR, (values.network(value),), negated),)
    if name in {"-d", "--destination"}:
        return (AnyOf(Key.DADDR, (values.network(value),), negated),)
    if name in {"-i", "--in-interface"}:
        return (AnyOf(Key.IIFNAME, (_interface(value),), negated),)
    if name in {"-o", "--out-interface"}:
        return (AnyOf(Key.OIFNAME, (_interface(value),), negated),)
    raise _UnknownError(name)


def _interface(text: str) -> str:
    return text[:-1] + "*" if text.endswith("+") else text


def module_matches(module: Module) -> Parsed:
    """The conditions of one `-m`. A module that is not known is one unknown condition."""
    if module.name in _NO_CONDITION:
        return ()
    whole = _WHOLE.get(module.name)
    try:
        if whole is not None:
            return whole(module)
        known = _OPTIONS[module.name]
    except (KeyError, ValueError, IndexError):
        return (NotKnown(module.text),)
    return tuple(found for option in module.options for found in _one(module, known, option))


def _one(module: Module, known: dict[str, Reader], option: Option) -> Parsed:
    try:
        return known[option.name](option)
    except (KeyError, ValueError, IndexError):
        return (NotKnown(f"-m {module.name} {option.text}"),)


Reader = Callable[[Option], Parsed]


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _ports(key: Key) -> Reader:
    def read(option: Option) -> Parsed:
        return (_in_ports(key, option),)

    return read


def _in_ports(key: Key, option: Option) -> AnyOf:
    found = tuple(values.ports(part) for part in _split(option.arguments[0]))
    if any(isinstance(port, str) for port in found):
        raise _UnknownError("a service's name")
    return AnyOf(key, found, option.negated)


def _either_port(option: Option) -> Parsed:
    plain = Option(option.name, option.arguments, negated=False)
    sides = (_in_ports(Key.SPORT, plain), _in_ports(Key.DPORT, plain))
    return (Either(sides, option.negated),)


def _flags_of(text: str) -> int:
    if text in {"NONE", "ALL"}:
        return 0 if text == "NONE" else 0x3F
    total = 0
    for part in _split(text):
        total |= values.TCP_FLAGS[part.lower()]
    return total


def _tcp_flags(option: Option) -> Parsed:
    mask, wanted = option.arguments[0], option.arguments[1]
    return (AnyOf(Key.TCP_FLAGS, (_flags_of(wanted),), option.negated, _flags_of(mask)),)


def _syn(option: Option) -> Parsed:
    return (AnyOf(Key.TCP_FLAGS, (0x02,), option.negated, 0x17),)


def _names(key: Key) -> Reader:
    def read(option: Option) -> Parsed:
        found = tuple(part.lower() for part in _split(option.arguments[0]))
        return (AnyOf(key, found, option.negated),)

    return read


def _pkttype(option: Option) -> Parsed:
    name = option.arguments[0]
    return (AnyOf(Key.PKTTYPE, ("host" if name == "unicast" else name,), option.negated),)


def _ids(key: Key) -> Reader:
    def read(option: Option) -> Parsed:
        low, found, high = option.arguments[0].partition("-")
        if low == "root":
            low = "0"
        value: Value = Range(int(low), int(high)) if found else int(low)
        return (AnyOf(key, (value,), option.negated),)

    return read


def _marks(key: Key) -> Reader:
    def read(option: Option) -> Parsed:
        value, found, mask = option.arguments[0].partition("/")
        bits = int(mask, 0) if found else _FULL
        return (AnyOf(key, (int(value, 0),), option.negated, bits),)

    return read


def _range(key: Key) -> Reader:
    def read(option: Option) -> Parsed:
        low, found, high = option.arguments[0].partition("-")
        ends = values.address(low), values.address(high if found else low)
        return (AnyOf(key, (values.span(*ends),), option.negated),)

    return read


def _icmp(names: dict[str, int]) -> Reader:
    def read(option: Option) -> Parsed:
        kind, coded, code = option.arguments[0].partition("/")
        number = names[kind] if kind in names else (255 if kind == "any" else int(kind))
        if number == _ICMP_ANY:
            return (AnyOf(Key.L4PROTO, (), not option.negated),)
        found = AnyOf(Key.ICMP_TYPE, (number,), option.negated)
        if not coded or code == "0":
            return (found,)
        if option.negated:
            return (NotKnown(option.text),)
        return (found, NotKnown(option.text))

    return read


def _match_set(option: Option) -> Parsed:
    name, directions = option.arguments[0], option.arguments[1]
    return (InIpset(name, tuple(directions.split(",")), option.negated),)


def _set(module: Module) -> Parsed:
    names = {option.name for option in module.options}
    if names - {"--match-set", "--update-counters", "--update-subcounters"}:
        raise _UnknownError("an option of a set")
    options = [option for option in module.options if option.name == "--match-set"]
    return tuple(found for option in options for found in _match_set(option))


def _limit(module: Module) -> Parsed:
    return (WithinLimit(module.text),)


def _over(*names: str) -> Callable[[Module], Parsed]:
    def read(module: Module) -> Parsed:
        over = [option for option in module.options if option.name in names]
        negated = [option for option in module.options if option.negated]
        return (WithinLimit(module.text, over=bool(over) != bool(negated)),)

    return read


def _recent(module: Module) -> Parsed:
    """`--set` always matches; a hit count within some time is a rate limit like another."""
    options = {option.name: option for option in module.options}
    if "--set" in options and not options["--set"].negated:
        return ()
    asked = options.get("--update") or options.get("--rcheck")
    hits = options.get("--hitcount")
    timed = "--seconds" in options and hits is not None and int(hits.arguments[0]) > 1
    if asked is None or not timed:
        raise _UnknownError("whether the source is on the list")
    return (WithinLimit(module.text, over=not asked.negated),)


def _addrtype(module: Module) -> Parsed:
    keys = {"--src-type": Key.SADDR_TYPE, "--dst-type": Key.DADDR_TYPE}
    return tuple(found for option in module.options for found in _names(keys[option.name])(option))


def _rpfilter(module: Module) -> Parsed:
    names = {option.name for option in module.options}
    if names - {"--invert", "--loose", "--validmark"}:
        raise _UnknownError("an option of rpfilter")
    strict = "--loose" not in names
    return (ReversePath(module.text, strict, missing="--invert" in names),)


_NO_CONDITION = frozenset({"comment"})
_TRANSPORT: dict[str, Reader] = {
    "--sport": _ports(Key.SPORT),
    "--source-port": _ports(Key.SPORT),
    "--dport": _ports(Key.DPORT),
    "--destination-port": _ports(Key.DPORT),
}
_MARK: dict[str, Reader] = {"--mark": _marks(Key.MARK)}
_ICMP4, _ICMP6 = _icmp(values.ICMP_TYPES), _icmp(values.ICMPV6_TYPES)
_OPTIONS: dict[str, dict[str, Reader]] = {
    "tcp": {**_TRANSPORT, "--tcp-flags": _tcp_flags, "--syn": _syn},
    "udp": _TRANSPORT,
    "udplite": _TRANSPORT,
    "dccp": _TRANSPORT,
    "sctp": _TRANSPORT,
    "icmp": {"--icmp-type": _ICMP4},
    "icmp6": {"--icmpv6-type": _ICMP6},
    "icmpv6": {"--icmpv6-type": _ICMP6},
    "multiport": {
        "--sports": _ports(Key.SPORT),
        "--source-ports": _ports(Key.SPORT),
        "--dports": _ports(Key.DPORT),
        "--destination-ports": _ports(Key.DPORT),
        "--ports": _either_port,
    },
    "iprange": {"--src-range": _range(Key.SADDR), "--dst-range": _range(Key.DADDR)},
    "conntrack": {
        "--ctstate": _names(Key.CT_STATE),
        "--ctstatus": _names(Key.CT_STATUS),
        "--ctdir": _names(Key.CT_DIRECTION),
    },
    "state": {"--state": _names(Key.CT_STATE)},
    "owner": {"--uid-owner": _ids(Key.SKUID), "--gid-owner": _ids(Key.SKGID)},
    "mark": _MARK,
    "connmark": {"--mark": _marks(Key.CT_MARK)},
    "pkttype": {"--pkt-type": _pkttype},
}
_WHOLE: dict[str, Callable[[Module], Parsed]] = {
    "set": _set,
    "limit": _limit,
    "hashlimit": _over("--hashlimit-above"),
    "connlimit": _over("--connlimit-above"),
    "recent": _recent,
    "addrtype": _addrtype,
    "rpfilter": _rpfilter,
}
