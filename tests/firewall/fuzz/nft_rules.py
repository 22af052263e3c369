"""Random rule sets in nft's language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.firewall.fuzz import nft_matches, pool
from tests.firewall.fuzz.nft_matches import IN, OUT, THROUGH, Sets
from tests.firewall.fuzz.source import Line

_SIDES = {"prerouting": IN, "input": IN, "forward": THROUGH, "output": OUT, "postrouting": "post"}
_PROTOCOLS = ("tcp", "udp", "l4proto 17", "th", "icmp type", "icmpv6 type", "ip protocol")
_REJECTS4 = (
    "port-unreachable",
    "host-unreachable",
    "net-unreachable",
    "prot-unreachable",
    "net-prohibited",
    "host-prohibited",
    "admin-prohibited",
)
_REJECTS6 = ("port-unreachable", "addr-unreachable", "no-route", "admin-prohibited")
_REJECTS = ("port-unreachable", "host-unreachable", "no-route", "admin-prohibited")


@dataclass
class _Table:
    """A table that grows."""

    rng: Random
    family: str
    name: str
    sets: Sets
    lines: list[Line]


def nft_source(rng: Random, *, alone: bool) -> tuple[Line, ...]:
    """One to four tables. Not `alone`, no chain has a priority of iptables' chains: which of
    two with the same priority comes first is not to be seen in a listing of both.
    """
    lines: list[Line] = []
    free = rng.sample(
        [*range(-390, -310), *range(-190, -160), *range(-90, -10), *range(10, 90)], 60
    )
    for number in range(rng.choice((1, 1, 2, 2, 3, 4))):
        family = rng.choice(("inet", "inet", "ip", "ip6"))
        table = _Table(rng, family, f"t{number}", {}, [])
        _declare_sets(table)
        _declare_maps(table)
        hooks = rng.sample(list(_SIDES), rng.randint(1, 3))
        if "output" not in hooks and rng.random() < 0.5:
            hooks.append("output")
        for hook in hooks:
            shared = alone and rng.random() < 0.4
            _filter_chain(table, hook, 0 if shared else free.pop())
        if alone and rng.random() < 0.25:
            _nat_chains(table)
        lines += [Line(f"table {family} t{number} {{"), *table.lines, Line("}")]
    return tuple(lines)


def _declare_sets(table: _Table) -> None:
    rng = table.rng
    for version in nft_matches.versions(table.family):
        kind, values = f"ipv{version}_addr", nft_matches.disjoint_addresses(rng, version)
        _declare(table, f"v{version}", kind, values, "flags interval;")
        ports = rng.sample(pool.PORTS, 3)
        pairs = [f"{rng.choice(pool.addresses(version))} . {port}" for port in ports]
        _declare(table, f"v{version} port", f"{kind} . inet_service", pairs, "")
    _declare(table, "port", "inet_service", nft_matches.disjoint_ports(rng), "flags interval;")
    names = ['"wd0"', '"lo"', '"wd1"', '"eth0"']
    _declare(table, "iface", "ifname", rng.sample(names, rng.randint(1, 3)), "")


def _declare(table: _Table, kind: str, data: str, values: list[str], flags: str) -> None:
    if table.rng.random() < 0.4:
        return
    name = "s_" + kind.replace(" ", "_")
    table.sets[kind] = [name]
    more = table.rng.choice(("", "", "", ' comment "known"', " timeout 1h"))
    if "timeout" in more:
        flags = flags.replace("interval", "interval, timeout") or "flags timeout;"
    listed = ", ".join(value + more for value in values)
    elements = f"elements = {{ {listed} }};" if table.rng.random() < 0.9 else ""
    table.lines.append(Line(f"  set {name} {{ type {data}; {flags} {elements} }}"))


def _declare_maps(table: _Table) -> None:
    if table.rng.random() < 0.5:
        return
    table.sets["verdict"] = ["m_port"]
    pairs = [
        f"{ports} : {table.rng.choice(('accept', 'drop', 'return', 'continue'))}"
        for ports in nft_matches.disjoint_ports(table.rng)
    ]
    data = f"type inet_service : verdict; flags interval; elements = {{ {', '.join(pairs)} }};"
    table.lines.append(Line(f"  map m_port {{ {data} }}"))


def _filter_chain(table: _Table, hook: str, priority: int) -> None:
    rng, name = table.rng, f"{hook[:3]}_{table.name}"
    users = [f"{name}_u{number}" for number in range(rng.choice((0, 1, 2, 3)))]
    for user in users:
        table.lines.append(Line(f"  chain {user} {{ }}"))
    for number, user in enumerate(users):
        _chain(table, user, "", hook, users[number + 1 :], rng.randint(1, 4))
    policy = rng.choice(("accept", "accept", "accept", "accept", "drop"))
    kind = "route" if hook == "output" and rng.random() < 0.15 else "filter"
    head = f"type {kind} hook {hook} priority {priority}; policy {policy};"
    _chain(table, name, head, hook, users, rng.randint(1, 7))


def _chain(table: _Table, name: str, head: str, hook: str, users: list[str], count: int) -> None:
    table.lines.append(Line(f"  chain {name} {{ {head}"))
    table.lines += [Line("    " + _rule(table, hook, users), rule=True) for _ in range(count)]
    table.lines.append(Line("  }"))


def _rule(table: _Table, hook: str, users: list[str]) -> str:
    """A rule; nft refuses one that is about two protocols at once."""
    while True:
        rule = _any_rule(table, hook, users)
        about = {word for word in _PROTOCOLS if f"{word} " in rule}
        if "reset" in rule:
            about.add("tcp")
        if len(about) < 2:
            return rule


def _any_rule(table: _Table, hook: str, users: list[str]) -> str:
    rng, side = table.rng, _SIDES[hook]
    seen = OUT if side == "post" else side
    table = replace(table, family=nft_matches.of_one_rule(rng, table.family))
    parts = [nft_matches.matches(rng, table.family, seen, table.sets)]
    parts += [rng.choice(("", "", "counter", "log group 9"))]
    if rng.random() < 0.12:
        parts.append(
            f"meta mark set {rng.choice(('0x1', '0x2', 'meta mark or 0x10', 'mark and 0x3'))}"
        )
    if hook in {"output", "prerouting"} and rng.random() < 0.05:
        parts.append("notrack")
    elif rng.random() < 0.2:
        parts.append(_verdict_map(table, users, seen))
    else:
        parts.append(_verdict(table, hook, users))
    if rng.random() < 0.15:
        parts.append(f'comment "rule {rng.randint(1, 99)}"')
    return " ".join(part for part in parts if part) or "counter"


def _verdict(table: _Table, hook: str, users: list[str]) -> str:
    rng = table.rng
    choices = ["accept", "accept", "accept", "drop", "return", "continue", "counter"]
    if hook in {"input", "forward", "output"}:
        choices += [_reject(table) for _ in range(4)]
    if users:
        choices += [f"jump {rng.choice(users)}"] * 3 + [f"goto {rng.choice(users)}"] * 2
    return rng.choice(choices)


def _reject(table: _Table) -> str:
    kinds = ["reject", "reject with tcp reset"]
    if table.family in {"ip", "inet4"}:
        kinds += [f"reject with icmp type {kind}" for kind in _REJECTS4]
    if table.family in {"ip6", "inet6"}:
        kinds += [f"reject with icmpv6 type {kind}" for kind in _REJECTS6]
    if table.family.startswith("inet"):
        kinds += [f"reject with icmpx type {kind}" for kind in _REJECTS]
    return table.rng.choice(kinds)


def _verdict_map(table: _Table, users: list[str], seen: str) -> str:
    rng = table.rng
    verdicts = ["accept", "drop", "return", "continue"]
    verdicts += [f"{kind} {user}" for user in users for kind in ("jump", "goto")]
    if "verdict" in table.sets and rng.random() < 0.3:
        return f"{rng.choice(('tcp', 'udp'))} dport vmap @m_port"
    version = rng.choice(nft_matches.versions(table.family))
    ip = "ip" if version == 4 else "ip6"
    ports = [(f"{rng.choice(('tcp', 'udp'))} dport", nft_matches.disjoint_ports(rng))] * 2
    pairs = [f"{rng.choice(pool.addresses(version))} . {p}" for p in rng.sample(pool.PORTS, 3)]
    name = f"{'i' if seen == IN else 'o'}ifname"
    key, values = rng.choice(
        [
            *ports,
            (
                f"{ip} {rng.choice(('saddr', 'daddr'))}",
                nft_matches.disjoint_addresses(rng, version),
            ),
            ("ct state", ["established", "related", "new"]),
            ("meta l4proto", rng.sample(["tcp", "udp", "icmp", "ipv6-icmp"], 2)),
            (name, ['"wd0"', '"lo"']),
            (f"{ip} daddr . tcp dport", pairs),
        ]
    )
    elements = ", ".join(f"{value} : {rng.choice(verdicts)}" for value in values)
    return f"{key} vmap {{ {elements} }}"


def _nat_chains(table: _Table) -> None:
    rng = table.rng
    for hook in rng.sample(("output", "output", "prerouting", "postrouting"), 2):
        name = f"nat_{hook[:3]}_{table.name}"
        if any(name in line.text for line in table.lines):
            continue
        priority = rng.choice((100,) if hook == "postrouting" else (-100, -100, -100, -95, -105, 5))
        table.lines.append(
            Line(f"  chain {name} {{ type nat hook {hook} priority {priority}; policy accept;")
        )
        for _ in range(rng.randint(1, 3)):
            side = OUT if hook == "postrouting" else _SIDES[hook]
            version = rng.choice(nft_matches.versions(table.family))
            which = f"meta nfproto ipv{version}" if table.family == "inet" else ""
            seen = f"inet{version}" if table.family == "inet" else table.family
            more = nft_matches.match(rng, seen, side, table.sets)
            change = _translation(rng, hook, version, table.family)
            table.lines.append(Line(f"    {which} meta l4proto tcp {more} {change}", rule=True))
        table.lines.append(Line("  }"))


def _translation(rng: Random, hook: str, version: int, family: str) -> str:
    ip = {4: "ip", 6: "ip6"}[version] + " " if family == "inet" else ""
    port = rng.choice(pool.PORTS)
    if hook == "postrouting":
        source = (pool.HOST4 if version == 4 else pool.HOST6)[2]
        return rng.choice(("masquerade", f"snat {ip}to {source}"))
    local = pool.HOST4 if version == 4 else pool.HOST6
    far = local if hook == "prerouting" else (pool.PEER4 if version == 4 else pool.PEER6)
    address = rng.choice((*local, *far))
    with_port = f"[{address}]:{port}" if version == 6 else f"{address}:{port}"
    return rng.choice(
        (f"redirect to :{port}", f"dnat {ip}to {with_port}", f"dnat {ip}to {address}", "redirect")
    )
