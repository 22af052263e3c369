"""Random matches in nft's language, about the few values of the pool."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.firewall.fuzz import pool

Sets = dict[str, list[str]]
"""Names of the table's sets, by what they hold: `v4`, `v6`, `port`, `v4 port`, `iface`."""

STATES = ("new", "established", "related", "invalid", "untracked")
IN, OUT, THROUGH = "in", "out", "through"


def matches(rng: Random, family: str, side: str, sets: Sets) -> str:
    """None to three matches, in front of a verdict."""
    count = rng.choice((0, 1, 1, 1, 2, 2, 3))
    return " ".join(match(rng, family, side, sets) for _ in range(count))


def match(rng: Random, family: str, side: str, sets: Sets) -> str:
    """One match; `side` says which interfaces a chain can see."""
    makers: list[Callable[[], str]] = [
        *[lambda: _address(rng, _version(rng, family), sets)] * 5,
        *[lambda: _port(rng, sets)] * 6,
        *[lambda: _protocol(rng, family)] * 2,
        *[lambda: _interface(rng, side, sets)] * 2,
        *[lambda: _state(rng)] * 2,
        lambda: _mark(rng),
        *[lambda: _concatenation(rng, side, _version(rng, family), sets)] * 2,
        lambda: _few(rng, family, side),
    ]
    makers += [lambda: _owner(rng)] * (2 if side == OUT else 1)
    return rng.choice(makers)()


def not_(rng: Random) -> str:
    """A negation, now and then."""
    return rng.choice(("", "", "", "!= "))


def versions(family: str) -> tuple[int, ...]:
    """The IP versions that a table of this family sees, or one rule of an `inet` table."""
    return {"ip": (4,), "inet4": (4,), "ip6": (6,), "inet6": (6,)}.get(family, (4, 6))


def of_one_rule(rng: Random, family: str) -> str:
    """A rule of an `inet` table is about one IP version: `inet4` or `inet6`."""
    return f"inet{rng.choice((4, 6))}" if family == "inet" else family


def address_value(rng: Random, version: int, *, interval: bool = True) -> str:
    """One address, prefix or range."""
    kind = rng.choice(("one", "one", "net", "range")) if interval else "one"
    if kind == "net":
        return rng.choice(pool.NETS4 if version == 4 else pool.NETS6)
    if kind == "range":
        return "-".join(rng.choice(pool.RANGES4 if version == 4 else pool.RANGES6))
    return rng.choice(pool.addresses(version))


def port_value(rng: Random, *, interval: bool = True) -> str:
    """One port or range of ports."""
    if interval and rng.random() < 0.35:
        low, high = sorted(rng.sample(pool.PORTS, 2))
        return f"{low}-{high}"
    return str(rng.choice(pool.PORTS))


def disjoint_ports(rng: Random) -> list[str]:
    """Ports and ranges that do not overlap."""
    cuts = sorted(rng.sample(pool.PORTS, rng.randint(2, 6)))
    values = []
    while cuts:
        low = cuts.pop(0)
        values.append(f"{low}-{cuts.pop(0)}" if cuts and rng.random() < 0.4 else str(low))
    return values


def disjoint_addresses(rng: Random, version: int) -> list[str]:
    """Addresses, prefixes and ranges that do not overlap."""
    host, peer = (pool.HOST4, pool.PEER4) if version == 4 else (pool.HOST6, pool.PEER6)
    beyond = pool.BEYOND4 if version == 4 else pool.BEYOND6
    net = "10.9.2.0/24" if version == 4 else "fd00:9:2::/64"
    values = [rng.choice((f"{host[0]}-{host[1]}", host[1], host[2])), rng.choice(peer)]
    values.append(rng.choice((net, beyond[0], beyond[1])))
    return rng.sample(values, rng.randint(1, 3))


def _version(rng: Random, family: str) -> int:
    return rng.choice(versions(family))


def _braces(values: list[str]) -> str:
    return "{ " + ", ".join(values) + " }"


def _named(rng: Random, sets: Sets, kind: str) -> str | None:
    names = sets.get(kind, [])
    return f"@{rng.choice(names)}" if names and rng.random() < 0.35 else None


def _address(rng: Random, version: int, sets: Sets) -> str:
    field = f"{'ip' if version == 4 else 'ip6'} {rng.choice(('saddr', 'daddr'))}"
    if rng.random() < 0.08:
        mask, net = (
            ("255.255.255.0", "10.9.1.0") if version == 4 else ("ffff:ffff:ffff::", "fd00:9:1::")
        )
        return f"{field} and {mask} {rng.choice(('==', '!='))} {net}"
    value = _named(rng, sets, f"v{version}") or rng.choice(
        (address_value(rng, version), _braces(disjoint_addresses(rng, version)))
    )
    return f"{field} {not_(rng)}{value}"


