"""What a TLS connection shows without its keys: the name asked for, and alerts (RFC 8446)."""

from __future__ import annotations

import struct

_ALERT, _HANDSHAKE = 21, 22
_CLIENT_HELLO = 1
_LARGEST_RECORD = 16_384 + 2_048
_SERVER_NAME = 0
_MOST_RECORDS = 64

_ALERTS = {
    0: "close_notify",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    116: "certificate_required",
    120: "no_application_protocol",
}


def is_tls(data: bytes) -> bool:
    """True where a connection that begins so begins with a ClientHello."""
    return data[:2] == b"\x16\x03" and len(data) > 5 and data[5] == _CLIENT_HELLO


class TlsWatch:
    """Reads the records of a handshake. `trouble` says how it failed, where that can be seen."""

    def __init__(self, at: int, number: int) -> None:
        self.at = at
        self.number = number
        self.server_name = ""
        self.trouble = ""
        self._client = _Records()
        self._server = _Records()
        self._is_answered = False

    def from_client(self, data: bytes) -> None:
        """Bytes of the client, in order."""
        for kind, body in self._client.feed(data):
            if kind == _HANDSHAKE and body[:1] == bytes((_CLIENT_HELLO,)) and not self.server_name:
                self.server_name = server_name(body)
            elif kind == _ALERT:
                self._alert("the client", body)

    def from_server(self, data: bytes) -> None:
        """Bytes of the server, in order."""
        if not self._is_answered and data[:1] not in (b"\x15", b"\x16"):
            self.trouble = f"what answers is not TLS: it begins with {data[:8].hex(' ')}"
        self._is_answered = True
        for kind, body in self._server.feed(data):
            if kind == _ALERT:
                self._alert("the web server", body)

    def server_closed(self) -> None:
        """The server closed or reset the connection."""
        if not self._is_answered and not self.trouble:
            self.trouble = "the web server closed the connection instead of answering"

    def lost(self) -> None:
        """Bytes are missing: nothing can be told of what follows."""
        self._is_answered = True
        self._client.stop()
        self._server.stop()

    def _alert(self, who: str, body: bytes) -> None:
        if len(body) == 2 and body[1] != 0 and not self.trouble:
            name = _ALERTS.get(body[1], "unknown")
            self.trouble = f"{who} sent the alert {name} ({body[1]})"


class _Records:
    """The records of one direction, up to where they are encrypted."""

    def __init__(self) -> None:
        self._buffer = b""
        self._ended = False
        self._count = 0

    def stop(self) -> None:
        self._ended = True
        self._buffer = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        if self._ended:
            return found
        self._buffer += data
        while len(self._buffer) >= 5 and not self._ended:
            kind, length = struct.unpack_from("!BxxH", self._buffer)
            is_known = kind in (_ALERT, _HANDSHAKE)
            if not is_known or length > _LARGEST_RECORD or self._count > _MOST_RECORDS:
                self.stop()
            elif len(self._buffer) < 5 + length:
                break
            else:
                self._count += 1
                found.append((kind, self._buffer[5 : 5 + length]))
                self._buffer = self._buffer[5 + length :]
        return found


def server_name(hello: bytes) -> str:
    """The name in a ClientHello's server_name extension (RFC 6066), empty where there is none."""
    try:
        at = 4 + 2 + 32
        at += 1 + hello[at]
        at += 2 + int.from_bytes(hello[at : at + 2])
        at += 1 + hello[at]
        end = at + 2 + int.from_bytes(hello[at : at + 2])
        at += 2
        while at + 4 <= min(end, len(hello)):
            kind, length = struct.unpack_from("!HH", hello, at)
            if kind == _SERVER_NAME:
                size = int.from_bytes(hello[at + 7 : at + 9])
                return hello[at + 9 : at + 9 + size].decode("ascii", "replace")
            at += 4 + length
    except (IndexError, struct.error):
        pass
    return ""
