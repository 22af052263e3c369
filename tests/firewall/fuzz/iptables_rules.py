"""Random rule sets in the language of iptables-restore and ip6tables-restore, and ipsets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.firewall.fuzz import pool
from tests.firewall.fuzz.nft_matches import STATES, address_value
from tests.firewall.fuzz.source import Line

_TABLES = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}
_REJECTS = {
    4: (
        "icmp-net-unreachable",
        "icmp-host-unreachable",
        "icmp-port-unreachable",
        "icmp-proto-unreachable",
        "icmp-net-prohibited",
        "icmp-host-prohibited",
        "icmp-admin-prohibited",
    ),
    6: (
        "icmp6-no-route",
        "icmp6-adm-prohibited",
        "icmp6-addr-unreachable",
        "icmp6-port-unreachable",
    ),
}
SETS = ("addr", "nets", "ports", "pairs", "lists")


@dataclass(frozen=True)
class _Maker:
    """Makes the rules of one chain."""

    rng: Random
    version: int
    table: str
    chain: str
    users: tuple[str, ...]
    ipsets: bool
    seen_from: str


def iptables_source(rng: Random, version: int, *, ipsets: bool) -> tuple[Line, ...]:
    """The filter table, and now and then the others."""
    tables = [name for name in ("raw", "mangle", "nat") if rng.random() < 0.25]
    lines: list[Line] = []
    for table in [*tables, "filter"]:
        lines += _table(rng, version, table, ipsets=ipsets)
    return tuple(lines)


def ipset_source(rng: Random) -> tuple[Line, ...]:
    """The same sets for both IP versions: `addr4`, `addr6` and so on."""
    lines = [Line("create ports bitmap:port range 0-65535")]
    lines += [Line(f"add ports {port}") for port in rng.sample(pool.PORTS, 3)]
    for version in (4, 6):
        family = "inet" if version == 4 else "inet6"
        nets = rng.sample(pool.NETS4 if version == 4 else pool.NETS6, 2)
        some = rng.sample(pool.addresses(version), 3)
        lines += [
            Line(f"create addr{version} hash:ip family {family}"),
            *(Line(f"add addr{version} {address}") for address in some),
            Line(f"create nets{version} hash:net family {family}"),
            *(Line(f"add nets{version} {net}") for net in nets),
            Line(f"add nets{version} {some[0]} nomatch"),
            Line(f"create pairs{version} hash:ip,port family {family}"),
        ]
        for address in some:
            protocol = rng.choice(("tcp", "udp"))
            lines.append(Line(f"add pairs{version} {address},{protocol}:{rng.choice(pool.PORTS)}"))
    lines.append(Line("create lists4 list:set"))
    lines += [Line("add lists4 addr4"), Line("create lists6 list:set"), Line("add lists6 nets6")]
    return tuple(lines)


def _table(rng: Random, version: int, table: str, *, ipsets: bool) -> list[Line]:
    chains = _TABLES[table]
    head, rules = [Line(f"*{table}")], []
    users: dict[str, tuple[str, ...]] = {}
    for chain in chains:
        policy = "DROP" if table == "filter" and rng.random() < 0.3 else "ACCEPT"
        head.append(Line(f":{chain} {policy} [0:0]"))
        count = rng.choice((0, 1, 2, 3)) if table != "nat" else 0
        users[chain] = tuple(f"{chain[:4].lower()}-{n}" for n in range(count))
    for chain in chains:
        head += [Line(f":{user} - [0:0]") for user in users[chain]]
        names = (chain, *users[chain])
        for number, name in enumerate(names):
            maker = _Maker(rng, version, table, name, names[number + 1 :], ipsets, chain)
            most = 2 if table in {"nat", "raw"} else 6
            count = rng.randint(1 if table == "filter" else 0, most)
            rules += [Line(_rule(maker), rule=True) for _ in range(count)]
    return [*head, *rules, Line("COMMIT")]


def _rule(maker: _Maker) -> str:
    rng = maker.rng
    protocol = rng.choice(("tcp", "tcp", "tcp", "udp", "icmp", "", "! tcp"))
    if maker.table == "nat":
        protocol = "tcp"
    parts = [f"-A {maker.chain}", _protocol(maker, protocol)]
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        found = _match(maker, protocol)
        if found.split()[:2] not in [part.split()[:2] for part in parts] and not _repeats(
            found, parts
        ):
            parts.append(found)
    if rng.random() < 0.15:
        parts.append(f'-m comment --comment "rule {rng.randint(1, 99)}"')
    parts.append(_target(maker, protocol))
    return " ".join(part for part in parts if part)


def _repeats(found: str, parts: list[str]) -> bool:
    """iptables takes each option once only."""
    options = {word for word in found.split() if word.startswith("-") and word != "-m"}
    return any(word in options for part in parts for word in part.split())


def _protocol(maker: _Maker, protocol: str) -> str:
    if not protocol:
        return ""
    if protocol == "icmp":
        return "-p icmp" if maker.version == 4 else "-p ipv6-icmp"
    return "! -p tcp" if protocol.startswith("!") else f"-p {protocol}"


def _not(rng: Random) -> str:
    return rng.choice(("", "", "", "! "))


def _match(maker: _Maker, protocol: str) -> str:
    rng = maker.rng
    makers: list[Callable[[], str]] = [
        *[lambda: _address(maker)] * 5,
        *[lambda: _interface(maker)] * 2,
        lambda: _iprange(maker),
        *[lambda: _state(rng)] * 2,
        lambda: _mark(rng),
        lambda: _few(rng),
    ]
    if protocol in {"tcp", "udp"}:
        makers += [lambda: _ports(rng, protocol)] * 6
    if protocol == "tcp":
        makers.append(lambda: rng.choice(("--syn", "! --syn", "--tcp-flags SYN,ACK SYN")))
    if protocol == "icmp":
        makers += [lambda: _icmp(maker)] * 3
    if maker.ipsets:
        makers += [lambda: _ipset(maker)] * 3
    if maker.seen_from in {"OUTPUT", "POSTROUTING"}:
        makers += [lambda: _owner(rng)] * 2
    return rng.choice(makers)()


def _address(maker: _Maker) -> str:
    value = address_value(maker.rng, maker.version)
    while "-" in value:
        value = address_value(maker.rng, maker.version)
    return f"{_not(maker.rng)}{maker.rng.choice(('-s', '-d'))} {value}"


def _interface(maker: _Maker) -> str:
    options = {"INPUT": ("-i",), "PREROUTING": ("-i",), "FORWARD": ("-i", "-o")}
    option = maker.rng.choice(options.get(maker.seen_from, ("-o",)))
    return f"{_not(maker.rng)}{option} {maker.rng.choice(('wd0', 'wd1', 'wd+', 'lo', 'eth0'))}"


def _iprange(maker: _Maker) -> str:
    rng = maker.rng
    ends = "-".join(rng.choice(pool.RANGES4 if maker.version == 4 else pool.RANGES6))
    return f"-m iprange {_not(rng)}{rng.choice(('--src-range', '--dst-range'))} {ends}"


def _state(rng: Random) -> str:
    states = [state.upper() for state in rng.sample(STATES, rng.randint(1, 3))]
    chosen = rng.choice(("NEW", ",".join(states)))
    return f"-m conntrack {_not(rng)}--ctstate {chosen}"


def _mark(rng: Random) -> str:
    mark = rng.choice(pool.MARKS)
    return f"-m mark {_not(rng)}--mark {rng.choice((f'{mark:#x}', f'{mark & 3:#x}/0x3'))}"


def _few(rng: Random) -> str:
    choices = ("-m limit --limit 9000/sec --limit-burst 9000", "-m addrtype --dst-type LOCAL")
    more = (
        "-m addrtype ! --dst-type LOCAL",
        "-m addrtype --src-type LOCAL",
        "-m connmark --mark 0x0",
    )
    return rng.choice(choices + more)


def _ports(rng: Random, protocol: str) -> str:
    low, high = sorted(rng.sample(pool.PORTS, 2))
    others = rng.sample([port for port in pool.PORTS if not low <= port <= high] or [1], 1)
    listed = f"{low}:{high},{others[0]}" if rng.random() < 0.4 else f"{low},{high}"
    kind = rng.choice(("dport", "dport", "range", "sport", "multi", "multi", "both", "sports"))
    sports = rng.choice(("31000", "40000:40001", "1024:"))
    return {
        "dport": f"-m {protocol} {_not(rng)}--dport {low}",
        "range": f"-m {protocol} {_not(rng)}--dport {rng.choice((f'{low}:{high}', f':{low}'))}",
        "sport": f"-m {protocol} {_not(rng)}--sport {sports}",
        "multi": f"-m multiport {_not(rng)}--dports {listed}",
        "both": f"-m multiport {_not(rng)}--ports {listed}",
        "sports": f"-m multiport {_not(rng)}--sports 31000,40000:40001",
    }[kind]


def _icmp(maker: _Maker) -> str:
    option = "--icmp-type" if maker.version == 4 else "--icmpv6-type"
    return f"{_not(maker.rng)}{option} {maker.rng.choice(('echo-request', 'echo-reply'))}"


def _ipset(maker: _Maker) -> str:
    rng, name = maker.rng, maker.rng.choice(SETS)
    full = name if name == "ports" else f"{name}{maker.version}"
    sides = ("dst,dst", "src,dst", "src,src") if name == "pairs" else ("src", "dst")
    return f"-m set {_not(rng)}--match-set {full} {rng.choice(sides)}"


def _owner(rng: Random) -> str:
    option = rng.choice(("--uid-owner", "--uid-owner", "--gid-owner"))
    return f"-m owner {_not(rng)}{option} {rng.choice(('0', '1000', '1000-1001'))}"


def _target(maker: _Maker, protocol: str) -> str:
    rng, table = maker.rng, maker.table
    if table == "nat":
        return _translation(maker)
    choices = ["-j ACCEPT", "-j ACCEPT", "-j DROP", "-j DROP", "-j RETURN", "", "-j NFLOG"]
    if maker.users:
        user = rng.choice(maker.users)
        choices += [f"-j {user}"] * 4 + [f"-g {user}"] * 2
    if table == "filter":
        kinds = (*_REJECTS[maker.version], *(("tcp-reset",) * 2 if protocol == "tcp" else ()))
        choices += [f"-j REJECT --reject-with {rng.choice(kinds)}"] * 3
    if table == "mangle":
        choices += [
            "-j MARK --set-mark 0x1",
            "-j MARK --set-xmark 0x10/0x11",
            "-j MARK --or-mark 2",
        ]
    if table == "raw":
        choices += ["-j CT --notrack"]
    return rng.choice(choices)


def _translation(maker: _Maker) -> str:
    rng, version = maker.rng, maker.version
    host, peer = (pool.HOST4, pool.PEER4) if version == 4 else (pool.HOST6, pool.PEER6)
    if maker.seen_from in {"INPUT", "POSTROUTING"}:
        masquerade = ["-j MASQUERADE"] if maker.seen_from == "POSTROUTING" else []
        return rng.choice([f"-j SNAT --to-source {host[2]}", *masquerade])
    address, port = rng.choice(host if maker.seen_from == "PREROUTING" else host + peer), 8080
    with_port = f"[{address}]:{port}" if version == 6 else f"{address}:{port}"
    return rng.choice(
        (
            f"-j REDIRECT --to-ports {rng.choice(pool.PORTS)}",
            "-j REDIRECT",
            f"-j DNAT --to-destination {with_port}",
            f"-j DNAT --to-destination {address}",
            "-j ACCEPT",
        )
    )