def _port(rng: Random, sets: Sets) -> str:
    protocol = rng.choice(("tcp", "tcp", "udp", "meta l4proto { tcp, udp } th"))
    if rng.random() < 0.2:
        value = rng.choice(("31000", "40000-40001", "{ 31000, 50022 }", "1024-65535", "< 40001"))
        return f"{protocol} sport {'' if '<' in value else not_(rng)}{value}"
    if rng.random() < 0.1:
        return f"{protocol} dport {rng.choice(('<', '>=', '<=', '>'))} {rng.choice(pool.PORTS)}"
    value = _named(rng, sets, "port") or rng.choice((port_value(rng), _braces(disjoint_ports(rng))))
    return f"{protocol} dport {not_(rng)}{value}"


def _protocol(rng: Random, family: str) -> str:
    choices = ["meta l4proto tcp", "meta l4proto != udp", "meta l4proto { tcp, udp }"]
    choices += ["meta l4proto { icmp, ipv6-icmp }", "meta l4proto 17"]
    if 4 in versions(family):
        choices += ["ip protocol udp", "ip protocol != tcp", "ip protocol { icmp, tcp }"]
        choices += ["icmp type echo-request", "icmp type { echo-reply, redirect }"]
    if 6 in versions(family):
        choices += ["icmpv6 type echo-request", "icmpv6 type != echo-request", "ip6 nexthdr tcp"]
    if family.startswith("inet"):
        choices += ["meta nfproto ipv4", "meta nfproto ipv6", "meta nfproto != ipv6"]
    return rng.choice(choices)


def _interface(rng: Random, side: str, sets: Sets) -> str:
    way = {IN: ("iif",), OUT: ("oif",)}.get(side, ("iif", "oif"))
    field = rng.choice(way)
    if rng.random() < 0.15:
        return f'{field} {not_(rng)}"{rng.choice(("lo", pool.NEAR, pool.FAR))}"'
    value = _named(rng, sets, "iface") or rng.choice(
        (f'"{pool.NEAR}"', f'"{pool.FAR}"', '"wd*"', '"lo"', '{ "lo", "wd1" }', '{ "wd0", "eth0" }')
    )
    return f"{field}name {not_(rng)}{value}"


def _state(rng: Random) -> str:
    states = ",".join(rng.sample(STATES, rng.randint(1, 3)))
    form = rng.choice(("new", states, f"{{ {states} }}"))
    return f"ct state {not_(rng)}{form}"


def _mark(rng: Random) -> str:
    mark = rng.choice(pool.MARKS)
    if rng.random() < 0.3:
        return (
            f"meta mark and {rng.choice((1, 3, 0x10)):#x} {rng.choice(('==', '!='))} {mark & 3:#x}"
        )
    return f"meta mark {not_(rng)}{rng.choice((f'{mark:#x}', '0x1-0x10', '{ 0x0, 0x2 }'))}"


def _owner(rng: Random) -> str:
    value = rng.choice(("0", "1000", "1000-1001", "{ 0, 1001 }"))
    return f"meta {rng.choice(('skuid', 'skuid', 'skgid'))} {not_(rng)}{value}"


def _concatenation(rng: Random, side: str, version: int, sets: Sets) -> str:
    ip = "ip" if version == 4 else "ip6"
    named = _named(rng, sets, f"v{version} port")
    if named:
        return f"{ip} daddr . {rng.choice(('tcp', 'udp'))} dport {not_(rng)}{named}"
    if rng.random() < 0.2:
        name, other = f"{'i' if side == IN else 'o'}ifname", rng.choice(pool.addresses(version))
        pairs = [f'"wd0" . {address_value(rng, version, interval=False)}', f'"lo" . {other}']
        return f"{name} . {ip} {rng.choice(('saddr', 'daddr'))} {not_(rng)}{_braces(pairs)}"
    if rng.random() < 0.3:
        pairs = [f"{rng.choice(('tcp', 'udp'))} . {port}" for port in rng.sample(pool.PORTS, 4)]
        return f"meta l4proto . th dport {not_(rng)}{_braces(pairs)}"
    ports = rng.sample(pool.PORTS, 3)
    many = rng.random() < 0.5
    pairs = [f"{address_value(rng, version, interval=many)} . {port}" for port in ports]
    return f"{ip} {rng.choice(('daddr', 'saddr'))} . tcp dport {not_(rng)}{_braces(pairs)}"


def _few(rng: Random, family: str, side: str) -> str:
    choices = ["tcp flags syn", "tcp flags & (syn|ack) == syn", "tcp flags & ack == ack"]
    choices += ["ct direction original", "ct direction reply", "fib daddr type local"]
    choices += ["fib daddr type != local", "ct mark 0x0", "limit rate 90000/second"]
    choices += ["fib saddr type local", "ct state vmap { new : continue, invalid : drop }"]
    choices += ["limit rate over 90000/second burst 90000 packets"]
    return rng.choice(choices)
