"""A whole capture, piece by piece: exchanges, and attempts that no hook is seen of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from wcsdiag.capture.attempts import MOST_OPEN, Attempts
from wcsdiag.capture.budget import MOST_HELD, Budget
from wcsdiag.capture.contacts import Contacts
from wcsdiag.capture.dns import Questions
from wcsdiag.capture.file import CaptureFile
from wcsdiag.capture.hook import moment
from wcsdiag.capture.packets import Packets
from wcsdiag.capture.record import NotACaptureError
from wcsdiag.capture.seen import Seen
from wcsdiag.capture.tcp import TcpTable
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import Contact

__all__ = ["CaptureReader", "CaptureSummary", "NotACaptureError"]


@dataclass(frozen=True)
class CaptureSummary:
    """What a capture is. `began` and `ended` are its first and last moment; None without times."""

    began: datetime | None
    ended: datetime | None
    packets: int
    link_type: str
    notes: tuple[str, ...]


class CaptureReader:
    """Reads pcap and pcapng, packed with gzip or not, in pieces of any size.

    With `ports`, TCP from and to other ports is passed over, and every POST of JSON is a hook.
    Without, a POST is a hook where its path or body shows it (`HookReader`). `names` are the
    hosts of the REST URLs, if they are known: then only their DNS failures count.
    """

    def __init__(
        self, *, ports: frozenset[int] | None = None, names: frozenset[str] | None = None
    ) -> None:
        self._file = CaptureFile()
        self._budget = Budget()
        self._attempts = Attempts()
        self._questions = Questions()
        self._seen = Seen(ports, self._budget)
        self._tcp = TcpTable(self._seen.follow, self._seen.guess, self._attempts)
        self._packets = Packets(self._tcp, self._attempts, self._questions, ports)
        self._contacts = Contacts(self._attempts, self._questions, self._seen, ports, names)

    def feed(self, data: bytes) -> Iterator[Exchange | Contact]:
        """The exchanges that the next bytes complete. Raises `NotACaptureError`."""
        packets, seen, budget = self._packets, self._seen, self._budget
        for records in self._file.feed(data):
            for now in packets.take_all(records, self._is_due):
                if budget.held > MOST_HELD:
                    self._tcp.trim(now)
                if seen.is_new:
                    seen.is_new = False
                    yield from seen.order.ready(now)

    def _is_due(self) -> bool:
        return self._seen.is_new or self._budget.held > MOST_HELD

    def finish(self) -> Iterator[Exchange | Contact]:
        """All that is left, then the contacts. Raises `NotACaptureError` where nothing came."""
        self._file.finish()
        self._tcp.finish(self._packets.ended)
        yield from self._seen.order.rest()
        yield from self._contacts.all(self._packets.ended)

    @property
    def summary(self) -> CaptureSummary:
        """As far as it was read."""
        return CaptureSummary(
            moment(self._packets.began),
            moment(self._packets.ended),
            self._file.packets,
            ", ".join(self._packets.link_names),
            (*self._file.notes, *self._notes()),
        )

    def _notes(self) -> Iterator[str]:
        seen = self._seen
        for link in sorted(self._packets.unknown_links):
            yield f"packets of link type {link} were passed over: wcsdiag does not read it"
        counted = (
            (seen.passed_over, "HTTP requests are no hooks and were passed over"),
            (seen.orphans, "answers belong to requests that are not in the capture"),
            (seen.copies, "hooks were captured a second time, on another interface"),
            (self._packets.lost_datagrams, "IP datagrams are not whole: fragments are missing"),
            (self._tcp.given_up, "connections were given up: more are open than wcsdiag follows"),
            (self._attempts.given_up, "attempts to connect cannot be judged: too little follows"),
            (
                self._attempts.crowded_out,
                f"attempts to connect were not followed: wcsdiag follows {MOST_OPEN} at once",
            ),
        )
        yield from (f"{count} {text}" for count, text in counted if count)
        if self._attempts.is_full:
            yield "attempts to connect to still more servers failed than wcsdiag lists"
        yield from self._contacts.notes
