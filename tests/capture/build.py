"""Builds captures packet by packet: connections, link layers, pcap and pcapng files."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import BinaryIO

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
BEGIN_S = 1_700_000_000.0
LINK_TYPES = {"null": 0, "ethernet": 1, "raw": 101, "loop": 108, "sll": 113, "sll2": 276}

Wrap = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Packet:
    """An IP packet, when it was captured, in seconds since `BEGIN_S`."""

    at: float
    data: bytes


def ip(source: str, target: str, protocol: int, payload: bytes, name: int = 0) -> bytes:
    """An IP packet of the addresses' version. Checksums are zero, as network cards leave them."""
    a, b = ip_address(source), ip_address(target)
    if a.version == 6:
        return (
            struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
            + a.packed
            + b.packed
            + payload
        )
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), name, 0x4000, 64, protocol, 0)
    return head + a.packed + b.packed + payload


def tcp(ports: tuple[int, int], seq: int, ack: int, flags: int, payload: bytes = b"") -> bytes:
    """A TCP segment with the twelve bytes of options that Linux sends."""
    head = struct.pack(
        "!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 8 << 4, flags, 512, 0, 0
    )
    return head + b"\x01\x01\x08\x0a" + bytes(8) + payload


def udp(ports: tuple[int, int], payload: bytes) -> bytes:
    """A UDP datagram."""
    return struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload


@dataclass
class Talk:
    """One TCP connection, whose packets gather in `packets`."""

    client: tuple[str, int] = ("127.0.0.1", 33642)
    server: tuple[str, int] = ("127.0.0.1", 9091)
    client_seq: int = 1_000
    server_seq: int = 500_000
    packets: list[Packet] = field(default_factory=list)

    def to_server(self, at: float, payload: bytes = b"", flags: int = ACK) -> None:
        """One segment of the client."""
        data = tcp(
            (self.client[1], self.server[1]), self.client_seq, self.server_seq, flags, payload
        )
        self.packets.append(Packet(at, ip(self.client[0], self.server[0], 6, data)))
        self.client_seq += len(payload) + bool(flags & (SYN | FIN))

    def to_client(self, at: float, payload: bytes = b"", flags: int = ACK) -> None:
        """One segment of the server."""
        data = tcp(
            (self.server[1], self.client[1]), self.server_seq, self.client_seq, flags, payload
        )
        self.packets.append(Packet(at, ip(self.server[0], self.client[0], 6, data)))
        self.server_seq += len(payload) + bool(flags & (SYN | FIN))

    def open(self, at: float) -> Talk:
        """The handshake."""
        self.to_server(at, flags=SYN)
        self.to_client(at + 1e-5, flags=SYN | ACK)
        self.to_server(at + 2e-5)
        return self

    def exchange(
        self, at: float, request: bytes, answer: bytes, *, after: float = 0.005, size: int = 1448
    ) -> Talk:
        """A request and its answer, in segments of at most `size` bytes, all acknowledged."""
        for i, part in enumerate(_parts(request, size)):
            self.to_server(at + i * 1e-6, part, PSH | ACK)
        self.to_client(at + 1e-4)
        for i, part in enumerate(_parts(answer, size)):
            self.to_client(at + after + i * 1e-6, part, PSH | ACK)
        self.to_server(at + after + 1e-3)
        return self

    def close(self, at: float) -> Talk:
        """Both sides close, the client first."""
        self.to_server(at, flags=FIN | ACK)
        self.to_client(at + 1e-5, flags=FIN | ACK)
        self.to_server(at + 2e-5)
        return self


def _parts(data: bytes, size: int) -> Iterator[bytes]:
    yield from (data[at : at + size] for at in range(0, len(data), size))


def body(method: str = "connect", **fields: object) -> bytes:
    """A hook's body with an app key and a session."""
    content = {"nodeId": "n@127.0.0.1", "appKey": "defaultApp", "sessionId": "s-1", **fields}
    return json.dumps({**content, "about": method}).encode()


