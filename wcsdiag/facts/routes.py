"""Routes and addresses of a machine, as its kernel would use them for a packet of ours."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.facts.processes import Processes
from wcsdiag.facts.sections import Section, sections_of
from wcsdiag.firewall.model import Address, Network
from wcsdiag.host.interface import Host, HostError
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.net.probe import Probe
from wcsdiag.registry import fact

ANYWHERE = "1.1.1.1"
"""Stands for any address of the Internet in questions to the routing table; nothing is sent."""

# Old versions of ip have no -j; a failure is told by both, so the second one alone is kept.
_ASK = r"""LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"; export LC_ALL PATH
echo "@@ peer ${SSH_CONNECTION%%%% *}"
ids() { echo "@@ $1 $2 $(id -u "$2" 2>/dev/null) $(id -g "$2" 2>/dev/null)"; }
for u in %s; do [ "$u" ] && ids user "$u"; done
ids own "$(id -un)"
command -v ip >/dev/null 2>&1 || exit 0
echo '@@ addresses'; ip -o addr show 2>/dev/null
for f in 4 6; do echo "@@ networks $f"; ip "-$f" -o route show 2>/dev/null | head -n 4000; done
printf '%%s\n' %s "${SSH_CONNECTION%%%% *}" | while IFS= read -r d; do
[ "$d" ] || continue
echo "@@ route $d"; ip -j route get "$d" 2>/dev/null || ip route get "$d" 2>&1
done
"""
_LIMIT = 4 << 20
_MOST_NETWORKS = 4000
_EXCERPT = 200


@dataclass(frozen=True)
class Route:
    """How one destination is reached, or the literal `error` why not.

    `device` is the outgoing interface, `source` the address that the packet gets. `is_local`
    says that it does not leave the machine.
    """

    destination: Address
    text: str
    device: str | None = None
    source: Address | None = None
    gateway: Address | None = None
    is_local: bool = False
    error: str = ""


@dataclass(frozen=True)
class Owner:
    """A user's numbers; None where they are not known."""

    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class RouteTable:
    """Answers of one machine's routing table, and the addresses of its interfaces.

    `peer` is where our SSH connection comes from, as the machine sees it. `own` is the user who
    makes our probes there, `users` are others by name. `networks` is the main table, network and
    interface; empty where it is too long to take whole.
    """

    machine: str
    routes: Mapping[Address, Route]
    interfaces: Mapping[Address, str] = field(default_factory=dict)
    peer: Address | None = None
    own: Owner = field(default_factory=Owner)
    users: Mapping[str, Owner] = field(default_factory=dict)
    networks: tuple[tuple[Network, str], ...] = ()

    @property
    def local(self) -> frozenset[Address]:
        """The machine's own addresses."""
        return frozenset(self.interfaces)

    def to(self, address: Address | None) -> Route | None:
        """The route to an address, where it was asked for."""
        return self.routes.get(address) if address is not None else None


@dataclass(frozen=True)
class HostRoutes:
    """The host's routes to the web servers and to clients. `sender` is the user that WCS runs as.

    `sender_name` is empty where no process of WCS was seen.
    """

    table: RouteTable
    sender_name: str = ""

    @property
    def sender(self) -> Owner:
        """The numbers of the user whose process sends the hooks."""
        return self.table.users.get(self.sender_name, Owner())


@fact
def host_routes(
    access: HostAccess, probes: WebServerProbes, processes: Processes | Unavailable
) -> HostRoutes:
    """Ask for each address of the REST URLs. In WCS with Manager, the Manager sends the hooks."""
    addresses = [
        address
        for url in probes.urls
        if isinstance(url.host, Probe)
        for address in url.host.addresses
    ]
    sender = ""
    if isinstance(processes, Processes):
        process = processes.manager or processes.core
        sender = process.user if process is not None else ""
    table = ask_routes(access.host, "host", (*addresses, ANYWHERE), because="FWL106", user=sender)
    return HostRoutes(table, sender)


