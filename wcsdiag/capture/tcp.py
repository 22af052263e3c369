"""TCP connections: which are followed, in a bounded number, and when they begin and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from wcsdiag.capture.attempts import Attempts
from wcsdiag.capture.streams import MASK, Segment, Stream

FIN, SYN, RST, ACK = 1, 2, 4, 16

_GENERATION = 16_384
"""Directions that are followed at least: the least recently used go first."""


class Ways(Protocol):
    """Both directions of one connection, and what is to be done with what they carry."""

    def take_request(self, data: bytes, at: int, number: int, mark: int) -> None: ...
    def take_answer(self, data: bytes, at: int, number: int, mark: int) -> None: ...
    def lose_request(self, length: int | None, at: int) -> None: ...
    def lose_answer(self, length: int | None, at: int) -> None: ...
    def client_closed(self, at: int) -> None: ...
    def server_closed(self, at: int) -> None: ...
    def reset(self, at: int, *, by_server: bool) -> None: ...
    def end(self, at: int, *, is_given_up: bool) -> None: ...


Follow = Callable[[bytes, bool], Ways]
"""Begins to follow a connection. Gets the key of the client's packets, and whether it is new."""

Guess = Callable[[bytes, bytes], bool]
"""Whether these bytes, from the first address of the key, come from the client."""


def reverse(key: bytes) -> bytes:
    """The key of the packets that go the other way: two addresses, two ports."""
    size = (len(key) - 4) // 2
    return key[size:-4] + key[:size] + key[-2:] + key[-4:-2]


class Connection:
    """Two streams and what follows them."""

    __slots__ = ("client", "first", "key", "server", "ways")

    def __init__(
        self, key: bytes, ways: Ways, client_next: int | None, server_next: int | None
    ) -> None:
        self.key = key
        self.ways: Ways | None = ways
        self.first = client_next
        self.client = Stream(client_next, is_server=False)
        self.server = Stream(server_next, is_server=True)
        self.client.peer, self.server.peer = self.server, self.client
        self.client.take, self.client.gap = ways.take_request, ways.lose_request
        self.server.take, self.server.gap = ways.take_answer, ways.lose_answer
        self.client.close, self.server.close = ways.client_closed, ways.server_closed

    def reset(self, at: int, *, by_server: bool) -> None:
        """A RST came: nothing more will."""
        if self.ways is not None:
            self.client.flush()
            self.server.flush()
            self.ways.reset(at, by_server=by_server)
            self.end(at)

    def end(self, at: int, *, is_given_up: bool = False) -> None:
        """Nothing more of it comes, or is wanted."""
        if self.ways is not None:
            self.client.flush()
            self.server.flush()
            self.ways.end(at, is_given_up=is_given_up)
            self.client.drop()
            self.server.drop()
            self.ways = None


Entry = tuple[Stream, Connection]


