"""From the literal words of systems and servers to a reason and a hint."""

from __future__ import annotations

import errno
import socket

from wcsdiag.host.interface import HostError, HostFailure

_BY_ERRNO = {
    errno.ECONNREFUSED: HostFailure.REFUSED,
    errno.ETIMEDOUT: HostFailure.TIMED_OUT,
    errno.EHOSTUNREACH: HostFailure.NO_ROUTE,
    errno.ENETUNREACH: HostFailure.NO_ROUTE,
    errno.EHOSTDOWN: HostFailure.NO_ROUTE,
    errno.EADDRNOTAVAIL: HostFailure.NO_ROUTE,
    errno.EAFNOSUPPORT: HostFailure.NO_ROUTE,
    errno.EACCES: HostFailure.NO_ROUTE,
    errno.EPERM: HostFailure.NO_ROUTE,
    errno.EINVAL: HostFailure.NO_ROUTE,
    errno.ECONNRESET: HostFailure.CLOSED_EARLY,
    errno.EPIPE: HostFailure.CLOSED_EARLY,
}

# What OpenSSH writes into CHANNEL_OPEN_FAILURE. "open failed" stands there where connect() failed
# at once for lack of a usable route.
_BY_WORDS = (
    ("connection refused", HostFailure.REFUSED),
    ("no route to host", HostFailure.NO_ROUTE),
    ("network is unreachable", HostFailure.NO_ROUTE),
    ("timed out", HostFailure.TIMED_OUT),
    ("temporary failure in name resolution", HostFailure.NAME_SERVER_FAILED),
    ("name or service not known", HostFailure.NAME_NOT_FOUND),
    ("no address associated", HostFailure.NAME_NOT_FOUND),
    ("connection reset", HostFailure.CLOSED_EARLY),
    ("permission denied", HostFailure.NO_ROUTE),
    ("open failed", HostFailure.NO_ROUTE),
)

ADMINISTRATIVELY_PROHIBITED = 1
CONNECT_FAILED = 2

_HINTS = {
    HostFailure.NAME_NOT_FOUND: "Check the spelling of --host; an address works without DNS.",
    HostFailure.NAME_SERVER_FAILED: "The operator's name servers fail; an address needs none.",
    HostFailure.REFUSED: "The machine answers, but nothing listens on this port (or a firewall "
    "rejects): is sshd running, and is --ssh-port right?",
    HostFailure.TIMED_OUT: "A firewall drops packets on the way, the address is wrong, or the "
    "machine is down. --timeout allows more time.",
    HostFailure.NO_ROUTE: "The operator's network has no way to this address: is a VPN missing?",
    HostFailure.CLOSED_EARLY: "The SSH server hung up before it introduced itself: too many "
    "connections at once (MaxStartups), or an address that it does not let in.",
}


def hint_for_connecting(reason: HostFailure) -> str:
    """What to do where the operator cannot connect to the host's SSH server."""
    return _HINTS.get(reason, "")


def from_os_error(error: OSError, place: str) -> HostError:
    """A failed connection attempt of this machine; the message is "PLACE: LITERAL TEXT"."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return HostError(HostFailure.TIMED_OUT, f"{place}: connection timed out")
    reason = _BY_ERRNO.get(error.errno or 0, HostFailure.FAILED)
    return HostError(reason, f"{place}: {error.strerror or error}")


def from_resolver(error: OSError | UnicodeError, name: str) -> HostError:
    """A failed look-up of a name by this machine's resolver."""
    failed_for_now = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    reason = HostFailure.NAME_SERVER_FAILED if failed_for_now else HostFailure.NAME_NOT_FOUND
    text = error.strerror if isinstance(error, OSError) else str(error)
    return HostError(reason, f"{name}: {text}")


def from_channel_failure(code: int, text: str, place: str) -> HostError:
    """A direct-tcpip channel that the SSH server did not open (RFC 4254 section 5.1)."""
    if code != CONNECT_FAILED:
        return HostError(
            HostFailure.CHANNEL_REFUSED,
            f"{place}: the SSH server refused to forward (code {code}, {text})",
            hint="Allow it for this user in sshd_config: AllowTcpForwarding yes (or local), "
            "and PermitOpen any.",
        )
    words = text.lower()
    reason = next((reason for known, reason in _BY_WORDS if known in words), HostFailure.FAILED)
    return HostError(reason, f"{place}: {text}")