def request(
    method: str = "connect",
    content: bytes | None = None,
    *,
    path: str = "/EchoApp/",
    head: str = "",
) -> bytes:
    """A hook as WCS sends it (wcs.md 3.1); `head` holds further header lines."""
    content = body(method) if content is None else content
    return (
        f"POST {path}{method} HTTP/1.1\r\nAccept: application/json\r\n"
        "Content-Type: application/json;charset=UTF-8\r\nUser-Agent: Java/1.8.0_45\r\n"
        f"Host: localhost:9091\r\nConnection: keep-alive\r\n{head}"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


def answer(content: bytes = b"{}", *, status: str = "200 OK", head: str = "") -> bytes:
    """An answer with a length."""
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\n{head}"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


def chunked(*chunks: bytes, status: str = "200 OK", head: str = "") -> bytes:
    """An answer in chunks."""
    begin = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json;charset=UTF-8\r\n{head}"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    return begin + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"


def wrapped(link: str, packet: bytes, tags: tuple[int, ...] = ()) -> bytes:
    """The frame of an IP packet. `tags` are VLAN ids: two make QinQ."""
    is_6 = packet[0] >> 4 == 6
    kind = b"\x86\xdd" if is_6 else b"\x08\x00"
    if link == "ethernet":
        kinds = [b"\x88\xa8"] * (len(tags) - 1) + [b"\x81\x00"] * bool(tags)
        marks = b"".join(k + struct.pack("!H", t) for k, t in zip(kinds, tags, strict=True))
        return bytes(12) + marks + kind + packet
    if link == "sll":
        return struct.pack("!HHH8x", 0, 772, 6) + kind + packet
    if link == "sll2":
        return kind + struct.pack("!2xIHBB8x", 1, 772, 0, 6) + packet
    if link == "null":
        return struct.pack("<I", 30 if is_6 else 2) + packet
    if link == "loop":
        return struct.pack(">I", 30 if is_6 else 2) + packet
    return packet


def pcap(
    packets: Iterable[Packet],
    link: str = "sll",
    *,
    order: str = "<",
    nano: bool = False,
    snap: int = 262_144,
    tags: tuple[int, ...] = (),
) -> bytes:
    """A pcap file of the packets, in the order that they are given in."""
    units = 1_000_000_000 if nano else 1_000_000
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, LINK_TYPES[link])]
    for packet in packets:
        frame = wrapped(link, packet.data, tags)
        ticks = round((BEGIN_S + packet.at) * 1_000_000) * (units // 1_000_000)
        caught = frame[:snap]
        head = struct.pack(order + "IIII", ticks // units, ticks % units, len(caught), len(frame))
        parts += [head, caught]
    return b"".join(parts)


def block(kind: int, content: bytes, order: str = "<") -> bytes:
    """One block of a pcapng file."""
    content += bytes(-len(content) % 4)
    size = struct.pack(order + "I", len(content) + 12)
    return struct.pack(order + "I", kind) + size + content + size


def section(order: str = "<") -> bytes:
    """The header that a pcapng section begins with."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: str = "sll", order: str = "<", *, resolution: int = 6, snap: int = 0) -> bytes:
    """An interface whose clock has the resolution: a power of ten, or of two with 0x80."""
    option = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
    return block(1, struct.pack(order + "HHI", LINK_TYPES[link], 0, snap) + option, order)


def pcapng(
    packets: Iterable[Packet], link: str = "sll", *, order: str = "<", resolution: int = 6
) -> bytes:
    """A pcapng file of the packets, with a block in it that no reader knows."""
    parts = [section(order), interface(link, order, resolution=resolution)]
    parts.append(block(0x4242, b"unknown", order))
    units = (2 if resolution & 0x80 else 10) ** (resolution & 0x7F)
    for packet in packets:
        frame = wrapped(link, packet.data)
        ticks = round((BEGIN_S + packet.at) * 1_000_000) * units // 1_000_000
        head = struct.pack(
            order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)
        )
        parts.append(block(6, head + frame, order))
    return b"".join(parts)


def cut(packet: Packet, size: int) -> Packet:
    """The packet as a snap length leaves it: its header still says how long it was."""
    return replace(packet, data=packet.data[:size])


_SESSION: tuple[tuple[str, dict[str, object]], ...] = (
    ("connect", {"clientVersion": "2.0"}),
    ("ConnectionStatusEvent", {"status": "ESTABLISHED"}),
    ("call", {"callId": "call", "status": "PENDING", "incoming": False}),
    ("CallStatusEvent", {"callId": "call", "status": "PENDING", "incoming": False}),
    ("CallStatusEvent", {"callId": "call", "status": "ESTABLISHED", "incoming": False}),
    ("hangup", {"callId": "call", "status": "ESTABLISHED", "incoming": False}),
    ("CallStatusEvent", {"callId": "call", "status": "FINISH", "incoming": False}),
    ("publishStream", {"mediaSessionId": "media", "name": "cam", "published": True}),
    ("StreamStatusEvent", {"mediaSessionId": "media", "name": "cam", "status": "PUBLISHING"}),
    ("unPublishStream", {"mediaSessionId": "media", "name": "cam", "published": True}),
    ("StreamStatusEvent", {"mediaSessionId": "media", "name": "cam", "status": "UNPUBLISHED"}),
    ("ConnectionStatusEvent", {"status": "DISCONNECTED"}),
)
"""The hooks of a web client that connects, calls, publishes a stream, and leaves."""


def write_large(
    file: BinaryIO,
    exchanges: int,
    *,
    connections: int = 200,
    size: int = 2_200,
    at_once: int = 211,
) -> int:
    """A capture of that many exchanges, about 5 KB each with all their packets. Gives its bytes.

    `at_once` sessions go on at a time, each of twelve hooks; one that ends makes way for a new
    one. WCS keeps `connections` open, and each session's hooks go over many of them.
    """
    padding = json.dumps(
        {"nodeId": "n@127.0.0.1", "appKey": "defaultApp", "sdp": "v=0 " * (size // 4)}
    )
    talks = [
        Talk(client=(f"10.0.{i // 250}.{i % 250 + 1}", 30_000 + i), server=("10.1.0.1", 9091))
        for i in range(connections)
    ]
    total = file.write(pcap([], "ethernet"))
    for i in range(exchanges):
        talk = talks[i % connections]
        talk.packets = []
        if i < connections:
            talk.open(i / 1000)
        method, content = _hook_of_large(i, at_once, padding)
        talk.exchange(i / 1000 + 0.001, request(method, content), chunked(content))
        total += file.write(pcap(talk.packets, "ethernet")[24:])
    return total


def _hook_of_large(number: int, at_once: int, padding: str) -> tuple[str, bytes]:
    """The REST method and the body of one hook: sessions take turns, one hook each."""
    turn, place = divmod(number, at_once)
    life, step = divmod(turn, len(_SESSION))
    method, fields = _SESSION[step]
    said = json.dumps({"sessionId": f"session-{life * at_once + place}", "count": number, **fields})
    return method, f"{said[:-1]}, {padding[1:]}".encode()