def ask_routes(
    host: Host, machine: str, destinations: Iterable[str], *, because: str, user: str = ""
) -> RouteTable:
    """One question for all destinations. Raises `Unavailable` because of that code."""
    wanted = dict.fromkeys(destinations)
    try:
        text = host.run(_ASK, user, "\n".join(wanted), limit=_LIMIT).text
    except HostError as error:
        reason = f"the routes of the {machine} could not be read: {error}"
        raise Unavailable(reason, because=because) from error
    if not sections_of(text):
        raise Unavailable(
            f"the login on the {machine} runs no commands",
            because=because,
            evidence=(Evidence(text[:_EXCERPT].strip() or "no output", f"{machine}: sh"),),
            fix=Fix("Use a login with a shell (/bin/sh will do)."),
        )
    return route_table_of(text, machine)


def route_table_of(text: str, machine: str) -> RouteTable:
    """Understand what the one command printed."""
    sections = sections_of(text)
    routes = (parse_route(each.argument, each.text) for each in sections if each.name == "route")
    return RouteTable(
        machine,
        {route.destination: route for route in routes if route is not None},
        _interfaces(sections),
        next((address_of(each.argument) for each in sections if each.name == "peer"), None),
        next(iter(_owners(sections, "own").values()), Owner()),
        _owners(sections, "user"),
        _networks(sections),
    )


def parse_route(destination: str, text: str) -> Route | None:
    """Read `ip -j route get`, or its form without -j; None where the destination is no address."""
    address = address_of(destination)
    if address is None:
        return None
    text = text.strip()
    fields = _fields_of_json(text) if text.startswith("[") else _fields_of_line(text)
    if "dev" not in fields:
        return Route(address, text, error=text or "no answer")
    return Route(
        address,
        text,
        device=fields["dev"],
        source=address_of(fields.get("prefsrc") or fields.get("src") or ""),
        gateway=address_of(fields.get("gateway") or fields.get("via") or ""),
        is_local=fields.get("type") == "local" or fields["dev"] == "lo",
    )


def evidence_of(table: RouteTable, routes: Iterable[Route]) -> tuple[Evidence, ...]:
    """The literal answers."""
    return tuple(
        Evidence(route.text or route.error, f"{table.machine}: ip route get {route.destination}")
        for route in routes
    )


def address_of(text: str) -> Address | None:
    """A numeric address, IPv4 where it is one mapped into IPv6; None for anything else."""
    try:
        found = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _fields_of_json(text: str) -> dict[str, str]:
    try:
        rows = json.loads(text)
    except ValueError:
        return {}
    row = rows[0] if isinstance(rows, list) and rows else None
    if not isinstance(row, dict):
        return {}
    return {key: value for key, value in row.items() if isinstance(value, str)}


def _fields_of_line(text: str) -> dict[str, str]:
    first = text.partition("\n")[0]
    fields = dict(re.findall(r"\b(dev|src|via) (\S+)", first))
    if first.startswith("local "):
        fields["type"] = "local"
    return fields


def _interfaces(sections: Iterable[Section]) -> dict[Address, str]:
    lines = (
        line for each in sections if each.name == "addresses" for line in each.text.splitlines()
    )
    found: dict[Address, str] = {}
    for line in lines:
        row = line.split()
        address = address_of(row[3].partition("/")[0]) if len(row) > 3 else None
        if address is not None and row[2] in {"inet", "inet6"}:
            found[address] = row[1]
    return found


def _networks(sections: Iterable[Section]) -> tuple[tuple[Network, str], ...]:
    found: list[tuple[Network, str]] = []
    for section in sections:
        lines = section.text.splitlines() if section.name == "networks" else []
        if len(lines) >= _MOST_NETWORKS:
            return ()
        for line in lines:
            device = re.search(r"\bdev (\S+)", line)
            network = _network(line.split(" ", 1)[0], section.argument)
            if device is not None and network is not None:
                found.append((network, device[1]))
    return tuple(found)


def _network(text: str, version: str) -> Network | None:
    """None for "unreachable", "blackhole" and their like, which lead nowhere."""
    everything = "0.0.0.0/0" if version == "4" else "::/0"
    try:
        return ipaddress.ip_network(everything if text == "default" else text, strict=False)
    except ValueError:
        return None


def _owners(sections: Iterable[Section], name: str) -> dict[str, Owner]:
    """Users and their numbers. A process whose user has no name is listed by its number."""
    found = {}
    for section in sections:
        user, _, rest = section.argument.partition(" ")
        numbers = [int(word) for word in rest.split() if word.isdecimal()]
        if section.name == name and len(numbers) == 2:
            found[user] = Owner(*numbers)
        elif section.name == name and user.isdecimal():
            found[user] = Owner(int(user))
    return found
