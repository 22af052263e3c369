"""The web server's own machine: what listens there, its addresses, and whom it sees (--web-ssh)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.probes import WebServerProbes
from wcsdiag.facts.routes import HostRoutes, RouteTable, address_of, ask_routes
from wcsdiag.facts.sockets import ListeningSocket, parse_ss
from wcsdiag.facts.way_out import attempts_of
from wcsdiag.facts.web_access import WebServerAccess
from wcsdiag.firewall.model import Address
from wcsdiag.host.interface import Host, HostError
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.net.probe import Outcome
from wcsdiag.registry import fact
from wcsdiag.target import Target

_LISTENING = r"""LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"; export LC_ALL PATH
s=; [ "$(id -u)" = 0 ] || s='sudo -n'
command -v ss >/dev/null 2>&1 || exit 0
echo 'ss -H -tlnp'; $s ss -H -tlnp 2>/dev/null || ss -H -tln"""
_CONNECTED = r"""LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"; export LC_ALL PATH
ss -H -tn state established"""
_SSH_PORT = 22
_LOOK_S = 0.6
"""For all that do not answer, which have cost a whole --timeout before."""

_PROCESS = re.compile(r'users:\(\("(?P<name>[^"]{1,80})"')


@dataclass(frozen=True)
class WebListening:
    """What listens on the web server's machine; the names of processes need permission.

    `only_ipv6` are sockets of all IPv6 addresses that take no IPv4: `ss` writes `[::]` for these,
    and `*` for those that take both.
    """

    sockets: tuple[ListeningSocket, ...]
    processes: tuple[tuple[ListeningSocket, str], ...]
    only_ipv6: frozenset[ListeningSocket] = frozenset()
    where: str = "web server: ss -H -tlnp"

    def on(self, port: int) -> tuple[ListeningSocket, ...]:
        """The sockets on that port, on whatever address."""
        return tuple(socket for socket in self.sockets if socket.port == port)

    def shown(self, port: int) -> str:
        """The sockets on that port, with their processes, for evidence."""
        lines = [
            f"LISTEN {socket} {process}".rstrip()
            for socket, process in self.processes
            if socket.port == port
        ]
        return "\n".join(lines) or f"no socket listens on port {port}"


@dataclass(frozen=True)
class WebServerMachine:
    """Its addresses, and its routes back to the host."""

    table: RouteTable


@dataclass(frozen=True)
class Egress:
    """The source that the web server sees of the host's connections, by a connection of ours.

    `seen` is None where no connection could be looked at; `own` are the sources that the host's
    routes give. `how` says what was looked at; `arrived_at` are the addresses that lead to this
    machine, by what was seen.
    """

    seen: Address | None
    own: tuple[Address, ...]
    how: str
    arrived_at: frozenset[Address] = frozenset()


@fact
def web_listening(access: WebServerAccess) -> WebListening:
    """From `ss`, with the names of processes where root is allowed."""
    try:
        text = access.host.run(_LISTENING).text
    except HostError as error:
        reason = f"the web server's sockets could not be read: {error}"
        raise Unavailable(reason, because="FWL108") from error
    source, _, table = text.partition("\n")
    if not source.startswith("ss "):
        raise Unavailable("the web server's machine has no ss", because="FWL108")
    return web_listening_of(table)


def web_listening_of(table: str) -> WebListening:
    """Read the rows of `ss -H -tlnp`."""
    named = []
    wildcards: dict[ListeningSocket, bool] = {}
    for line in table.splitlines():
        process = _PROCESS.search(line)
        for socket in parse_ss(line):
            named.append((socket, process["name"] if process else ""))
            written_alone = line.split()[3].startswith("[::]:")
            wildcards[socket] = wildcards.get(socket, True) and written_alone
    only_ipv6 = frozenset(socket for socket, alone in wildcards.items() if alone)
    return WebListening(parse_ss(table), tuple(named), only_ipv6)


@fact
def web_server_machine(
    access: WebServerAccess, probes: WebServerProbes, routes: HostRoutes
) -> WebServerMachine:
    """Ask for the routes back to every address that the host may come from."""
    sources = [str(source) for source in _sources(probes, routes)]
    return WebServerMachine(ask_routes(access.host, "web server", sources, because="FWL107"))


@fact
def egress(
    target: Target,
    host: HostAccess,
    web: WebServerAccess,
    probes: WebServerProbes,
    routes: HostRoutes,
    lifetime: Lifetime,
) -> Egress:
    """Connect once more from the host, and look on the web server who is there.

    Where the port of the REST URL is closed to the host, the port of SSH shows the same. That one
    may be closed as well, so it is not waited for as long. One address after another: two new
    connections at once could not be told apart.
    """
    own = _sources(probes, routes)
    ssh = (target.web_ssh.port if target.web_ssh else None) or _SSH_PORT
    tried = [attempt for _, attempt in attempts_of(probes)]
    opened = {each.address: each.port for each in tried if each.outcome is Outcome.OK}
    closed = {each.address: ssh for each in tried if each.address not in opened}
    found: list[tuple[tuple[str, int], Address]] = []
    left_s = min(_LOOK_S, lifetime.timeout())
    for place in (*opened.items(), *closed.items()):
        started = time.monotonic()
        limit_s = lifetime.timeout() if place[0] in opened else left_s
        seen = _seen(host.host, web.host, place, own, limit_s) if limit_s > 0 else None
        if seen is not None:
            found.append((place, seen))
        elif place[0] in closed:
            left_s -= time.monotonic() - started
    if not found:
        return Egress(None, own, "no connection of the host was seen on the web server")
    (address, port), seen = found[0]
    arrived_at = (address_of(place[0]) for place, _ in found)
    how = f"a connection from the host to {address} port {port}"
    return Egress(seen, own, how, frozenset(each for each in arrived_at if each is not None))


def _sources(probes: WebServerProbes, routes: HostRoutes) -> tuple[Address, ...]:
    tried = (address_of(attempt.address) for _, attempt in attempts_of(probes))
    known = (routes.table.to(address) for address in tried)
    sources = (route.source for route in known if route is not None and not route.is_local)
    return tuple(dict.fromkeys(source for source in sources if source is not None))


def _seen(
    host: Host, web: Host, place: tuple[str, int], own: Iterable[Address], timeout_s: float
) -> Address | None:
    try:
        before = _peers(web, place[1])
        stream = host.open_tcp(*place, timeout_s=timeout_s)
        try:
            during = _peers(web, place[1])
        finally:
            stream.close()
    except HostError:
        return None
    new = during - before
    itself = [source for source in own if any(peer == source for peer, _ in new)]
    others = {peer for peer, _ in new}
    if itself:
        return itself[0]
    return others.pop() if len(others) == 1 else None


def _peers(web: Host, port: int) -> set[tuple[Address, str]]:
    """Address and port of everyone who is connected to that port."""
    found = set()
    for line in web.run(_CONNECTED).text.splitlines():
        row = line.split()
        if len(row) < 4 or row[2].rpartition(":")[2] != str(port):
            continue
        address, _, peer_port = row[3].rpartition(":")
        peer = address_of(address.strip("[]"))
        if peer is not None:
            found.add((peer, peer_port))
    return found
