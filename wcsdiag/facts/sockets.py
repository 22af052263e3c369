"""The TCP ports that listen on the host."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.host.interface import HostError
from wcsdiag.model import Unavailable
from wcsdiag.registry import fact

_COMMAND = r"""LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"; export LC_ALL PATH
if s=$(ss -H -tln 2>/dev/null); then echo 'ss -H -tln'; printf '%%s\n' "$s"
elif [ -r /proc/net/tcp ]; then echo /proc/net/tcp; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
fi"""

_LISTEN_STATE = "0A"


@dataclass(frozen=True)
class ListeningSocket:
    """One listening TCP socket; `address` is numeric, "0.0.0.0" and "::" mean all addresses."""

    address: str
    port: int

    @property
    def is_loopback_only(self) -> bool:
        """True where only the host itself can connect."""
        return self.address.startswith("127.") or self.address == "::1"

    def __str__(self) -> str:
        """`address:port`, with brackets where they are needed."""
        return (
            f"[{self.address}]:{self.port}"
            if ":" in self.address
            else f"{self.address}:{self.port}"
        )


@dataclass(frozen=True)
class ListeningSockets:
    """Every listening TCP socket of the host; `where` names the source for evidence."""

    sockets: tuple[ListeningSocket, ...]
    where: str

    def on(self, port: int) -> tuple[ListeningSocket, ...]:
        """The sockets that listen on that port, on whatever address."""
        return tuple(socket for socket in self.sockets if socket.port == port)

    @property
    def ports(self) -> frozenset[int]:
        """The ports that listen, on whatever address."""
        return frozenset(socket.port for socket in self.sockets)


@fact
def listening_sockets(access: HostAccess) -> ListeningSockets:
    """From `ss`, else from /proc/net."""
    try:
        text = access.host.run(_COMMAND).text
    except HostError as error:
        reason = f"The listening ports could not be read: {error}"
        raise Unavailable(reason, because="FWL102") from error
    source, _, table = text.partition("\n")
    if source.startswith("ss "):
        return ListeningSockets(parse_ss(table), f"host: {source}")
    if source:
        return ListeningSockets(parse_proc_net_tcp(table), "host: /proc/net/tcp, /proc/net/tcp6")
    raise Unavailable("The host has neither ss nor /proc/net/tcp", because="FWL102")


def parse_ss(text: str) -> tuple[ListeningSocket, ...]:
    """Read `ss -tln`, with or without headings: the fourth column is the local address.

    Wildcards are "*", "0.0.0.0", "[::]" or "::"; "%lo" names a zone. "*" counts as "::".
    """
    rows = (line.split() for line in text.splitlines())
    found = (_socket_of_ss(row[3]) for row in rows if len(row) >= 4 and row[0] == "LISTEN")
    return _unique(found)


def parse_proc_net_tcp(text: str) -> tuple[ListeningSocket, ...]:
    """Read /proc/net/tcp and tcp6, one after the other: see proc(5).

    Addresses are words of 32 bits in the host's byte order, taken to be little-endian.
    """
    rows = (line.split() for line in text.splitlines())
    return _unique(
        _socket_of_proc(row[1]) for row in rows if len(row) > 3 and row[3] == _LISTEN_STATE
    )


def _unique(found: Iterable[ListeningSocket | None]) -> tuple[ListeningSocket, ...]:
    return tuple(dict.fromkeys(socket for socket in found if socket is not None))


def _socket_of_ss(local: str) -> ListeningSocket | None:
    address, _, port = local.rpartition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port):
        return None
    bare = re.sub(r"%[^\]]*", "", address).strip("[]")
    return _socket("::" if bare == "*" else bare, int(port))


def _socket_of_proc(local: str) -> ListeningSocket | None:
    found = re.fullmatch(r"([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}):([0-9A-Fa-f]{4})", local)
    if found is None:
        return None
    raw = bytes.fromhex(found[1])
    words = [raw[start : start + 4][::-1] for start in range(0, len(raw), 4)]
    return _socket(str(ipaddress.ip_address(b"".join(words))), int(found[2], 16))


def _socket(address: str, port: int) -> ListeningSocket | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return ListeningSocket(str(mapped or parsed), port)
