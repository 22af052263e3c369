"""The pcapng file: sections, interfaces, packets of three kinds (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from wcsdiag.capture.record import LARGEST_RECORD, Record

SECTION = b"\x0a\x0d\x0d\x0a"
"""The type of the block that a file begins with: the same in both byte orders."""

_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_LARGEST_BLOCK = 16 << 20
_MOST_INTERFACES = 4096
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6
_OPTION_RESOLUTION, _OPTION_OFFSET = 9, 14
_SMALLEST = {_OLD_PACKET: 32, _SIMPLE_PACKET: 16, _PACKET: 32}


@dataclass(frozen=True)
class _Interface:
    """`units` of its clock make a second; `offset` seconds are added."""

    link: int
    snap: int
    units: int = 1_000_000
    offset: int = 0

    def nanoseconds(self, high: int, low: int) -> int:
        ticks: int = (high << 32) | low
        return ticks * 1_000_000_000 // self.units + self.offset * 1_000_000_000


class PcapngBlocks:
    """Reads the records of a file, block by block. `need` bytes must be there for the next."""

    def __init__(self) -> None:
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._is_lost = False
        self.number = 0
        self.notes: list[str] = []
        self.used = 0
        self.need = 12

    def records(self, buffer: bytes) -> Iterator[Record]:
        """All records that are whole; sets `used` to where the next block begins."""
        offset, size = 0, len(buffer)
        self.need = 12
        while offset + 12 <= size:
            if self._is_lost:
                offset = self._search(buffer, offset)
                continue
            kind, length = self._head(buffer, offset)
            if length < 12 or length > _LARGEST_BLOCK:
                self._is_lost = True
                self._note("the capture is damaged: what could be read of it is shown")
                offset += 4
                continue
            if offset + length > size:
                self.need = length
                break
            record = self._block(kind, buffer, offset, offset + length)
            if record is not None:
                yield record
            offset += length
        self.used = offset

    def _head(self, buffer: bytes, offset: int) -> tuple[int, int]:
        if buffer.startswith(SECTION, offset):
            order = _ORDERS.get(buffer[offset + 8 : offset + 12])
            if order is None:
                return 0, 0
            self._order = order
        kind, length = struct.unpack_from(self._order + "II", buffer, offset)
        return kind, (length + 3) & ~3

    def _block(self, kind: int, buffer: bytes, start: int, end: int) -> Record | None:
        if buffer.startswith(SECTION, start):
            self._interfaces = []
        elif kind == _INTERFACE:
            self._add_interface(buffer, start, end)
        elif kind in _SMALLEST and end - start >= _SMALLEST[kind]:
            return self._packet(kind, buffer, start, end)
        return None

    def _packet(self, kind: int, buffer: bytes, start: int, end: int) -> Record | None:
        order = self._order
        number, high, low, caught = 0, 0, 0, 0
        if kind == _PACKET:
            number, high, low, caught = struct.unpack_from(order + "IIII", buffer, start + 8)
            data = start + 28
        elif kind == _OLD_PACKET:
            number, high, low, caught = struct.unpack_from(order + "HxxIII", buffer, start + 8)
            data = start + 28
        else:
            (caught,) = struct.unpack_from(order + "I", buffer, start + 8)
            data = start + 12
        self.number += 1
        if number >= len(self._interfaces):
            self._note("packets name an interface that the capture does not describe")
            return None
        interface = self._interfaces[number]
        if kind == _SIMPLE_PACKET:
            self._note("packets of the capture carry no time")
            caught = min(caught, interface.snap or caught)
            at = 0
        else:
            at = interface.nanoseconds(high, low)
        stop = min(data + caught, end - 4)
        return self.number, at, interface.link, buffer, data, stop

    def _add_interface(self, buffer: bytes, start: int, end: int) -> None:
        if end - start < 20 or len(self._interfaces) >= _MOST_INTERFACES:
            return
        link, snap = struct.unpack_from(self._order + "HxxI", buffer, start + 8)
        units, seconds = 1_000_000, 0
        for code, value in self._options(buffer, start + 16, end - 4):
            if code == _OPTION_RESOLUTION and value:
                power = value[0] & 0x7F
                units = (2 if value[0] & 0x80 else 10) ** min(power, 63)
            elif code == _OPTION_OFFSET and len(value) == 8:
                (seconds,) = struct.unpack(self._order + "q", value)
        self._interfaces.append(_Interface(link, snap, units, seconds))

    def _options(self, buffer: bytes, offset: int, end: int) -> Iterator[tuple[int, bytes]]:
        while offset + 4 <= end:
            code, length = struct.unpack_from(self._order + "HH", buffer, offset)
            offset += 4
            if code == 0 or offset + length > end:
                return
            yield code, buffer[offset : offset + length]
            offset += (length + 3) & ~3

    def _search(self, buffer: bytes, offset: int) -> int:
        """Behind damage: where a section begins, or a packet whose length stands at both ends."""
        packet = struct.pack(self._order + "I", _PACKET)
        begin = re.compile(re.escape(SECTION) + b"|" + re.escape(packet))
        for found in begin.finditer(buffer, offset):
            if found[0] == SECTION or self._is_whole(buffer, found.start()):
                self._is_lost = False
                return found.start()
        return len(buffer)

    def _is_whole(self, buffer: bytes, offset: int) -> bool:
        if offset + 8 > len(buffer):
            return False
        (length,) = struct.unpack_from(self._order + "I", buffer, offset + 4)
        if not _SMALLEST[_PACKET] <= length <= LARGEST_RECORD or offset + length > len(buffer):
            return False
        return buffer[offset + length - 4 : offset + length] == buffer[offset + 4 : offset + 8]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
