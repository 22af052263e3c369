"""Group FWL, firewall and ports: what stands between the host and the web server."""

from __future__ import annotations

from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
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
)
from wcsdiag.net.probe import Outcome, Phase, Probe
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.web_server_seen import (
    NO_PATH,
    WRONG_URL,
    attempts_text,
    code_behind,
    from_host,
    other_vantage,
)

_CANDIDATES = {
    Outcome.TIMED_OUT: "packets are dropped on the way, or no machine has this address",
    Outcome.NO_ROUTE: "a firewall rejects, no machine has this address, or a route is missing",
    Outcome.NET_UNREACHABLE: "the host has no route there, or a firewall rejects",
}
_EVERY_ADDRESS = {"0.0.0.0", "::", "*"}  # noqa: S104 - read from `ss`, nothing is bound
_ALLOWED_WORDS = ("permission denied", "operation not permitted")


@check(
    "FWL101",
    "Nothing between host and web server filters",
    explained_by=(*WRONG_URL, "URL114"),
)
def nothing_filters(
    target: Target, probes: WebServerProbes, sockets: ListeningSockets | Unavailable
) -> Observations:
    """Hooks are outgoing connections of the host: rules for outgoing traffic count there, rules for
    incoming traffic at the web server, and everything between.

    A refusal is no sign of a filter by itself: a closed port and a REJECT rule look alike.

    Fix
    ---
    Allow the web server's port in the host's outgoing rules, and the host's address in the web
    server's incoming ones; in a cloud, in the security groups of both::

        ip route get ADDRESS
        sudo iptables -S OUTPUT        # or: sudo nft list ruleset
    """
    reached = [(url, probe) for url, probe in from_host(probes) if probe.phase(Phase.CONNECT)]
    if not reached:
        _, first = from_host(probes)[0]
        raise Unavailable("there is no address to connect to", because=code_behind(first))
    for url, probe in reached:
        yield _path(target, url, probe, sockets)


def _path(
    target: Target, url: ProbedUrl, probe: Probe, sockets: ListeningSockets | Unavailable
) -> Finding | Undetermined:
    result = probe.phase(Phase.CONNECT)
    assert result is not None
    tried = Evidence(attempts_text(probe) or result.detail, f"host: {url.url}")
    if result.outcome is Outcome.OK:
        return passed("the way to the web server is open", tried, subject=url.url)
    if result.outcome is Outcome.FORWARDING_DENIED:
        return undetermined(
            "the SSH server forwards no connections, so the host's way is unknown",
            tried,
            subject=url.url,
        )
    if result.outcome in NO_PATH:
        return _filtered(target, url, probe, tried)
    if result.outcome is not Outcome.REFUSED:
        reason = "the attempt to connect ended without a verdict"
        return undetermined(reason, tried, subject=url.url)
    if url.rest_url and url.rest_url.is_loopback and isinstance(sockets, ListeningSockets):
        return _inside(target, url, probe, sockets)
    return undetermined(
        "the connection was refused: a closed port and a REJECT rule look alike",
        tried,
        *other_vantage(url),
        subject=url.url,
        fix=_see_rules(target, probe, "The rules of the host tell which it is:"),
    )


def _inside(target: Target, url: ProbedUrl, probe: Probe, sockets: ListeningSockets) -> Finding:
    """A refusal that never left the host: its own sockets tell a rule from a closed port."""
    port = url.rest_url.port if url.rest_url else 0
    tried = Evidence(attempts_text(probe), f"host: {url.url}")
    tried_ones = {attempt.address for attempt in probe.attempts} | _EVERY_ADDRESS
    listening = [socket for socket in sockets.on(port) if socket.address in tried_ones]
    found = " ".join(f"{socket.address}:{socket.port}" for socket in sockets.on(port))
    seen = Evidence(found or f"no socket listens on port {port}", sockets.where)
    if listening:
        return failed(
            f"port {port} listens on the host and still refuses: a rule on the"
            " loopback interface filters",
            tried,
            seen,
            subject=url.url,
            fix=_see_rules(target, probe, "Let the loopback interface through:"),
        )
    return passed(
        f"nothing listens there on port {port}; no filter is needed to explain that",
        tried,
        seen,
        subject=url.url,
    )


def _filtered(target: Target, url: ProbedUrl, probe: Probe, tried: Evidence) -> Finding:
    result = probe.phase(Phase.CONNECT)
    assert result is not None
    place = f"{' '.join(probe.addresses)} port {probe.attempts[0].port}" if probe.attempts else ""
    words = result.detail.lower()
    operator = url.operator.phase(Phase.CONNECT) if url.operator else None
    if any(allowed in words for allowed in _ALLOWED_WORDS):
        why = "the host's own rules forbid it"
    elif operator and operator.outcome is Outcome.OK:
        why = (
            "the operator gets through, so the host's outgoing rules, or rules that treat the"
            " host's address differently, are in the way"
        )
    else:
        why = _CANDIDATES.get(result.outcome, "the connection failed")
    return failed(
        f"no way from the host to {place}: {why}",
        tried,
        *other_vantage(url),
        subject=url.url,
        fix=_see_rules(
            target,
            probe,
            "Allow the port in the host's outgoing rules and the host's address in the web"
            " server's incoming ones, security groups of a cloud included.",
        ),
    )


def _see_rules(target: Target, probe: Probe, text: str) -> Fix:
    routes = tuple(on_host(target, f"ip route get {address}") for address in probe.addresses)
    return Fix(text, (*routes, on_host(target, "sudo iptables -S OUTPUT")))
