"""WCS's ports as they are seen from the operator."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.operator import open_tcp, resolve
from wcsdiag.host.ssh_config import settings_for
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.parallel import at_the_same_time
from wcsdiag.net.probe import Outcome
from wcsdiag.registry import fact
from wcsdiag.target import Target
from wcsdiag.wcs.ports import ports_in_effect
from wcsdiag.wcs.settings import Settings

_TIMEOUT_S = 3.0
"""Enough for a SYN and one repetition; a filtered port costs the whole of it."""

_OUTCOMES = {
    HostFailure.REFUSED: Outcome.REFUSED,
    HostFailure.TIMED_OUT: Outcome.TIMED_OUT,
    HostFailure.NO_ROUTE: Outcome.NO_ROUTE,
    HostFailure.CLOSED_EARLY: Outcome.RESET,
}


@dataclass(frozen=True)
class PortSeen:
    """One connection attempt from the operator. `detail` is the literal error, empty where OK."""

    port: int
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True)
class OperatorPorts:
    """The ports of WCS that were tried at `address`, the host as the operator reaches it.

    A port that the host's own sockets show closed, or open for itself alone, was not tried.
    """

    address: str
    seen: tuple[PortSeen, ...]

    def at(self, port: int) -> PortSeen | None:
        """What was seen of that port, or None where it was not tried."""
        return next((seen for seen in self.seen if seen.port == port), None)


@fact
def operator_ports(
    access: HostAccess,
    target: Target,
    installation: Installation,
    settings: Settings | Unavailable,
    sockets: ListeningSockets | Unavailable,
    lifetime: Lifetime,
) -> OperatorPorts:
    """Connect to all of them at once, each within one time limit."""
    if access.host.is_local:
        raise NotApplicable("Host and operator are one machine")
    known = settings if isinstance(settings, Settings) else None
    ports = {port.port for port in ports_in_effect(installation.generation, known)}
    if isinstance(sockets, ListeningSockets):
        ports &= {socket.port for socket in sockets.sockets if not socket.is_loopback_only}
    address = _address(target, lifetime)
    timeout_s = min(_TIMEOUT_S, lifetime.timeout())
    calls = [partial(_see, address, port, timeout_s) for port in sorted(ports)]
    return OperatorPorts(address, at_the_same_time(calls, at_most=len(calls)))


def _address(target: Target, lifetime: Lifetime) -> str:
    """The address that SSH connects to. Behind a jump host there is none for the operator."""
    try:
        way = settings_for(target)
        if way.jumps:
            raise NotApplicable(f"The host is reached through {way.jumps[-1]}, not directly")
        return resolve(way.host, lifetime.timeout())[0]
    except HostError as error:
        reason = f"The operator does not know the address of {target.host}: {error}"
        raise Unavailable(reason, because="FWL103") from error


def _see(address: str, port: int, timeout_s: float) -> PortSeen:
    try:
        open_tcp(address, port, timeout_s).close()
    except HostError as error:
        return PortSeen(port, _OUTCOMES.get(error.reason, Outcome.FAILED), str(error))
    return PortSeen(port, Outcome.OK)
