"""Group FWL, firewall and ports: the host's rules about clients and their media."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wcsdiag.facts.clients_in import ClientsIn, PortIn
from wcsdiag.facts.routes import ANYWHERE
from wcsdiag.firewall.flow import Flow
from wcsdiag.firewall.model import Address, Decision, Way
from wcsdiag.model import Evidence, Finding, NotApplicable, passed, warned
from wcsdiag.registry import Observations, check
from wcsdiag_checks.firewall_seen import cited, mended, told


@check(
    "FWL110",
    "The host's rules let clients and their media in",
    explained_by=("HST101", "HST102"),
)
def clients_are_let_in(clients_in: ClientsIn) -> Observations:
    """Media goes over UDP, to the range from `media_port_from` to `media_port_to`: nothing listens
    there until a call begins, so no probe can show that it is open. The rules can.

    They are followed for a client from anywhere and for the operator. Rules that let in other
    clients alone may be meant, so this warns and never fails.

    Fix
    ---
    Open WCS's ports for its clients, and no more than these::

        sudo ufw allow 8443/tcp
        sudo ufw allow 31001:32000/udp
        sudo firewall-cmd --permanent --add-port=31001-32000/udp
    """
    first, last = clients_in.media_range
    yield from _judged(clients_in, clients_in.media, f"UDP {first}-{last} (media)")
    for port in clients_in.client_facing:
        yield from _judged(clients_in, [port], f"TCP {port.port} ({port.name})")
    if not any(_tells(port) for port in (*clients_in.media, *clients_in.client_facing)):
        raise NotApplicable("What the rules do to clients depends on matches that are not known")


def _judged(clients_in: ClientsIn, ports: Iterable[PortIn], name: str) -> Observations:
    ports = list(ports)
    stopped = [(port, port.stopped) for port in ports if port.stopped is not None]
    let_in = [port.let_in for port in ports if port.let_in is not None]
    who = Evidence(", ".join(map(_named, clients_in.sources)), "sources that were asked about")
    if stopped:
        (port, decision), last = stopped[0], stopped[-1][0].port
        part = "" if len(stopped) == len(ports) else f", at {port.port} and {len(stopped) - 1} more"
        yield _stops(clients_in, f"{name}{part}", port, last, decision, who)
    elif let_in:
        yield passed(f"clients are let in to {name}", cited(let_in[0], clients_in.rules), who)


def _stops(
    clients_in: ClientsIn,
    name: str,
    port: PortIn,
    last: int,
    decision: Decision | None,
    who: Evidence,
) -> Finding:
    assert decision is not None
    # Clients may come from anywhere: the source that was asked about stands for all of them.
    flow = replace(Flow.of(decision.packet), source=None, port=port.port, last_port=last)
    return warned(
        f"clients are not let in to {name}: {told(decision)}",
        cited(decision, clients_in.rules),
        who,
        subject=str(port.port),
        fix=mended(decision, clients_in.rules, Way.IN, flow),
    )


def _named(source: Address) -> str:
    return f"{source} (for any client)" if str(source) == ANYWHERE else str(source)


def _tells(port: PortIn) -> bool:
    return port.stopped is not None or port.let_in is not None
