"""Group FWL, firewall and ports: the web server's own machine, by `--web-ssh`."""

from __future__ import annotations

from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.facts.routes import address_of
from wcsdiag.facts.sockets import ListeningSocket
from wcsdiag.facts.way_in import InWay, WayIn
from wcsdiag.facts.way_out import attempts_of
from wcsdiag.facts.web_machine import Egress, WebListening, WebServerMachine
from wcsdiag.firewall.model import Address, Fate
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
    warned,
)
from wcsdiag.net.probe import Outcome
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.firewall_seen import STOPPED, cited, mended, told, unknown_matches
from wcsdiag_checks.firewall_sources import Allowed, allowed_sources
from wcsdiag_checks.web_server_seen import NO_PATH, WRONG_URL

_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - read from `ss`, nothing is bound
_ADDRESSES = "web server: ip addr show"
_WHICH = Fix("Give --web-ssh the machine whose address the REST URL has, or leave it out.")
_FILTERED = frozenset({*NO_PATH, Outcome.REFUSED, Outcome.RESET})


@check(
    "FWL107",
    "The web server's own rules let the hook in",
    explained_by=(*WRONG_URL, "FWL112"),
)
def rules_let_in(way_in: WayIn | Unavailable) -> Observations:
    """With `--web-ssh` the rules of the web server's machine are read as the host's are, and
    followed for a packet that comes from the host.

    Fix
    ---
    Let this host in to this port, by a rule before the deciding one::

        sudo ufw allow from HOST to any port PORT proto tcp
        sudo iptables -I INPUT -p tcp -s HOST --dport PORT -j ACCEPT
        sudo nft insert rule inet filter input ip saddr HOST tcp dport PORT accept
    """
    if isinstance(way_in, Unavailable):
        if way_in.because != "FWL107":
            raise way_in
        yield undetermined(way_in.reason, *way_in.evidence, fix=way_in.fix)
        return
    for way in way_in.ways:
        yield _let_in(way, way_in)


def _let_in(way: InWay, found: WayIn) -> Finding | Undetermined:
    who = f"{way.source or 'the host'} to {way.address} port {way.port}"
    subject = way.url.url
    if way.passed:
        seen = (
            cited(way.decision, found.rules)
            if way.decision is not None and way.decision.fate is Fate.ACCEPTED
            else Evidence("connected", f"host: TCP to {way.address} port {way.port}")
        )
        return passed(f"the web server lets in {who}", seen, subject=subject)
    if not way.here:
        return undetermined(
            f"{way.address} is not an address of the machine of --web-ssh, and nothing shows that"
            " it leads there: the rules of that machine tell nothing",
            subject=subject,
            fix=_WHICH,
        )
    if way.decision is None:
        if way.outcome not in _FILTERED:
            seen = Evidence(way.outcome.value, f"host: TCP to {way.address} port {way.port}")
            return passed("nothing shows a rule against it", seen, subject=subject)
        refused = found.rules.why_unknown() if not found.rules.known else ()
        return undetermined(
            "whether the web server's own rules stop it is unknown: "
            + ("its rules could not be read" if refused else "it is not known who it sees"),
            *refused,
            subject=subject,
            fix=found.rules.grant() if found.rules.is_denied else None,
        )
    seen = cited(way.decision, found.rules)
    if way.decision.fate in STOPPED:
        return failed(
            f"the web server does not let in {who}: {told(way.decision)}",
            seen,
            subject=subject,
            fix=mended(way.decision, found.rules, way.way),
        )
    if way.decision.fate is Fate.DEPENDS and way.outcome in _FILTERED:
        reason = f"whether the web server lets in {who} depends on: {unknown_matches(way.decision)}"
        return undetermined(reason, seen, subject=subject)
    return passed(f"the web server's rules let in {who}", seen, subject=subject)


@check(
    "FWL108",
    "The web server's process listens where the hook arrives",
    explained_by=WRONG_URL,
)
def listens_where_it_arrives(
    target: Target,
    probes: WebServerProbes,
    listening: WebListening | Unavailable,
    machine: WebServerMachine,
    egress: Egress | Unavailable,
) -> Observations:
    """A web server that is configured for 127.0.0.1 answers on its own machine and nowhere else:
    whoever tries it there finds it in order.

    Fix
    ---
    Start it, or let it listen on the address that the REST URL names::

        sudo ss -tlnp
        # nginx: listen 9091;   Tomcat: address="0.0.0.0"   Node.js: listen(9091, "0.0.0.0")
    """
    if isinstance(listening, Unavailable):
        if listening.because != "FWL108":
            raise listening
        if all(attempt.outcome is Outcome.OK for _, attempt in attempts_of(probes)):
            raise NotApplicable(listening.reason)
        yield undetermined(listening.reason, *listening.evidence, fix=listening.fix)
        return
    arrived_at = egress.arrived_at if isinstance(egress, Egress) else frozenset()
    judged = False
    for url, attempt in attempts_of(probes):
        address = address_of(attempt.address)
        if address is None or address.is_loopback:
            continue
        judged = True
        passes = attempt.outcome is Outcome.OK
        if address in machine.table.local:
            yield _listener(target, url, attempt.port, address, listening, passes=passes)
        else:
            seen = Evidence(", ".join(map(str, machine.table.local)) or "none", _ADDRESSES)
            yield _not_here(url, address, seen, leads_here=address in arrived_at, passes=passes)
    if not judged:
        raise NotApplicable("No REST URL leads from the host to another machine")


