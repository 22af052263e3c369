"""ICMP messages that a packet could not go on, and what they quote of it (RFC 792, 4443)."""

from __future__ import annotations

from wcsdiag.capture.ip import ICMP, TCP, IpPacket, parse_ip

_UNREACHABLE = 3
_UNREACHABLE6 = 1
_CODES = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    9: "network administratively prohibited",
    10: "host administratively prohibited",
    13: "communication administratively prohibited",
}
_CODES6 = {
    0: "no route",
    1: "communication administratively prohibited",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed the policy",
    6: "route rejected",
}


def quoted(packet: IpPacket) -> tuple[bytes, str] | None:
    """The key of the TCP packet that could not go on, and what the message says."""
    buffer, start, end = packet.buffer, packet.start, packet.end
    if end - start < 8:
        return None
    is_old = packet.protocol == ICMP
    kind, code = buffer[start], buffer[start + 1]
    if kind != (_UNREACHABLE if is_old else _UNREACHABLE6):
        return None
    inner = parse_ip(buffer, start + 8, end)
    if not isinstance(inner, IpPacket) or inner.protocol != TCP or inner.end - inner.start < 4:
        return None
    key = inner.source + inner.target + inner.buffer[inner.start : inner.start + 4]
    meaning = (_CODES if is_old else _CODES6).get(code, f"code {code}")
    return key, f"ICMP answered the SYN: {meaning}"
