"""Requests and answers: their heads, and what is known of each (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

REQUEST = re.compile(rb"[A-Z]{2,20} [^ \r\n]{1,8192} HTTP/1\.[01]\r\n")
ANSWER = re.compile(rb"HTTP/1\.[01] [1-5][0-9]{2}(?: [^\r\n]*)?\r\n")
"""The first line of each."""

_ALIKE = 2 << 10
_MOST_DIGITS = 15


class Head(NamedTuple):
    """What a head says. `length` is None without a Content-Length, negative with a wrong one."""

    first_line: bytes
    headers: Mapping[bytes, bytes]
    status: int
    is_chunked: bool
    length: int | None


class Message:
    """A request or an answer: head, and body as it was sent.

    `began` and `ended` are times in nanoseconds, `number` is the frame of its first byte and
    `mark` what came with that. `status` is that of an answer. `size` counts its bytes, caught or
    not. `is_cut`: some of the body is not in `body`. Not `is_framed`: where it ends is not known.
    """

    __slots__ = (
        "began",
        "body",
        "ended",
        "first_line",
        "headers",
        "is_cut",
        "is_done",
        "is_framed",
        "mark",
        "number",
        "size",
        "status",
    )

    def __init__(self, head: Head, size: int, began: tuple[int, int, int]) -> None:
        self.first_line, self.headers, self.status = head.first_line, head.headers, head.status
        self.began, self.number, self.mark = began
        self.ended = 0
        self.size = size
        self.body = b""
        self.is_cut = self.is_done = False
        self.is_framed = True

    @property
    def keeps_connection(self) -> bool:
        """Whether the sender says, or lets HTTP/1.1 say, that the connection stays."""
        options = self.headers.get(b"connection", b"").lower()
        if b"HTTP/1.0" in self.first_line:
            return b"keep-alive" in options
        return b"close" not in options


def _read(head: bytes) -> Head | None:
    first_line, *lines = head.split(b"\r\n")
    is_answer = ANSWER.match(first_line + b"\r\n") is not None
    if not is_answer and REQUEST.match(first_line + b"\r\n") is None:
        return None
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers.setdefault(name.strip().lower(), value.strip())
    text = headers.get(b"content-length")
    length = None
    if text is not None:
        length = int(text) if text.isdigit() and len(text) <= _MOST_DIGITS else -1
    is_chunked = b"chunked" in headers.get(b"transfer-encoding", b"").lower()
    return Head(first_line, headers, int(first_line[9:12]) if is_answer else 0, is_chunked, length)


_read_as_before = lru_cache(maxsize=1024)(_read)


def read_head(head: bytes) -> Head | None:
    """A head without its last empty line; None where it is none.

    Those of one server, and of one client, are mostly alike: short ones are remembered.
    """
    return (_read_as_before if len(head) <= _ALIKE else _read)(head)
