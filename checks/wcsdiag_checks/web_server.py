"""Group WEB, web server: can it be reached from the host, and from where else."""

from __future__ import annotations

from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
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
from wcsdiag.net.probe import Outcome, Phase, Probe
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag_checks.firewall_seen import MACHINE
from wcsdiag_checks.web_server_seen import (
    NO_PATH,
    WRONG_URL,
    attempts_text,
    code_behind,
    from_host,
    is_denied,
    other_vantage,
)

_NAME_FAILURES = {
    Outcome.NAME_NOT_FOUND: "does not exist for the host's resolver",
    Outcome.NAME_SERVER_FAILED: "cannot be looked up: the host's name servers fail",
    Outcome.TIMED_OUT: "got no answer from the host's resolver within wcsdiag's limit (--timeout)",
}
_ABOUT_CERTIFICATE = frozenset({Outcome.TLS_UNTRUSTED, Outcome.TLS_EXPIRED, Outcome.TLS_WRONG_NAME})
_ALLOW_FORWARDING = Fix(
    "Let the SSH server open connections for this login: AllowTcpForwarding in sshd_config.",
    ("sudo sshd -T | grep -iE 'allowtcpforwarding|permitopen|disableforwarding'",),
)


@check("WEB101", "The web server's name resolves on the host", explained_by=WRONG_URL)
def name_resolves(target: Target, probes: WebServerProbes) -> Observations:
    """WCS asks the host's resolver, so what other machines know of a name proves nothing.

    Fix
    ---
    Ask the host itself, then correct the REST URL, the DNS zone or `/etc/hosts`::

        getent ahosts NAME
        cat /etc/resolv.conf
    """
    for url, probe in from_host(probes):
        yield _name(target, url, probe)


def _name(target: Target, url: ProbedUrl, probe: Probe) -> Finding | Undetermined:
    result = probe.phase(Phase.NAME)
    name = url.rest_url.host if url.rest_url else url.url
    place = f"host: getent ahosts {name}"
    if result is None:
        return undetermined("the name was not looked up", subject=url.url)
    if url.rest_url and url.rest_url.address:
        address = Evidence(name, f"REST URL {url.url}")
        return passed(
            f"{name} is an address; there is no name to resolve", address, subject=url.url
        )
    if result.outcome is Outcome.OK:
        addresses = Evidence(" ".join(probe.addresses), place)
        return passed(f"{name} resolves on the host", addresses, subject=url.url)
    evidence = (Evidence(result.detail, place), *other_vantage(url))
    if result.outcome not in _NAME_FAILURES:
        return undetermined(f"the lookup of {name} failed", *evidence, subject=url.url)
    fix = Fix(
        f"Correct the name in the REST URL, or make {name} known to the host's resolver.",
        (on_host(target, f"getent ahosts {name}"), on_host(target, "cat /etc/resolv.conf")),
    )
    summary = f"{name} {_NAME_FAILURES[result.outcome]}"
    return failed(summary, *evidence, subject=url.url, fix=fix)


@check(
    "WEB102",
    "The web server accepts TCP connections from the host",
    explained_by=(*WRONG_URL, "URL112", "URL114", *MACHINE, "FWL101"),
)
def accepts_connections(target: Target, probes: WebServerProbes) -> Observations:
    """No connection, no hook. A refusal comes at once, a filter usually lets one wait.

    A closed port and a firewall's REJECT look alike: "Connection refused" says only that somebody
    answered with a refusal. Where the operator reaches the same port, a filter is likely.

    Fix
    ---
    Start the web server, correct the port in the REST URL, or open the port for the host::

        ss -tlnp                    # on the web server: does something listen on the port?
        nc -zv WEB_SERVER PORT      # on the host
    """
    reached = [(url, probe) for url, probe in from_host(probes) if probe.phase(Phase.CONNECT)]
    if not reached:
        _, first = from_host(probes)[0]
        raise Unavailable("there is no address to connect to", because=code_behind(first))
    for url, probe in reached:
        yield _connection(target, url, probe)
        if probe.tool and is_denied(probe) and url.operator is None:
            yield undetermined(
                f"{probe.tool} on the host connects, but the SSH server forwards no connections,"
                " so the web server's answer is unknown",
                subject=url.url,
                fix=_ALLOW_FORWARDING,
            )


def _connection(target: Target, url: ProbedUrl, probe: Probe) -> Finding | Undetermined:
    result = probe.phase(Phase.CONNECT)
    assert result is not None
    evidence = Evidence(attempts_text(probe) or result.detail, f"host: {url.url}")
    if result.outcome is Outcome.OK:
        return _open(url, probe, evidence)
    if result.outcome is Outcome.FORWARDING_DENIED:
        return undetermined(
            "the SSH server refuses to forward a connection, so the host's view is unknown",
            evidence,
            *other_vantage(url),
            subject=url.url,
            fix=_ALLOW_FORWARDING,
        )
    if result.outcome not in _CONNECTION_FAILURES:
        reason = "the attempt to connect ended without a verdict"
        return undetermined(reason, evidence, subject=url.url)
    port = probe.attempts[0].port if probe.attempts else 0
    where = " and ".join(probe.addresses)
    words = _CONNECTION_FAILURES[result.outcome]
    return failed(
        f"{where} port {port} {words}",
        evidence,
        *other_vantage(url),
        subject=url.url,
        fix=_connection_fix(target, url, probe, port),
    )


