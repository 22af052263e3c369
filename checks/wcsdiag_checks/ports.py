"""FWL firewall and ports: WCS's own ports, on the host and as the operator sees them."""

from __future__ import annotations

from collections.abc import Iterable

from wcsdiag.facts.installation import Installation
from wcsdiag.facts.operator_ports import OperatorPorts, PortSeen
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.net.probe import Outcome
from wcsdiag.registry import Observations, check
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.ports import Part, Role, WcsPort, ports_in_effect
from wcsdiag.wcs.settings import Settings


@check(
    "FWL102",
    "WCS's ports listen as settings and generation say",
    explained_by=("HST101", "HST102", "HST103", "HST104"),
)
def ports_listen(
    installation: Installation,
    sockets: ListeningSockets | Unavailable,
    settings: Settings | Unavailable,
) -> Observations:
    """A process may run and still not listen: its port was taken, or its start did not succeed.

    Judged are WebSocket and HTTP, with and without TLS, and the Manager's HTTP and RMI in WCS
    with Manager (4, 5.0): without RMI no hook gets from the core to the Manager. Documented
    ports of other modules are mentioned.

    Fix
    ---
    See who has the port, then restart WCS::

        sudo ss -tlnp | grep 8443
        sudo systemctl restart webcallserver
    """
    if isinstance(sockets, Unavailable):
        if sockets.because != "FWL102":
            raise sockets
        yield undetermined(sockets.reason, *sockets.evidence)
        return
    known = settings if isinstance(settings, Settings) else None
    ports = ports_in_effect(installation.generation, known)
    judged = [port for port in ports if port.required or port.invalid is not None]
    for port in judged:
        if port.invalid is not None:
            yield _invalid(port)
        elif not sockets.on(port.port):
            yield _not_listening(port, sockets, installation, settings)
    listening = [port for port in judged if port.invalid is None and sockets.on(port.port)]
    if listening:
        others = [port for port in ports if port not in judged and not sockets.on(port.port)]
        yield _listening(listening, others, sockets)


@check(
    "FWL103",
    "Client-facing ports are reachable from the operator",
    explained_by=("HST101", "HST102", "HST103", "FWL102", "FWL110"),
)
def client_ports_reachable(
    installation: Installation,
    seen: OperatorPorts | Unavailable,
    sockets: ListeningSockets | Unavailable,
    settings: Settings | Unavailable,
) -> Observations:
    """Clients that cannot reach WCS give no hooks at all, and no error on the host either.

    The operator is not the clients: a port that is closed to the one may be open to the others.
    So this warns and never fails.

    Fix
    ---
    Let the clients' networks through to WCS's ports in the firewalls before and on the host, and
    try from a client's network::

        nc -vz -w 5 HOST 8443
    """
    if isinstance(seen, Unavailable):
        yield _not_seen(seen)
        return
    listening = sockets if isinstance(sockets, ListeningSockets) else None
    reached: list[str] = []
    inside: list[str] = []
    for port in _ports(installation, settings, Role.CLIENT_FACING):
        attempt = seen.at(port.port)
        if attempt is not None and attempt.outcome is Outcome.OK:
            reached.append(str(port))
        elif attempt is not None and (listening is not None or _tells(attempt)):
            yield _unreachable(port, attempt, seen.address, listening)
        elif listening is not None and listening.on(port.port):
            inside.append(str(port))
    where = f"operator: TCP to {seen.address}"
    if reached:
        yield passed(f"Reachable: {', '.join(reached)}", Evidence("connected", where))
    if inside:
        text = f"For the host alone, so clients come through something else: {', '.join(inside)}"
        yield passed(text, Evidence("loopback only", listening.where if listening else where))
    if not reached and not inside and not (listening and seen.seen):
        raise Unavailable("No client-facing port of WCS listens", because="FWL102")


@check(
    "FWL104",
    "CLI, JMX, RMI and Manager ports are not reachable from the operator",
    explained_by=("HST101", "HST102"),
)
def private_ports_closed(
    installation: Installation,
    seen: OperatorPorts | Unavailable,
    sockets: ListeningSockets | Unavailable,
    settings: Settings | Unavailable,
) -> Observations:
    """Whoever reaches these ports can change apps, read settings, or run code in the JVM.

    JMX is shipped without a password. wcsdiag needs none of them from outside: it goes through
    SSH.

    Fix
    ---
    Close them in the firewall for all but the host itself, or for the networks that need them::

        sudo ufw deny 50999/tcp
        sudo firewall-cmd --list-ports
    """
    if isinstance(seen, Unavailable):
        yield _not_seen(seen)
        return
    closed: list[str] = []
    for port in _ports(installation, settings, Role.PRIVATE):
        attempt = seen.at(port.port)
        if attempt is not None and attempt.outcome is Outcome.OK:
            yield _exposed(port, seen.address)
        else:
            closed.append(f"{port}: {_why_closed(port, attempt, sockets)}")
    if closed:
        evidence = Evidence("\n".join(closed), f"operator: TCP to {seen.address}; host: sockets")
        yield passed(f"{len(closed)} private ports are not reachable", evidence)


