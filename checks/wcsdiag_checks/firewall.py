"""Group FWL, firewall and ports: what stands between the host and the web server."""

from __future__ import annotations

from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.facts.way_in import WayIn
from wcsdiag.facts.way_out import WayOut
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
)
from wcsdiag.net.probe import Outcome, Phase, Probe
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.firewall_seen import MACHINE, RulesAccept, rules_accept
from wcsdiag_checks.vantage import FORWARDING
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
_WEB_SSH = Fix(
    "Let wcsdiag read the web server's rules too, with --web-ssh USER@WEB; or allow the host's"
    " address there by hand, in the security groups of a cloud as well.",
)
_FWL107_SAYS = Fix(
    "FWL107 says why the rules of the web server's machine are not known. Or allow the host's"
    " address there by hand, in the security groups of a cloud as well.",
)
_ALLOWED_WORDS = ("permission denied", "operation not permitted")


@check(
    "FWL101",
    "Nothing between host and web server filters",
    explained_by=(*WRONG_URL, "URL114", *MACHINE),
)
def nothing_filters(
    target: Target,
    probes: WebServerProbes,
    sockets: ListeningSockets | Unavailable,
    way_out: WayOut | Unavailable | NotApplicable,
    way_in: WayIn | Unavailable | NotApplicable,
) -> Observations:
    """Hooks are outgoing connections of the host: rules for outgoing traffic count there, rules for
    incoming traffic at the web server, and everything between.

    A refusal is no sign of a filter by itself: a closed port and a REJECT rule look alike. Where
    the rules of a machine could be read, they tell: FWL105 of the host, FWL107 of the web server.

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
        rules = rules_accept(url.url, way_out, way_in)
        yield _path(target, url, probe, sockets, rules)


def _path(
    target: Target,
    url: ProbedUrl,
    probe: Probe,
    sockets: ListeningSockets | Unavailable,
    rules: RulesAccept,
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
            fix=FORWARDING,
        )
    if result.outcome in NO_PATH:
        return _filtered(target, url, probe, tried, rules)
    if result.outcome is not Outcome.REFUSED:
        reason = "the attempt to connect ended without a verdict"
        return undetermined(reason, tried, subject=url.url)
    if url.rest_url and url.rest_url.is_loopback and isinstance(sockets, ListeningSockets):
        return _inside(target, url, probe, sockets)
    if rules.host and rules.web_server:
        return passed(
            "refused, and no rule of the host or the web server rejects: a closed port explains it",
            tried,
            *rules.evidence,
            subject=url.url,
        )
    here = "; the host's own rules do not reject it" if rules.host else ""
    return undetermined(
        f"the connection was refused: a closed port and a REJECT rule look alike{here}",
        tried,
        *rules.evidence,
        *other_vantage(url),
        subject=url.url,
        fix=_look_there(target)
        if rules.host
        else _see_rules(target, probe, "The rules of the host tell which it is.", rules.grant),
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


def _filtered(
    target: Target, url: ProbedUrl, probe: Probe, tried: Evidence, rules: RulesAccept
) -> Finding:
    result = probe.phase(Phase.CONNECT)
    assert result is not None
    place = f"{' '.join(probe.addresses)} port {probe.attempts[0].port}" if probe.attempts else ""
    words = result.detail.lower()
    operator = url.operator.phase(Phase.CONNECT) if url.operator else None
    if rules.host:
        return _elsewhere(target, url, place, tried, rules)
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
            rules.grant,
        ),
    )


def _elsewhere(
    target: Target, url: ProbedUrl, place: str, tried: Evidence, rules: RulesAccept
) -> Finding:
    """The host's own rules are not to blame: what is left lies beyond it."""
    evidence = (tried, *rules.evidence, *other_vantage(url))
    start = f"no way from the host to {place}, and not by a rule on this host: its rules let it out"
    if rules.web_server:
        return failed(
            f"{start}, and the web server's let it in: a filter in the network between them, or no"
            " machine at this address",
            *evidence,
            subject=url.url,
            fix=Fix("Look at the routers and security groups between the two machines."),
        )
    return failed(
        f"{start}. The web server's rules, or the network between them, are in the way",
        *evidence,
        subject=url.url,
        fix=_look_there(target),
    )


def _look_there(target: Target) -> Fix:
    return _FWL107_SAYS if target.web_ssh else _WEB_SSH


def _see_rules(target: Target, probe: Probe, text: str, grant: Fix | None = None) -> Fix:
    routes = tuple(on_host(target, f"ip route get {address}") for address in probe.addresses)
    rules = tuple(
        on_host(target, f"sudo {program}") for program in ("nft list ruleset", "iptables -S OUTPUT")
    )
    if grant is None:
        return Fix(text, (*routes, *rules))
    return Fix(
        f"{text} wcsdiag names the rule, if it may read them: {_lower(grant.text)}",
        (*routes, *rules, *grant.commands),
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
