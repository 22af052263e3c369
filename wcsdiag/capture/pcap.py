"""The classic pcap file, in all byte orders and resolutions (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from wcsdiag.capture.record import LARGEST_RECORD, Record

HEADER = 24
_DAY_S = 86_400

_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    # Kuznetzov's variant, written by old patched systems: eight more bytes for each packet.
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
}


def is_pcap(head: bytes) -> bool:
    """True where a file with these first four bytes is pcap."""
    return head[:4] in _MAGIC


class PcapBlocks:
    """Reads the records of a file whose header, of `HEADER` bytes, is given."""

    def __init__(self, header: bytes) -> None:
        order, self._scale, self._head = _MAGIC[header[:4]]
        self._order = order
        # The upper half of the field tells of checksums at a frame's end.
        self._link = struct.unpack(order + "20xI", header)[0] & 0xFFFF
        self._unpack = struct.Struct(order + "IIII").unpack_from
        self._last_s: int | None = None
        self.number = 0
        self.notes: list[str] = []
        self.used = 0
        self.need = self._head

    def records(self, buffer: bytes) -> Iterator[Record]:
        """All records that are whole; sets `used` to where the next one begins."""
        unpack, scale, head, link = self._unpack, self._scale, self._head, self._link
        offset, size, number, known_s = 0, len(buffer), self.number, self._last_s
        last = size - head
        self.need = head
        try:
            while offset <= last:
                seconds, fraction, caught, _ = unpack(buffer, offset)
                start = offset + head
                end = start + caught
                if end > size or fraction >= 1_000_000_000:
                    if caught <= LARGEST_RECORD and fraction < 1_000_000_000:
                        self.need = head + caught
                        break
                    self._last_s = known_s
                    self._note_damage(number)
                    found = self._next_plausible(buffer, offset + 1)
                    offset = max(offset + 1, last) if found is None else found
                    if found is None:
                        break
                    continue
                number += 1
                known_s = seconds
                yield number, seconds * 1_000_000_000 + fraction * scale, link, buffer, start, end
                offset = end
        finally:
            self.number, self._last_s, self.used = number, known_s, offset

    def _note_damage(self, number: int) -> None:
        if not self.notes:
            self.notes.append(
                f"the capture is damaged after frame {number}: what could be read is shown"
            )

    def _next_plausible(self, buffer: bytes, offset: int) -> int | None:
        """Where a record may begin: two in a row make sense, near the time of the last one."""
        if self._last_s is None:
            return None
        is_little = self._order == "<"
        shift = 2 if is_little else 0
        upper = self._last_s >> 16
        halves = (
            re.escape((part & 0xFFFF).to_bytes(2, "little" if is_little else "big"))
            for part in (upper, upper + 1)
        )
        # Looking ahead, so that matches may overlap.
        near = re.compile(b"(?=" + b"|".join(halves) + b")")
        for found in near.finditer(buffer, offset + shift):
            at = found.start() - shift
            end = self._plausible_end(buffer, at)
            if end == len(buffer) or (end and self._plausible_end(buffer, end)):
                return at
        return None

    def _plausible_end(self, buffer: bytes, offset: int) -> int | None:
        if offset + self._head > len(buffer):
            return None
        seconds, fraction, caught, wire = self._unpack(buffer, offset)
        if not 0 < caught <= wire <= LARGEST_RECORD or fraction >= 1_000_000_000:
            return None
        if self._last_s is not None and abs(seconds - self._last_s) > _DAY_S:
            return None
        return int(offset + self._head + caught)
