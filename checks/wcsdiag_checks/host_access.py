"""HST host: getting onto it."""

from __future__ import annotations

import shlex

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.by_hand import destination
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.model import Evidence, Fix, Unavailable, failed, passed, undetermined, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target

# Here our own side lacks something; the target may be as healthy as can be.
_OURS = frozenset(
    {
        HostFailure.AUTHENTICATION,
        HostFailure.HOST_KEY_UNKNOWN,
        HostFailure.CONFIGURATION,
        HostFailure.NAME_SERVER_FAILED,
        HostFailure.PERMISSION,
    }
)

_ADVICE = {
    HostFailure.NAME_NOT_FOUND: "Correct the host's name, or give its address with --host.",
    HostFailure.NAME_SERVER_FAILED: "Mend the operator's name servers, or give an address.",
    HostFailure.REFUSED: "Start sshd on the host, or give the port that it listens on with "
    "--ssh-port.",
    HostFailure.TIMED_OUT: "Let the operator's address through to the SSH port in the firewalls "
    "between, or give more time with --timeout.",
    HostFailure.NO_ROUTE: "Give the operator a way to the host: a VPN, a route, or a jump host "
    "(ProxyJump in ~/.ssh/config).",
    HostFailure.CLOSED_EARLY: "Read on the host's console why sshd hung up: MaxStartups, "
    "hosts.deny, fail2ban.",
    HostFailure.NOT_SSH: "Give the port of the host's SSH server with --ssh-port.",
    HostFailure.KEY_EXCHANGE: "Update the host's SSH server, or allow it current algorithms.",
    HostFailure.HOST_KEY_UNKNOWN: "Compare the fingerprint with the host's own, then accept it "
    "with --accept-new-host-key.",
    HostFailure.HOST_KEY_CHANGED: "Find out why the key changed: a new installation, or somebody "
    "in between. Only then remove the old key.",
    HostFailure.AUTHENTICATION: "Give a user and a key that the host accepts (--ssh-user, "
    "--ssh-key), or a password in WCSDIAG_SSH_PASSWORD.",
    HostFailure.CONFIGURATION: "Correct the SSH configuration that this host name leads to.",
    HostFailure.CHANNEL_REFUSED: "Raise MaxSessions in sshd_config to 10 at least, and let the "
    "user run commands.",
    HostFailure.LOST: "Read on the host's console why the connection ended.",
}


@check("HST101", "SSH to the host works")
def ssh_works(access: HostAccess | Unavailable, target: Target) -> Observations:
    """Hooks leave from the host: from anywhere else, what stops them can only be guessed.

    A login that was refused, or a host key that nobody has confirmed, says nothing about the
    host. Then the check is undetermined.

    Fix
    ---
    Log in by hand first, with the same user and port. What stops you stops wcsdiag::

        ssh -v -p 22 USER@HOST true
    """
    if isinstance(access, Unavailable):
        cause = access.__cause__
        reason = cause.reason if isinstance(cause, HostError) else HostFailure.FAILED
        evidence = access.evidence or (Evidence(str(cause or access.reason), "operator: SSH"),)
        fix = Fix(_advice(reason, cause), _commands(reason, target))
        say = undetermined if reason in _OURS else failed
        yield say(f"{target.host}: {reason.value}", *evidence, fix=fix)
        return
    how = "the host is this machine" if access.host.is_local else "logged in by SSH"
    yield passed(f"{access.host.name}: {how}", Evidence(how, f"operator: {access.host.name}"))
    for note in access.notes:
        yield warned(note, Evidence(note, f"operator: {access.host.name}"))


def _advice(reason: HostFailure, cause: BaseException | None) -> str:
    hint = cause.hint if isinstance(cause, HostError) else ""
    return hint or _ADVICE.get(reason, "Log in by hand with the same user and port.")


def _commands(reason: HostFailure, target: Target) -> tuple[str, ...]:
    host, port = shlex.quote(target.host), target.ssh_port or 22
    known = shlex.quote(f"[{target.host}]:{port}" if port != 22 else target.host)
    by_hand = (f"ssh -v {destination(target)} true",)
    return {
        HostFailure.NAME_NOT_FOUND: (f"getent ahosts {host}", f"ssh -G {host}"),
        HostFailure.NAME_SERVER_FAILED: (f"getent ahosts {host}",),
        HostFailure.REFUSED: (*by_hand, "sudo systemctl status ssh   # on the host's console"),
        HostFailure.TIMED_OUT: (f"nc -vz -w 5 {host} {port}",),
        HostFailure.NO_ROUTE: (f"ip route get $(getent hosts {host} | cut -d' ' -f1)",),
        HostFailure.NOT_SSH: (f"nc -w 3 {host} {port} </dev/null | head -c 100",),
        HostFailure.HOST_KEY_UNKNOWN: (
            f"ssh-keyscan -p {port} {host} | ssh-keygen -lf -",
            "cat /etc/ssh/ssh_host_*.pub | ssh-keygen -lf -   # on the host's console",
            f"wcsdiag all --host {host} --accept-new-host-key",
        ),
        HostFailure.HOST_KEY_CHANGED: (
            f"ssh-keyscan -p {port} {host} | ssh-keygen -lf -",
            f"ssh-keygen -R {known}",
        ),
        HostFailure.AUTHENTICATION: (*by_hand, f"ssh-copy-id {destination(target)}"),
        HostFailure.CONFIGURATION: (f"ssh -G {host}",),
    }.get(reason, by_hand)