_CONNECTION_FAILURES = {
    Outcome.REFUSED: "refuses connections: nothing listens there, or a firewall rejects",
    Outcome.TIMED_OUT: "does not answer within wcsdiag's limit (--timeout)",
    Outcome.NO_ROUTE: "cannot be reached: no route",
    Outcome.NET_UNREACHABLE: "cannot be reached: the network is unreachable",
    Outcome.RESET: "reset the connection",
    Outcome.CLOSED_EARLY: "closed the connection at once",
}


def _open(url: ProbedUrl, probe: Probe, evidence: Evidence) -> Finding:
    missing = [
        attempt.address
        for attempt in probe.attempts
        if attempt.outcome not in {Outcome.OK, *NO_PATH}
    ]
    if missing:
        return warned(
            f"of {len(probe.attempts)} addresses, {' '.join(missing)} refuses connections",
            evidence,
            subject=url.url,
            fix=Fix(
                "Mend or remove the dead address: hooks that pick it fail or wait.",
                (f"getent ahosts {url.rest_url.host}",) if url.rest_url else (),
            ),
        )
    return passed("the web server accepts connections from the host", evidence, subject=url.url)


def _connection_fix(target: Target, url: ProbedUrl, probe: Probe, port: int) -> Fix:
    operator = url.operator.phase(Phase.CONNECT) if url.operator else None
    on_server = f"ss -tlnp 'sport = :{port}'"
    if url.rest_url and url.rest_url.is_loopback:
        text = "Start what should listen there on the host, or correct the REST URL."
        return Fix(text, (on_host(target, on_server),))
    if operator and operator.outcome is Outcome.OK:
        text = (
            "The operator connects and the host does not: allow the host's address in the web"
            " server's firewall, and the port in the host's outgoing rules."
        )
        return Fix(text, (on_host(target, f"nc -zv {probe.addresses[0]} {port}"),))
    text = (
        f"See on the web server whether something listens on port {port}; start it, or correct"
        " the port in the REST URL. If it listens, a firewall rejects: allow the host's address."
    )
    return Fix(text, (on_server,))


@check(
    "WEB113",
    "The web server is reached from the host wherever the operator reaches it",
    explained_by=(
        *WRONG_URL,
        *("URL112", "URL114", *MACHINE, "FWL101"),
        *("WEB101", "WEB102", "WEB103", "WEB104", "WEB105"),
        *("WEB106", "WEB107", "WEB112"),
    ),
)
def vantages_agree(probes: WebServerProbes) -> Observations:
    """The two vantages together tell where to look, though the host's alone decides.

    Only the operator reaches it: a filter, another DNS answer or another route at the host.
    Neither does: the web server itself, or the REST URL. Only the host does: that is fine.

    Fix
    ---
    Compare name, address and route of the two machines::

        getent ahosts NAME
        ip route get ADDRESS
    """
    both = [(url, probe) for url, probe in from_host(probes) if url.operator]
    if not both:
        raise NotApplicable("the REST URLs can be asked from the host alone")
    judged = [(url, probe) for url, probe in both if probe.tool or not is_denied(probe)]
    if not judged:
        raise Unavailable("the host forwards no connections through SSH", because="WEB102")
    for url, probe in judged:
        assert url.operator is not None
        yield _comparison(url, probe, url.operator)


def _comparison(url: ProbedUrl, host: Probe, operator: Probe) -> Finding:
    evidence = (_view(url, host), _view(url, operator))
    last_of_host, last_of_operator = _comparable(host, operator)
    if last_of_host is last_of_operator and last_of_host in _ABOUT_CERTIFICATE:
        return passed(
            "host and operator both reach it, and both object to its certificate",
            *evidence,
            subject=url.url,
        )
    on_host, on_operator = last_of_host is Outcome.OK, last_of_operator is Outcome.OK
    if on_host and on_operator:
        return passed("host and operator both reach it", *evidence, subject=url.url)
    if on_host:
        return passed(
            "only the host reaches it, and the host is what counts", *evidence, subject=url.url
        )
    if on_operator:
        return failed(
            "the operator reaches it and the host does not: look for a filter on the host's side,"
            " for another DNS answer or another route there",
            *evidence,
            subject=url.url,
            fix=_compare_fix(host, operator),
        )
    return passed(
        "it fails from the operator as well: the host is not what is wrong",
        *evidence,
        subject=url.url,
    )


def _comparable(host: Probe, operator: Probe) -> tuple[Outcome, Outcome]:
    """How both ended; how both connected, where the host could do no more than that."""
    connected = [probe.phase(Phase.CONNECT) for probe in (host, operator)]
    if is_denied(host) and all(connected):
        ends = [result.outcome for result in connected if result]
        return ends[0], ends[1]
    return host.outcome, operator.outcome


def _compare_fix(host: Probe, operator: Probe) -> Fix:
    addresses = dict.fromkeys((*host.addresses, *operator.addresses))
    return Fix(
        "Compare, on both machines, the addresses of the name and the routes to them.",
        tuple(f"ip route get {address}" for address in addresses),
    )


def _view(url: ProbedUrl, probe: Probe) -> Evidence:
    steps = [
        f"{result.phase.value}: "
        + ("ok" if result.outcome is Outcome.OK else result.detail or result.outcome.value)
        + f" ({result.seconds:.3f} s)"
        for result in probe.phases
    ]
    addresses = f"addresses: {' '.join(probe.addresses) or 'none'}"
    return Evidence("\n".join([addresses, *steps]), f"{probe.vantage.value}: {url.url}")
