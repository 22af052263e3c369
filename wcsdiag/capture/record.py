"""A packet as it stands in a capture file, and what is wrong with files that hold none."""

from __future__ import annotations

from wcsdiag.errors import WcsdiagError

LARGEST_RECORD = 1 << 20
"""Bytes of one packet; what claims more is damage. Tools write at most 256 KiB."""


Record = tuple[int, int, int, bytes, int, int]
"""One packet: number, time, link type, buffer, start, end; `buffer[start:end]` was caught of it.

The number counts from 1, as frames do in Wireshark. The time is in nanoseconds since 1970, 0 where
the file does not say. A bare tuple, because one is made for every packet.
"""


class NotACaptureError(WcsdiagError):
    """The bytes are neither pcap nor pcapng, or there are none."""


def not_a_capture(head: bytes) -> NotACaptureError:
    """The error for a file that begins so."""
    if not head:
        return NotACaptureError(
            "the capture is empty: not one byte",
            hint="A capture begins with a header even where no packet came. Did tcpdump run?",
        )
    seen = head[:8].hex(" ")
    return NotACaptureError(
        f"this is not a capture: it begins with the bytes {seen}, and pcap and pcapng do not",
        hint="Capture with: tcpdump -i any -s 0 -w wcs.pcap 'tcp port 9091'",
    )
