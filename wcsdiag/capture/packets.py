"""Packets of a capture to where they belong: TCP connections, DNS questions, ICMP messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from struct import Struct

from wcsdiag.capture.attempts import Attempts
from wcsdiag.capture.dns import Questions
from wcsdiag.capture.icmp import quoted
from wcsdiag.capture.ip import ICMP, ICMP6, TCP, UDP, Fragments, IpPacket, parse_ip
from wcsdiag.capture.link import LINKS, PLAIN
from wcsdiag.capture.record import Record
from wcsdiag.capture.streams import MASK
from wcsdiag.capture.tcp import FIN, RST, SYN, TcpTable, reverse

_PLAIN = Struct("!BxHxxHxB2x12sIIBB").unpack_from
"""An IPv4 header without options and the beginning of a TCP header behind it.

Addresses and ports are neighbours there: together they are the key of a direction.
"""
_PLAIN_SIZE = 40
_WHOLE_PLAIN = {
    link: (Struct("!" + head + "BxHxxHxB2x12sIIBB").unpack_from, size)
    for link, (head, size) in PLAIN.items()
}
_NOT_PLAIN = (_PLAIN, 1 << 32)
_TCP_HEAD = Struct("!4sIIBB").unpack_from
_IPV4 = 0x0800
_IPV4_PLAIN = 0x45
_FRAGMENT = 0x3FFF
_OPENS_OR_ENDS = SYN | FIN | RST
_DNS_PORT = b"\x00\x35"


class Packets:
    """Takes each packet apart. With `ports`, TCP from and to others is passed over."""

    def __init__(
        self,
        tcp: TcpTable,
        attempts: Attempts,
        questions: Questions,
        ports: frozenset[int] | None,
    ) -> None:
        self._tcp = tcp
        self._segment = tcp.segment
        self._attempts = attempts
        self._questions = questions
        self._fragments = Fragments()
        self._ports = None if ports is None else {port.to_bytes(2) for port in ports}
        self._link: int | None = None
        self._find = LINKS[1][1]
        self.unknown_links: set[int] = set()
        self.link_names: dict[str, None] = {}
        self.began = 0
        self.ended = 0

    @property
    def lost_datagrams(self) -> int:
        """Datagrams of which some fragments are missing."""
        return self._fragments.lost

    def take_all(self, records: Iterable[Record], is_due: Callable[[], bool]) -> Iterator[int]:
        """All of them. Gives the time of the capture whenever something is due.

        Nearly all packets carry the next bytes of a known connection, or acknowledge them, and
        have plain headers: what is asked of those stands here in one loop, without calls.
        """
        tcp, take, latest, known_link = self._tcp, self.take, self.ended, -1
        unpack, head = _NOT_PLAIN
        young = tcp.young
        for record in records:
            number, at, link, buffer, start, end = record
            if at > latest:
                self.began = self.began or at
                self.ended = latest = at
            if link != known_link:
                known_link = link
                self._change_link(link)
                unpack, head = _WHOLE_PLAIN.get(link, _NOT_PLAIN)
            start += head
            if start + _PLAIN_SIZE <= end:
                kind, version, total, fragment, protocol, key, seq, ack, offset, flags = unpack(
                    buffer, start - head
                )
                entry = young.get(key)
                if (
                    entry is not None
                    and kind == _IPV4
                    and version == _IPV4_PLAIN
                    and protocol == TCP
                    and not fragment & _FRAGMENT
                    and not flags & _OPENS_OR_ENDS
                ):
                    stream = entry[0]
                    payload, wire_end = start + 20 + (offset >> 4) * 4, start + total
                    if payload == wire_end and not stream.peer.held:
                        continue
                    take_next = stream.take
                    if (
                        seq == stream.next
                        and payload < wire_end <= end
                        and take_next is not None
                        and not (stream.held or stream.peer.held)
                    ):
                        stream.next = (seq + wire_end - payload) & MASK
                        mark = ack if stream.is_server else seq
                        take_next(buffer[payload:wire_end], at, number, mark)
                        if is_due():
                            yield latest
                            young = tcp.young
                        continue
            take(record)
            if is_due():
                yield latest
            young = tcp.young

    def take(self, record: Record) -> None:
        """One packet of the capture."""
        number, at, link, buffer, start, end = record
        if link != self._link and not self._change_link(link):
            return
        start = self._find(buffer, start, end)
        if start < 0:
            return
        if start + _PLAIN_SIZE <= end:
            version, total, fragment, protocol, key, seq, ack, head, flags = _PLAIN(buffer, start)
            if version == _IPV4_PLAIN and protocol == TCP and not fragment & _FRAGMENT and total:
                ports = self._ports
                if ports is None or key[8:10] in ports or key[10:] in ports:
                    wire_end = start + total
                    payload = start + 20 + (head >> 4) * 4
                    if end > wire_end:
                        end = wire_end
                    self._segment(key, seq, ack, flags, buffer, payload, end, wire_end, at, number)
                return
        packet = self._fragments.whole(parse_ip(buffer, start, end), at)
        if packet is not None:
            self._take_packet(packet, at, number)

    def _change_link(self, link: int) -> bool:
        known = LINKS.get(link)
        if known is None:
            self.unknown_links.add(link)
            self.link_names[f"type {link}"] = None
            return False
        self._link, self._find = link, known[1]
        self.link_names[known[0]] = None
        return True

    def _take_packet(self, packet: IpPacket, at: int, number: int) -> None:
        if packet.protocol == TCP:
            self._take_tcp(packet, at, number)
        elif packet.protocol == UDP:
            self._take_udp(packet, at, number)
        elif packet.protocol in (ICMP, ICMP6):
            found = quoted(packet)
            if found is not None and self._is_wanted(found[0]):
                self._attempts.unreachable(*found)

    def _take_tcp(self, packet: IpPacket, at: int, number: int) -> None:
        buffer, start, end = packet.buffer, packet.start, packet.end
        if end - start < 14:
            return
        ports, seq, ack, head, flags = _TCP_HEAD(buffer, start)
        key = packet.source + packet.target + ports
        payload = start + (head >> 4) * 4
        if payload >= start + 20 and self._is_wanted(key):
            self._segment(key, seq, ack, flags, buffer, payload, end, packet.wire_end, at, number)

    def _take_udp(self, packet: IpPacket, at: int, number: int) -> None:
        buffer, start, end = packet.buffer, packet.start, packet.end
        if end - start < 8:
            return
        key = packet.source + packet.target + buffer[start : start + 4]
        if key[-2:] == _DNS_PORT:
            self._questions.packet(key, buffer[start + 8 : end], at, number)
        elif key[-4:-2] == _DNS_PORT:
            self._questions.packet(reverse(key), buffer[start + 8 : end], at, number)

    def _is_wanted(self, key: bytes) -> bool:
        ports = self._ports
        return ports is None or key[-4:-2] in ports or key[-2:] in ports