def _listener(
    target: Target,
    url: ProbedUrl,
    port: int,
    address: Address,
    listening: WebListening,
    *,
    passes: bool,
) -> Finding:
    seen = Evidence(listening.shown(port), listening.where)
    sockets = listening.on(port)
    where = f"{address} port {port}"
    if any(_serves(socket, address, listening) for socket in sockets):
        return passed(f"the web server listens for {where}", seen, subject=url.url)
    if passes:
        text = f"the web server answers at {where}, though by no socket of this machine"
        return passed(text, seen, subject=url.url)
    if sockets and all(socket.is_loopback_only for socket in sockets):
        what = f"the web server listens on port {port} for its own machine alone (loopback)"
    elif any(socket in listening.only_ipv6 for socket in sockets):
        what = f"the web server listens on port {port} for IPv6 alone, not on {address}"
    elif sockets:
        what = f"the web server listens on port {port} of other addresses, not on {address}"
    else:
        what = f"nothing listens on port {port} of the web server's machine"
    return failed(what, seen, subject=url.url, fix=_listen_fix(target, port, address, sockets))


def _not_here(
    url: ProbedUrl, address: Address, seen: Evidence, *, leads_here: bool, passes: bool
) -> Finding | Undetermined:
    """The address is another machine's: one that passes hooks on, or the wrong --web-ssh."""
    start = f"{address} is not an address of the machine of --web-ssh"
    if leads_here and passes:
        return passed(f"{start}, but leads there", seen, subject=url.url)
    if leads_here:
        text = f"{start}, but leads there: to which of its ports the hooks come is not known"
        return undetermined(text, seen, subject=url.url)
    text = f"{start}: something passes the hooks on, or it is the wrong machine"
    if passes:
        return warned(text, seen, subject=url.url, fix=_WHICH)
    return undetermined(text, seen, subject=url.url, fix=_WHICH)


def _listen_fix(
    target: Target, port: int, address: Address, sockets: tuple[ListeningSocket, ...]
) -> Fix:
    machine = target.web_ssh.host if target.web_ssh else "WEB"
    text = (
        f"Let it listen on {address}, or on all addresses, and restart it."
        if sockets
        else f"Start the web server, or correct the port {port} in the REST URL."
    )
    return Fix(text, (f"ssh {machine} sudo ss -tlnp",))


def _serves(socket: ListeningSocket, address: Address, listening: WebListening) -> bool:
    if socket.address == "::":
        return address.version == 6 or socket not in listening.only_ipv6
    if socket.address in _EVERYWHERE:
        return address.version == 4
    return address_of(socket.address) == address


@check(
    "FWL112",
    "The source that the web server's rules allow is the one that it sees",
    explained_by=WRONG_URL,
)
def allowed_source_is_seen(
    way_in: WayIn | Unavailable, egress: Egress | Unavailable
) -> Observations:
    """A port that is opened for one source is closed to all others. The host's source is the
    address that its route gives it, or that of whatever translates addresses on the way.

    Fix
    ---
    See on the web server who comes, and name that address in the rule::

        ip route get WEB-SERVER                  # on the host: src
        sudo ss -Htn state established           # on the web server, while a connection is open
    """
    if isinstance(way_in, Unavailable):
        if way_in.because != "FWL107":
            raise way_in
        # FWL107 says so: as its consequence this check would stand beside it as its cause.
        raise NotApplicable(way_in.reason)
    judged = False
    for way in way_in.ways:
        if not way.passed and not _decides(way):
            continue
        allowed = allowed_sources(way_in.rules.ruleset, way.port, way.address.version)
        if allowed and way.source is not None:
            judged = True
            yield _source(way, way_in, allowed, egress)
    if not judged:
        raise NotApplicable("The web server's rules name no source for the port")


def _decides(way: InWay) -> bool:
    return way.decision is not None and way.decision.fate is not Fate.DEPENDS


def _source(
    way: InWay, found: WayIn, allowed: tuple[Allowed, ...], egress: Egress | Unavailable
) -> Finding | Undetermined:
    assert way.source is not None
    rules = Evidence(
        "\n".join(each.place.rule.text for each in allowed if each.place.rule), found.rules.where
    )
    seen_by = egress.how if isinstance(egress, Egress) else egress.reason
    source = Evidence(
        f"source {way.source}",
        f"web server: {seen_by}" if way.source_seen else "host: ip route get",
    )
    named = any(each.holds(way.source) for each in allowed)
    stopped = way.decision is not None and way.decision.fate in STOPPED
    if named or way.passed or not stopped:
        text = "is allowed" if named else "gets in all the same"
        return passed(
            f"the host comes as {way.source}, which {text}", rules, source, subject=way.url.url
        )
    translated = way.source.is_private and not way.address.is_private
    if translated and not way.source_seen:
        return undetermined(
            f"the host comes as {way.source} and is translated on the way: which source the web"
            " server sees could not be observed",
            rules,
            source,
            subject=way.url.url,
        )
    assert way.decision is not None
    return failed(
        f"port {way.port} is open for other sources: the web server sees {way.source}, and the"
        f" rules allow {_sources(allowed)}",
        rules,
        source,
        subject=way.url.url,
        fix=mended(way.decision, found.rules, way.way),
    )


def _sources(allowed: tuple[Allowed, ...]) -> str:
    named = list(dict.fromkeys(str(value) for each in allowed for value in each.sources))
    return ", ".join(named[:5]) + (", ..." if named[5:] else "")