def _ports(
    installation: Installation, settings: Settings | Unavailable, role: Role
) -> Iterable[WcsPort]:
    known = settings if isinstance(settings, Settings) else None
    ports = ports_in_effect(installation.generation, known)
    return (port for port in ports if port.role is role and port.invalid is None)


def _invalid(port: WcsPort) -> Undetermined:
    text = f"{port.setting}={port.invalid}"
    return undetermined(
        f"{port.setting} is no port, so it is not known where {port.name} should listen",
        Evidence(text, port.where or "host: settings"),
        fix=Fix(f"Set {port.setting} to a number from 1 to 65535 and restart WCS."),
        subject=str(port.port),
    )


def _not_listening(
    port: WcsPort,
    sockets: ListeningSockets,
    installation: Installation,
    settings: Settings | Unavailable,
) -> Finding | Undetermined:
    nothing = Evidence(f"no socket on port {port.port}", sockets.where)
    evidence = [nothing]
    if port.where is not None:
        evidence.insert(0, Evidence(f"{port.setting}={port.port}", port.where))
    if port.setting is not None and isinstance(settings, Unavailable):
        return undetermined(
            f"Nothing listens on {port}, but {port.setting} could not be read: "
            "another port may be set",
            *evidence,
            subject=str(port.port),
        )
    so_what = "hooks cannot flow" if port.part is Part.MANAGER else "what needs it cannot work"
    restart: tuple[str, ...] = ("sudo systemctl restart webcallserver",)
    if installation.generation is Generation.WITH_MANAGER:
        script = f"cd {installation.home}/bin && sudo ./webcallserver"
        restart = (f"{script} stop", f"{script} start")
    return failed(
        f"Nothing listens on {port}: {so_what}",
        *evidence,
        fix=Fix(
            f"Look in the log why WCS could not open port {port.port}, then restart it.",
            (f"grep -iE 'bind|in use|{port.port}' {_log(installation)} | tail", *restart),
        ),
        subject=str(port.port),
    )


def _log(installation: Installation) -> str:
    return f"{installation.home}/logs/server_logs/flashphoner.log"


def _listening(ports: list[WcsPort], others: list[WcsPort], sockets: ListeningSockets) -> Finding:
    found = [str(socket) for port in ports for socket in sockets.on(port.port)]
    optional = ", ".join(str(port) for port in others)
    note = f"; not in use: {optional}" if optional else ""
    return passed(
        f"Listening: {', '.join(str(port) for port in ports)}{note}",
        Evidence(", ".join(found), sockets.where),
    )


def _not_seen(seen: Unavailable) -> Undetermined:
    if seen.because != "FWL103":
        raise seen
    return undetermined(seen.reason, *seen.evidence, fix=seen.fix)


def _tells(attempt: PortSeen) -> bool:
    """A refusal may only mean that nothing listens; silence or no route is somebody's doing."""
    return attempt.outcome is not Outcome.REFUSED


def _unreachable(
    port: WcsPort, attempt: PortSeen, address: str, listening: ListeningSockets | None
) -> Finding:
    on_host = ", ".join(str(socket) for socket in listening.on(port.port)) if listening else ""
    evidence = [Evidence(attempt.detail, f"operator: TCP to {address}:{port.port}")]
    if listening is not None and on_host:
        evidence.append(Evidence(on_host, listening.where))
    how = {Outcome.REFUSED: "refused", Outcome.TIMED_OUT: "filtered"}.get(
        attempt.outcome, "not reachable"
    )
    return warned(
        f"{port} is {how} from the operator, though it should serve clients",
        *evidence,
        fix=Fix(
            "Try from a client's network; if it fails there too, open the port in the firewalls.",
            (f"nc -vz -w 5 {address} {port.port}",),
        ),
        subject=str(port.port),
    )


def _exposed(port: WcsPort, address: str) -> Finding:
    return warned(
        f"{port} is reachable from the operator: it should be for the host alone",
        Evidence("connected", f"operator: TCP to {address}:{port.port}"),
        fix=Fix(
            f"Close {port.port}/tcp in the host's firewall but for those who need it.",
            (f"sudo ufw deny {port.port}/tcp   # or your firewall's own command",),
        ),
        subject=str(port.port),
    )


def _why_closed(
    port: WcsPort, attempt: PortSeen | None, sockets: ListeningSockets | Unavailable
) -> str:
    if attempt is not None:
        return attempt.detail or attempt.outcome.value
    listens = isinstance(sockets, ListeningSockets) and bool(sockets.on(port.port))
    return "listens for the host alone" if listens else "does not listen"
