"""A capture file as it comes, in pieces: gzip or not, pcap or pcapng, to records."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator

from wcsdiag.capture.pcap import HEADER, PcapBlocks, is_pcap
from wcsdiag.capture.pcapng import SECTION, PcapngBlocks
from wcsdiag.capture.record import Record, not_a_capture

_GZIP = b"\x1f\x8b"
_STEP = 4 << 20
_STRIDE = 128 << 10
"""Bytes that are read together: of more, copies no longer stay in the processor's cache."""

_SMALL_STEP = 256
_BOMB_FROM = 64 << 20
_BOMB_RATIO = 250


class CaptureFile:
    """Takes the bytes of a file piece by piece. `notes` tell of limits and damage."""

    def __init__(self) -> None:
        self._head = b""
        self._gunzip: _Gunzip | None = None
        self._blocks: PcapBlocks | PcapngBlocks | None = None
        self._pieces: list[bytes] = []
        self._have = 0
        self._need = HEADER
        self._own_notes: list[str] = []

    @property
    def packets(self) -> int:
        """How many records came so far."""
        return self._blocks.number if self._blocks else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Each once."""
        notes = list(self._own_notes)
        for part in (self._gunzip, self._blocks):
            notes += part.notes if part else []
        return tuple(notes)

    def feed(self, data: bytes) -> Iterator[Iterator[Record]]:
        """The records that are whole, some at a time, each to be read to its end before the next.

        Raises `NotACaptureError`.
        """
        if self._gunzip is None and self._blocks is None:
            data = self._head + data
            if len(data) < HEADER and (data[:2] != _GZIP or len(data) < 2):
                self._head = data
                return
            self._head = b""
            if data.startswith(_GZIP):
                self._gunzip = _Gunzip()
        if self._gunzip is None:
            for at in range(0, len(data), _STRIDE):
                yield from self._read(data[at : at + _STRIDE])
        else:
            for piece in self._gunzip.feed(data):
                yield from self._read(piece)

    def finish(self) -> None:
        """No more comes. Raises `NotACaptureError` where not even a header came."""
        if self._blocks is None:
            raise not_a_capture(self._head or b"".join(self._pieces))
        if self._gunzip is not None:
            self._gunzip.finish()
        if self._have:
            self._own_notes.append("the capture is cut off: its last packet is not whole")

    def _read(self, data: bytes) -> Iterator[Iterator[Record]]:
        """Gathers until something can be read, so that small pieces cost no more than large."""
        self._pieces.append(data)
        self._have += len(data)
        if self._have < self._need:
            return
        buffer = data if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._blocks is None:
            self._blocks, used = _blocks_of(buffer)
            buffer = buffer[used:]
        blocks = self._blocks
        yield blocks.records(buffer)
        rest = buffer[blocks.used :]
        self._pieces, self._have, self._need = [rest], len(rest), blocks.need


def _blocks_of(head: bytes) -> tuple[PcapBlocks | PcapngBlocks, int]:
    if is_pcap(head):
        return PcapBlocks(head[:HEADER]), HEADER
    if head.startswith(SECTION):
        return PcapngBlocks(), 0
    raise not_a_capture(head)


class _Gunzip:
    """Unpacks gzip, several members as well, in steps of a bounded size."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(31)
        self._read = 0
        self._given = 0
        self._ended = False
        self.notes: list[str] = []

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._read += len(data)
        while not self._ended:
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(31)
            before = self._unpack.copy()
            try:
                piece = self._unpack.decompress(data, _STEP)
            except zlib.error as error:
                self._stop(f"the gzip file is damaged ({error}): what came before it is shown")
                yield from _up_to_damage(before, data)
                return
            self._given += len(piece)
            if self._given > max(_BOMB_FROM, self._read * _BOMB_RATIO):
                self._stop("the gzip file grows without end: the rest of it was not read")
                return
            if piece:
                yield piece
            if self._unpack.eof:
                data = self._unpack.unused_data
                # Padding behind the last member is allowed (RFC 1952, 2.2 and gzip(1)).
                self._ended = not _GZIP.startswith(data[:2])
                if not data:
                    return
            else:
                data = self._unpack.unconsumed_tail
                if not data and len(piece) < _STEP:
                    return

    def finish(self) -> None:
        if not self._ended and not self._unpack.eof:
            self._stop("the gzip file is cut off: what came before its end is shown")

    def _stop(self, note: str) -> None:
        self._ended = True
        self.notes.append(note)


def _up_to_damage(unpack: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What can be unpacked before the damage: zlib gives nothing of the call that meets it."""
    with contextlib.suppress(zlib.error):
        while piece := unpack.decompress(data, _SMALL_STEP):
            yield piece
            data = unpack.unconsumed_tail
