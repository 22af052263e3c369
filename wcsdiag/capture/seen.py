"""What the connections of a capture carry: hooks, other requests, TLS, something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from wcsdiag.capture.budget import Budget
from wcsdiag.capture.conversation import Conversation, Listening
from wcsdiag.capture.hook import Finished, HookReader
from wcsdiag.capture.message import Message
from wcsdiag.capture.order import InOrder
from wcsdiag.capture.tls import TlsWatch
from wcsdiag.hooks.exchange import Exchange, Failure

_REQUEST = re.compile(rb"[A-Z]{2,20} [^ ]+")
_ANSWER = b"HTTP/1."
_COPY_NS = 50_000_000
_MOST_REMEMBERED = 512
_COMPARED = 4_096
_MOST_OTHERS = 1_024


def peer_text(peer: bytes) -> str:
    """An address and a port as "192.0.2.7:9091" or "[2001:db8::7]:9091"."""
    address, port = ip_address(peer[:-2]), int.from_bytes(peer[-2:])
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


@dataclass(slots=True)
class Other:
    """Connections to one server that carry no HTTP that can be read."""

    server: str
    is_tls: bool
    failure: Failure | None
    detail: str
    at: int
    number: int
    count: int = 1


class Seen:
    """Collects what conversations tell."""

    def __init__(self, ports: frozenset[int] | None, budget: Budget) -> None:
        self._ports = ports
        self._budget = budget
        self._hooks = HookReader(all_json=ports is not None)
        self._listening = Listening(self._began, self._finished, self._orphan, self._other)
        self._recent: dict[tuple[int, int, str], tuple[int, str, bytes]] = {}
        self._before = self._recent
        self.order = InOrder()
        self.hook_ports: set[int] = set()
        self.hook_hosts: set[str] = set()
        self.others: dict[tuple[str, str], Other] = {}
        self.passed_over = 0
        self.orphans = 0
        self.copies = 0
        self._places: set[tuple[str, str]] = set()
        self.is_new = False

    def follow(self, client: bytes, is_new: bool) -> Conversation:  # noqa: FBT001
        """A conversation for a connection whose client's packets have this key."""
        size = (len(client) - 4) // 2
        server = peer_text(client[size:-4] + client[-2:])
        name = f"{peer_text(client[:size] + client[-4:-2])} - {server}"
        return Conversation(name, server, self._listening, self._budget, is_new=is_new)

    def guess(self, key: bytes, head: bytes) -> bool:
        """Whether these bytes, first seen of a connection, come from its client."""
        source, target = int.from_bytes(key[-4:-2]), int.from_bytes(key[-2:])
        if head.startswith(_ANSWER):
            return False
        if _REQUEST.match(head):
            return True
        wanted = self._ports or self.hook_ports
        if (source in wanted) != (target in wanted):
            return target in wanted
        return target < source

    def _began(self, request: Message) -> None:
        if request.head.first_line.startswith(b"POST "):
            self.order.began(request)

    def _finished(self, name: str, server: str, finished: Finished) -> None:
        request = finished.request
        exchange = self._hooks.read(finished, name, server)
        if exchange is None:
            self.passed_over += 1
        elif self._is_copy(request, exchange):
            self.copies += 1
            exchange = None
        else:
            self._remember(server, exchange.url)
        self.order.ended(request, exchange)
        self.is_new = True

    def _remember(self, server: str, url: str) -> None:
        place = (server, url)
        if place not in self._places and len(self._places) < _MOST_REMEMBERED:
            self._places.add(place)
            self.hook_ports.add(int(server.rpartition(":")[2]))
            self.hook_hosts.add(_host_of(url))

    def _is_copy(self, request: Message, exchange: Exchange) -> bool:
        """Whether the same segments were captured on another interface, behind a NAT.

        The kernel keeps sequence numbers there: the same number, text and moment is no accident.
        """
        key = (request.mark, request.size, exchange.method)
        recent = self._recent
        known = recent.get(key) or self._before.get(key)
        body = request.body[:_COMPARED]
        recent[key] = (request.began, exchange.connection, body)
        if len(recent) >= _MOST_REMEMBERED:
            self._before, self._recent = recent, {}
        if known is None or known[1] == exchange.connection or known[2] != body:
            return False
        return abs(request.began - known[0]) <= _COPY_NS

    def _orphan(self) -> None:
        self.orphans += 1

    def _other(self, server: str, at: int, number: int, tls: TlsWatch | None) -> None:
        if tls is None:
            failure, detail = None, "a connection that carries no HTTP"
        else:
            name = f" for {tls.server_name}" if tls.server_name else ""
            failure = Failure.TLS if tls.trouble else None
            detail = f"TLS{name}: {tls.trouble or 'encrypted, so hooks cannot be read'}"
        known = self.others.get((server, detail))
        if known is not None:
            known.count += 1
        elif len(self.others) < _MOST_OTHERS:
            self.others[server, detail] = Other(
                server, tls is not None, failure, detail, at, number
            )


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()
