"""The ways to the WCS CLI, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from wcsdiag.host.interface import Host, HostError, HostFailure, Stream
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.host_tools import connect_by_tool
from wcsdiag.net.probe import Outcome
from wcsdiag.target import Target
from wcsdiag.wcs.generation import Generation

_LOOPBACK = "127.0.0.1"
_BRIEF_S = 2.0
_SAID_BY_PROGRAM = {
    Outcome.REFUSED: HostFailure.REFUSED,
    Outcome.TIMED_OUT: HostFailure.TIMED_OUT,
    Outcome.NO_ROUTE: HostFailure.NO_ROUTE,
}


@dataclass(frozen=True)
class Route:
    """One way: `open` makes a new connection each time, and raises `HostError`."""

    where: str
    port: int
    open: Callable[[], Stream]
    through_host: bool


def routes(
    target: Target, host: Host | None, generation: Generation | None, lifetime: Lifetime
) -> tuple[Route, ...]:
    """Through the host to its loopback, each port; then from the operator to the host.

    The second way is left out where host and operator are one machine. Beside the first one it
    gets little time: the CLI is often filtered on its way to the operator, and should be.
    """
    ports = cli_ports(target, generation)
    ways: list[Route] = []
    if host is not None:
        for port in ports:
            where = f"host: WCS CLI at {_LOOPBACK}:{port}"
            opener = partial(_open_through, host, port, lifetime)
            ways.append(Route(where, port, opener, through_host=True))
    if host is None or not host.is_local:
        limit_s = lifetime.timeout_s if host is None else _BRIEF_S
        for port in ports:
            where = f"operator: WCS CLI at {target.host}:{port}"
            opener = partial(_open_directly, target.host, port, lifetime, limit_s)
            ways.append(Route(where, port, opener, through_host=False))
    return tuple(ways)


def cli_ports(target: Target, generation: Generation | None) -> tuple[int, ...]:
    """The port that was asked for; else the generation's first, then the other one's."""
    if target.cli_port is not None:
        return (target.cli_port,)
    first = generation or Generation.WITHOUT_MANAGER
    others = [other for other in Generation if other is not first]
    return (first.cli_port, *(other.cli_port for other in others))


def _open_through(host: Host, port: int, lifetime: Lifetime) -> Stream:
    """Forwarded by the host's SSH server; where that forwards none, by a program of the host."""
    try:
        return host.open_tcp(_LOOPBACK, port)
    except HostError as error:
        if error.reason is not HostFailure.CHANNEL_REFUSED:
            raise
        relayed = connect_by_tool(host, _LOOPBACK, port, lifetime.timeout())
        if relayed is None or (relayed.stream is None and relayed.outcome is Outcome.OK):
            raise
        if relayed.stream is None:
            reason = _SAID_BY_PROGRAM.get(relayed.outcome, HostFailure.FAILED)
            raise HostError(reason, relayed.detail) from error
        return relayed.stream


def _open_directly(name: str, port: int, lifetime: Lifetime, limit_s: float) -> Stream:
    from wcsdiag.host.operator import open_by_name

    seconds = min(lifetime.timeout(), limit_s)
    if seconds <= 0:
        message = f"{name}:{port}: no time was left of the run's deadline"
        raise HostError(HostFailure.TIMED_OUT, message)
    return open_by_name(name, port, seconds)
