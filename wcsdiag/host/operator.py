"""The operator's own vantage: names and TCP connections of the machine that runs wcsdiag."""

from __future__ import annotations

import socket
import threading
import time

from wcsdiag.host.failures import from_os_error, from_resolver
from wcsdiag.host.fast_socket import FastSocket
from wcsdiag.host.interface import HostError, HostFailure


def resolve(name: str, timeout_s: float) -> tuple[str, ...]:
    """The addresses of a name in the resolver's order, each once.

    Raises `HostError`: NAME_NOT_FOUND, NAME_SERVER_FAILED, TIMED_OUT. The system's resolver cannot
    be interrupted; past its deadline it is left alone in a daemon thread.
    """
    outcome: list[tuple[str, ...] | HostError] = []

    def ask() -> None:
        try:
            outcome.append(_ask_system(name))
        except (OSError, UnicodeError) as error:
            outcome.append(from_resolver(error, name))

    thread = threading.Thread(target=ask, name="wcsdiag-resolve", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not outcome:
        message = f"{name}: the operator's resolver gave no answer within {timeout_s:.1f} s"
        raise HostError(HostFailure.TIMED_OUT, message)
    if isinstance(outcome[0], HostError):
        raise outcome[0]
    return outcome[0]


def open_tcp(address: str, port: int, timeout_s: float) -> socket.socket:
    """A TCP connection to a numeric address, its timeout set to `timeout_s`.

    Raises `HostError`: REFUSED, TIMED_OUT, NO_ROUTE, CLOSED_EARLY, FAILED.
    """
    place = where(address, port)
    if timeout_s <= 0:
        raise HostError(HostFailure.TIMED_OUT, f"{place}: no time was left (wcsdiag's own limit)")
    try:
        flags = socket.AI_NUMERICHOST
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError, OverflowError) as error:
        raise HostError(HostFailure.CONFIGURATION, f"{place}: {error}") from error
    family, kind, protocol, _, sockaddr = found[0]
    connection = FastSocket(family, kind, protocol)
    try:
        connection.settimeout(timeout_s)
        connection.connect(sockaddr)
    except TimeoutError as error:
        connection.close()
        if error.errno is not None:
            raise from_os_error(error, place) from error
        message = f"{place}: no answer within {timeout_s:.1f} s (wcsdiag's own limit)"
        raise HostError(HostFailure.TIMED_OUT, message) from error
    except OSError as error:
        connection.close()
        raise from_os_error(error, place) from error
    connection.make_fast()
    return connection


def open_by_name(name: str, port: int, timeout_s: float) -> socket.socket:
    """A TCP connection to the first address of a name that answers, all within `timeout_s`.

    Raises `HostError`: of `resolve`; or of the last address, with the text of all in its message.
    """
    end = time.monotonic() + timeout_s
    addresses = resolve(name, timeout_s)
    errors: list[HostError] = []
    for number, address in enumerate(addresses):
        share = (end - time.monotonic()) / (len(addresses) - number)
        try:
            return open_tcp(address, port, share)
        except HostError as error:
            errors.append(error)
    texts = "; ".join(dict.fromkeys(str(error) for error in errors))
    raise HostError(errors[-1].reason, texts) from errors[-1]


def where(address: str, port: int) -> str:
    """Address and port as text: "10.0.0.1:80", "[::1]:80"."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _ask_system(name: str) -> tuple[str, ...]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
