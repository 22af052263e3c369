"""From a connected stream to an SSH connection whose host key was judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.known_hosts import HostKey

if TYPE_CHECKING:
    from wcsdiag.host.transport import HostTransport

HostKeyCheck = Callable[[HostKey], str | None]
"""Judges the key that was presented: a note, or None; raises `HostError` to refuse it."""


def shake_hands(
    transport: HostTransport, place: str, timeout_s: float, check: HostKeyCheck
) -> str | None:
    """Negotiate, and judge the host key before anything secret is sent. Gives the judge's note.

    Raises `HostError`: NOT_SSH, CLOSED_EARLY, KEY_EXCHANGE, TIMED_OUT, and what `check` raises.
    The transport is closed then.
    """
    try:
        _negotiate(transport, place, timeout_s)
        key = transport.get_remote_server_key()
        return check(HostKey(key.get_name(), key.asbytes()))
    except HostError:
        transport.close()
        raise


def _negotiate(transport: HostTransport, place: str, timeout_s: float) -> None:
    done = threading.Event()
    end = time.monotonic() + timeout_s
    transport.start_client(done)
    finished = done.wait(timeout_s)
    # paramiko sets the event in both cases, and is active in the good one alone.
    if finished and transport.is_active() and transport.initial_kex_done:
        return
    error = transport.get_exception()
    peer = transport.peer
    if not peer.introduced:
        out_of_time = peer.out_of_time or time.monotonic() >= end
        raise _no_introduction(place, peer.said, out_of_time, timeout_s) from error
    raise _no_agreement(place, error, finished, timeout_s) from error


def _no_introduction(place: str, said: str, out_of_time: bool, timeout_s: float) -> HostError:  # noqa: FBT001
    if said and not said.startswith(("Exceeded MaxStartups", "Not allowed at this time")):
        return HostError(
            HostFailure.NOT_SSH,
            f"{place}: what answers does not speak SSH, it said: {said}",
            hint="Another service listens on this port: which port is sshd's? (--ssh-port)",
        )
    if out_of_time:
        return HostError(
            HostFailure.NOT_SSH,
            f"{place}: accepts TCP, but said nothing within {timeout_s:.1f} s (wcsdiag's own "
            "limit): an SSH server speaks first",
            hint="Another service may listen on this port, or sshd hangs: see --ssh-port, and "
            "--timeout for more time.",
        )
    text = f", it said: {said}" if said else ""
    return HostError(
        HostFailure.CLOSED_EARLY,
        f"{place}: the connection was closed before the SSH server introduced itself{text}",
        hint="Too many connections at once (MaxStartups in sshd_config), or the server does not "
        "let this address in (hosts.deny, PerSourcePenalties, a firewall).",
    )


def _no_agreement(
    place: str,
    error: BaseException | None,
    finished: bool,  # noqa: FBT001
    timeout_s: float,
) -> HostError:
    if not finished:
        return HostError(
            HostFailure.TIMED_OUT,
            f"{place}: the SSH key exchange was not done within {timeout_s:.1f} s (wcsdiag's own "
            "limit)",
            hint="The host is overloaded, or large packets are lost on the way (MTU). --timeout "
            "allows more time.",
        )
    if error is None or isinstance(error, EOFError | OSError):
        text = f": {error}" if error and str(error) else ""
        return HostError(
            HostFailure.CLOSED_EARLY,
            f"{place}: the connection was closed during the SSH key exchange{text}",
            hint="The host's own log (journalctl -u ssh) says why.",
        )
    return HostError(
        HostFailure.KEY_EXCHANGE,
        f"{place}: {error}",
        hint="The SSH server offers no current algorithm: bring it up to date.",
    )
