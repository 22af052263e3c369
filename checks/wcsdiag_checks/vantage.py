"""Groups FWL and WEB: what limits the host's vantage, and where names differ between the two."""

from __future__ import annotations

from wcsdiag.facts.probes import ProbedUrl, WebServerProbes
from wcsdiag.facts.routes import address_of
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Unavailable,
    failed,
    passed,
    warned,
)
from wcsdiag.net.probe import AddressAttempt, Outcome, Phase, Probe
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag.wcs.settings import Settings
from wcsdiag_checks.web_server_seen import (
    NO_PATH,
    WRONG_TEXT,
    WRONG_URL,
    attempts_text,
    from_host,
    is_denied,
)

FORWARDING = Fix(
    "Let the SSH server open connections for this login: AllowTcpForwarding in sshd_config.",
    ("sudo sshd -T | grep -iE 'allowtcpforwarding|permitopen|disableforwarding'",),
)


@check("FWL109", "SSH forwarding is allowed, so that the host's vantage is complete")
def forwarding_allowed(probes: WebServerProbes) -> Observations:
    """Probes of the host's vantage are connections that its SSH server opens. Where it opens none,
    programs of the host take its place, and they see less.

    Fix
    ---
    Allow it for the login of wcsdiag, in /etc/ssh/sshd_config::

        AllowTcpForwarding local
    """
    for url, probe in from_host(probes):
        if not probe.attempts:
            continue
        seen = Evidence(attempts_text(probe), f"host: {url.url}")
        denied = any(each.outcome is Outcome.FORWARDING_DENIED for each in probe.attempts)
        if not probe.tool and not denied:
            yield passed("the SSH server opens connections", seen, subject=url.url)
            continue
        yield warned(
            f"the SSH server forwards no connections; {_instead(probe)}",
            seen,
            subject=url.url,
            fix=FORWARDING,
        )
    if not any(probe.attempts for _, probe in from_host(probes)):
        raise NotApplicable("There was no address to connect to")


def _instead(probe: Probe) -> str:
    if not probe.tool:
        return "no program of the host could take their place, so its vantage is unknown"
    if probe.phase(Phase.HTTP) is None or is_denied(probe):
        return (
            f"{probe.tool} was used, which tells whether the port is open, and nothing of TLS and"
            " of the answer"
        )
    return (
        f"{probe.tool} on the host was used, and passed on what was sent; its times hold the time"
        " that such a program takes to start"
    )


@check(
    "WEB114", "The web server's name resolves alike for host and operator", explained_by=WRONG_TEXT
)
def name_resolves_alike(probes: WebServerProbes) -> Observations:
    """Two resolvers with two answers mean two machines: what is seen from the one says nothing of
    the other. Split DNS does it on purpose, a stale `/etc/hosts` by accident.

    Fix
    ---
    Compare the answers, and look for the name in the host's own file::

        getent ahosts NAME
        grep -n NAME /etc/hosts
    """
    judged = False
    for url, probe in from_host(probes):
        if url.rest_url is None or url.rest_url.address or url.operator is None:
            continue
        if probe.addresses:
            judged = True
            yield _alike(url, probe, url.operator)
    if not judged:
        raise NotApplicable("No name of a REST URL was looked up at both vantages")


def _alike(url: ProbedUrl, host: Probe, operator: Probe) -> Finding:
    name = url.rest_url.host if url.rest_url else url.url
    seen = (
        Evidence(" ".join(host.addresses), f"host: getent ahosts {name}"),
        Evidence(" ".join(operator.addresses) or "no address", f"operator: {name}"),
    )
    if not operator.addresses:
        return passed(f"only the host knows {name}, and the host counts", *seen, subject=url.url)
    ours, theirs = set(operator.addresses), set(host.addresses)
    if ours & theirs:
        text = "alike" if ours == theirs else "in part alike: such names often change their answers"
        return passed(f"{name} resolves {text}", *seen, subject=url.url)
    misled = host.outcome is not Outcome.OK and operator.outcome is Outcome.OK
    status = failed if misled else warned
    return status(
        f"{name} is another machine for the host ({' '.join(host.addresses)}) than for the"
        f" operator ({' '.join(operator.addresses)})"
        + (", and only the operator's works" if misled else ""),
        *seen,
        subject=url.url,
        fix=Fix(
            "If that is not meant, correct the host's resolver or its /etc/hosts.",
            (f"getent ahosts {name}", f"grep -n {name} /etc/hosts", "cat /etc/resolv.conf"),
        ),
    )


@check(
    "WEB115",
    "No address of the web server's name is dropped while another answers",
    explained_by=(*WRONG_URL, "FWL105"),
)
def no_address_dropped(
    target: Target, probes: WebServerProbes, settings: Settings | Unavailable
) -> Observations:
    """Java tries the addresses of a name in order, IPv4 ones first unless it is told otherwise. One
    that is dropped in silence costs its whole time limit; a web server that answers at the next
    one is then too late, or is never asked.

    Whether WCS goes on to the next address is not documented.

    Fix
    ---
    Open the way to the address, or take it out of the name. Where it is the IPv6 one, WCS can be
    told to use IPv4 alone, in conf/wcs-core.properties::

        -Djava.net.preferIPv4Stack=true
    """
    judged = False
    for url, probe in from_host(probes):
        if any(each.outcome is Outcome.OK for each in probe.attempts):
            judged = True
            yield _dropped(target, url, probe, settings)
    if not judged:
        raise NotApplicable("No address of a REST URL answers, or none was tried")


def _dropped(
    target: Target, url: ProbedUrl, probe: Probe, settings: Settings | Unavailable
) -> Finding:
    seen = Evidence(attempts_text(probe), f"host: {url.url}")
    dropped = [each for each in probe.attempts if _is_lost(each)]
    if not dropped:
        text = "every address that was tried answers, or is refused at once"
        return passed(text, seen, subject=url.url)
    order = _in_javas_order(probe.attempts, settings)
    first = order[0] in dropped
    places = " ".join(each.address for each in dropped)
    when = "which Java tries first" if first else f"which Java tries after {order[0].address}"
    return warned(
        f"of {len(probe.attempts)} addresses, {places} is dropped in silence, {when}",
        seen,
        subject=url.url,
        fix=Fix(
            f"Open the way from the host to {places}, or take it out of the name."
            + (_IPV4_ALONE if all(":" in each.address for each in dropped) else ""),
            (f"ssh {target.host} ip route get {dropped[0].address}",),
        ),
    )


_IPV4_ALONE = " Or let WCS use IPv4 alone: -Djava.net.preferIPv4Stack=true, then restart it."


def _is_lost(attempt: AddressAttempt) -> bool:
    return attempt.outcome in NO_PATH and attempt.outcome is not Outcome.NET_UNREACHABLE


def _in_javas_order(
    attempts: tuple[AddressAttempt, ...], settings: Settings | Unavailable
) -> list[AddressAttempt]:
    """IPv4 first, unless -Djava.net.preferIPv6Addresses says otherwise (Java networking guide)."""
    option = (
        settings.jvm.get("java.net.preferIPv6Addresses") if isinstance(settings, Settings) else None
    )
    chosen = option.value.strip().lower() if option is not None else "false"
    if chosen == "system":
        return list(attempts)
    ipv6_first = chosen == "true"

    def is_later(attempt: AddressAttempt) -> bool:
        address = address_of(attempt.address)
        is_ipv6 = address is not None and address.version == 6
        return is_ipv6 is not ipv6_first

    return sorted(attempts, key=is_later)