class TcpTable:
    """All connections that are followed, by the key of either direction's packets.

    A key is the two addresses and the two ports, as they stand in the packet. In two generations,
    the table forgets what is not used without a list in order of use.
    """

    def __init__(self, follow: Follow, guess: Guess, attempts: Attempts) -> None:
        self._follow = follow
        self._guess = guess
        self._attempts = attempts
        self.young: dict[bytes, Entry] = {}
        self._old: dict[bytes, Entry] = {}
        self.given_up = 0

    def segment(
        self,
        key: bytes,
        seq: int,
        ack: int,
        flags: int,
        buffer: bytes,
        start: int,
        end: int,
        wire_end: int,
        at: int,
        number: int,
    ) -> None:
        """One segment, with its payload at `buffer[start:end]`, on the wire up to `wire_end`."""
        entry = self.young.get(key)
        if entry is None or flags & SYN:
            entry = self._find(
                key, seq, ack, flags, buffer[start : min(end, start + 64)], at, number
            )
            if entry is None or flags & SYN:
                return
        stream = entry[0]
        length = wire_end - start
        if length > 0:
            if seq == stream.next and not stream.held and end == wire_end:
                stream.next = (seq + length) & MASK
                take = stream.take
                if take is not None:
                    take(buffer[start:end], at, number, ack if stream.is_server else seq)
            else:
                mark = ack if stream.is_server else seq
                stream.add(Segment(seq, buffer[start:end], length, at, number, mark))
        peer = stream.peer
        if peer.held:
            peer.acknowledged(ack, at)
        if flags & 5:
            if flags & RST:
                entry[1].reset(at, by_server=stream.is_server)
            else:
                stream.ends_at((seq + max(length, 0)) & MASK, at)
        if stream.close is None and peer.close is None:
            entry[1].end(at)

    def trim(self, at: int) -> None:
        """Give up the older half of the connections: what they hold has grown too much."""
        self._give_up(self._old or self.young, at)
        if not self._old:
            self.young = {}
        self._old, self.young = self.young, {}

    def finish(self, at: int) -> None:
        """The capture is over."""
        for entries in (self._old, self.young):
            for _, connection in entries.values():
                connection.end(at)
        self._old, self.young = {}, {}

    def _give_up(self, entries: dict[bytes, Entry], at: int) -> None:
        for _, connection in entries.values():
            if connection.ways is not None:
                self.given_up += 1
                connection.end(at, is_given_up=True)

    def _find(
        self, key: bytes, seq: int, ack: int, flags: int, head: bytes, at: int, number: int
    ) -> Entry | None:
        """The direction of a packet that is not in the young generation, or opens a connection."""
        entry = self.young.get(key) or self._rejuvenate(key)
        if flags & SYN:
            self._synchronise(entry, key, seq, ack, flags, at, number)
            return None
        if entry is None and flags & RST:
            self._attempts.refused(reverse(key))
        if entry is None and head:
            entry = self._join(key, head)
        return entry

    def _rejuvenate(self, key: bytes) -> Entry | None:
        entry = self._old.pop(key, None)
        if entry is None:
            return None
        other = reverse(key)
        self.young[key] = entry
        if other in self._old:
            self.young[other] = self._old.pop(other)
        return entry

    def _synchronise(
        self,
        entry: Entry | None,
        key: bytes,
        seq: int,
        ack: int,
        flags: int,
        at: int,
        number: int,
    ) -> None:
        """SYN: an attempt, or late. SYN and ACK: the attempt was answered."""
        if entry is not None:
            connection = entry[1]
            if flags & ACK:
                if entry[0].next is None:
                    entry[0].next = (seq + 1) & MASK
                if connection.first is None or ack == connection.first:
                    return
            elif connection.ways is not None and connection.first == (seq + 1) & MASK:
                return
            connection.end(at)
            self._forget(connection.key)
        if not flags & ACK:
            self._attempts.begun(key, (seq + 1) & MASK, at, number)
            return
        client = reverse(key)
        self._attempts.answered(client)
        self._open(client, ack, (seq + 1) & MASK, is_new=True)

    def _forget(self, client: bytes) -> None:
        for key in (client, reverse(client)):
            self.young.pop(key, None)
            self._old.pop(key, None)

    def _join(self, key: bytes, head: bytes) -> Entry:
        """A connection whose beginning is not in the capture, or not whole."""
        first = self._attempts.first_seq(key)
        if first is not None:
            self._attempts.answered(key)
            self._open(key, first, None, is_new=False)
        elif self._guess(key, head):
            self._open(key, None, None, is_new=False)
        else:
            self._open(reverse(key), None, None, is_new=False)
        return self.young[key]

    def _open(
        self, client: bytes, client_next: int | None, server_next: int | None, *, is_new: bool
    ) -> None:
        ways = self._follow(client, is_new)
        connection = Connection(client, ways, client_next, server_next)
        if len(self.young) >= _GENERATION:
            self._give_up(self._old, 0)
            self._old, self.young = self.young, {}
        self.young[client] = (connection.client, connection)
        self.young[reverse(client)] = (connection.server, connection)
