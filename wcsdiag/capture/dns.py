"""DNS questions for addresses, and which of them failed (RFC 1035)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_ADDRESS_TYPES = (1, 28)
_RESPONSE = 0x8000
_CODES = {2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
_UNANSWERED_AFTER_NS = 5 * 1_000_000_000
_MOST_OPEN = 4_096
_MOST_NAMES = 4_096


@dataclass(slots=True)
class FailedName:
    """A name that could not be resolved, how often, and how it first failed."""

    name: str
    detail: str
    at: int
    number: int
    count: int = 1


class Questions:
    """Questions for A and AAAA records, in bounded memory."""

    def __init__(self) -> None:
        self._open: dict[tuple[bytes, int, str, int], tuple[int, int]] = {}
        self._resolved: dict[str, None] = {}
        self._failed: dict[str, FailedName] = {}

    def packet(self, key: bytes, data: bytes, at: int, number: int) -> None:
        """The payload of a UDP packet from or to port 53; `key` is that of the asking side."""
        if len(data) < 12:
            return
        name_id, flags, count, answers = struct.unpack_from("!HHHH", data)
        question = _question(data) if count == 1 else None
        if question is None or question[1] not in _ADDRESS_TYPES:
            return
        name, kind = question
        if not flags & _RESPONSE:
            self._ask(key, name_id, name, kind, at, number)
            return
        asked = self._open.pop((key, name_id, name, kind), (at, number))
        code = flags & 0x0F
        if code in _CODES:
            self._fail(name, f"the DNS server answered {_CODES[code]}", *asked)
        elif answers and len(self._resolved) < _MOST_NAMES:
            self._resolved[name] = None

    def failed(self, at: int) -> Iterator[FailedName]:
        """Names that failed and never resolved.

        Not those that a search list made or replaced: `web` may fail where `web.example.net`
        resolves, and `web.example.net.local` where `web.example.net` does.
        """
        for key in list(self._open):
            self._unanswered(key, at)
        for name, failed in self._failed.items():
            if not any(_are_tries_for_one(name, resolved) for resolved in self._resolved):
                yield failed

    def _ask(self, key: bytes, name_id: int, name: str, kind: int, at: int, number: int) -> None:
        self._open.setdefault((key, name_id, name, kind), (at, number))
        if len(self._open) > _MOST_OPEN:
            self._unanswered(next(iter(self._open)), at)

    def _unanswered(self, key: tuple[bytes, int, str, int], at: int) -> None:
        asked, number = self._open.pop(key)
        if at - asked >= _UNANSWERED_AFTER_NS:
            self._fail(key[2], "no DNS server answered", asked, number)

    def _fail(self, name: str, detail: str, at: int, number: int) -> None:
        known = self._failed.get(name)
        if known is not None:
            known.count += 1
        elif len(self._failed) < _MOST_NAMES:
            self._failed[name] = FailedName(name, detail, at, number)


def _are_tries_for_one(failed: str, resolved: str) -> bool:
    return (
        failed == resolved or failed.startswith(resolved + ".") or resolved.startswith(failed + ".")
    )


def _question(data: bytes) -> tuple[str, int] | None:
    labels: list[str] = []
    at = 12
    while at < len(data) and len(labels) < 128:
        length = data[at]
        if not length:
            if at + 5 > len(data):
                return None
            return ".".join(labels).lower(), int.from_bytes(data[at + 1 : at + 3])
        if length > 63:
            return None
        labels.append(data[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return None
