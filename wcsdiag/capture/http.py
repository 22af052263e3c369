"""HTTP/1.0 and 1.1 messages from the bytes of one direction of a connection (RFC 9112)."""

from __future__ import annotations

import re
from enum import Enum
from typing import Protocol

from wcsdiag.capture.budget import Budget
from wcsdiag.capture.message import ANSWER, REQUEST, Message, read_head

HEAD_LIMIT = 32 << 10
BODY_LIMIT = 256 << 10
"""Bytes of one body that are kept; the rest is counted."""

_LINE_LIMIT = 4 << 10
_STRIDE = 16 << 10
"""Bytes that are looked at together: each chunk costs a copy of what follows it."""

_MOST_PIECES = 256
_SEARCH_LIMIT = 1 << 20
"""Bytes in which no message begins: then the connection carries something else."""

_REQUEST_BEGIN = re.compile(rb"[A-Z]{2,20} |[A-Z]{1,20}\Z")
_PLAIN_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})\r\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;|\Z)")
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_ANSWER_BEGIN = b"HTTP/1."


class _State(Enum):
    HEAD = "head"
    FIXED = "body of a known length"
    SIZE = "line with a chunk's size"
    CHUNK = "chunk"
    TRAILER = "trailer"
    REST = "body until the connection closes"
    LOST = "lost"
    DEAF = "not HTTP, or HTTP no more"


_HEAD, _FIXED, _SIZE, _CHUNK = _State.HEAD, _State.FIXED, _State.SIZE, _State.CHUNK


class Listener(Protocol):
    """What hears of the messages of one direction."""

    def began(self, message: Message, /) -> None:
        """Its head is whole."""

    def done(self, message: Message, /) -> None:
        """It is whole, or nothing more of it will be found."""

    def is_bodiless(self, message: Message, /) -> bool:
        """Whether it has no body whatever its head says."""

    def not_http(self, data: bytes, /) -> None:
        """Instead of a message, this came."""


class MessageParser:
    """Finds the messages of one direction. After a loss it goes on where one seems to begin."""

    def __init__(
        self, listener: Listener, budget: Budget, *, is_request: bool, is_new: bool
    ) -> None:
        self._listener = listener
        self._done = listener.done
        self._budget = budget
        self._is_request = is_request
        self._start = REQUEST if is_request else ANSWER
        self._state = _State.HEAD if is_new else _State.LOST
        self._buffer = b""
        self._began = (0, 0, 0)
        self._pieces: list[bytes] = []
        self._kept = 0
        self._remaining = 0
        self._searched = 0
        self.current: Message | None = None

    @property
    def partial(self) -> int:
        """Bytes of a message that has begun and is not whole."""
        return len(self._buffer) + (self.current.size if self.current else 0)

    def feed(self, data: bytes, at: int, number: int, mark: int) -> None:
        """The next bytes, when they came, in which frame, and their mark."""
        while len(data) > _STRIDE:
            self.feed(data[:_STRIDE], at, number, mark)
            data = data[_STRIDE:]
        while data:
            state = self._state
            if state is _FIXED or state is _CHUNK:
                if len(data) < self._remaining:
                    self._remaining -= len(data)
                    self._keep(data)
                    return
                data = self._last_counted(data, at)
            elif state is _HEAD:
                data = self._head(data, at, number, mark)
            elif state is _SIZE or state is _State.TRAILER:
                data = self._line(data, at)
            elif state is _State.REST:
                self._keep(data)
                return
            elif state is _State.LOST:
                data = self._search(data)
            else:
                return

    def gap(self, length: int | None, at: int) -> None:
        """So many bytes are missing; None: nobody knows how many."""
        if self._state is _State.DEAF:
            return
        message = self.current
        if message is None:
            self._abandon_head(at)
        elif length is None:
            self._abandon(at)
        elif self._state is _State.REST:
            message.size += length
            message.is_cut = True
        elif self._state in (_State.FIXED, _State.CHUNK) and length <= self._remaining:
            message.is_cut = True
            message.size += length
            self._remaining -= length
            if not self._remaining:
                self._counted_out(at)
        else:
            self._abandon(at)

    def close(self, at: int) -> None:
        """The sender closed its direction."""
        if self._state is _State.REST and self.current is not None:
            self._finish(at)
        self._state = _State.DEAF

    def interrupted(self) -> Message | None:
        """The message that has begun and will not become whole, with what there is of it."""
        message = self.current
        if message is not None:
            message.body = b"".join(self._pieces)
            message.is_cut = True
            message.is_framed = False
            self.stop()
        return message

    def stop(self) -> None:
        """What follows is no HTTP any more, or not wanted."""
        self._forget()
        self._state = _State.DEAF

    def _search(self, data: bytes) -> bytes:
        found = self._start.search(data)
        if found:
            self._searched = 0
            self._state = _State.HEAD
            return data[found.start() :]
        self._searched += len(data)
        if self._searched > _SEARCH_LIMIT:
            self.stop()
        return b""

    def _head(self, data: bytes, at: int, number: int, mark: int) -> bytes:
        if self._buffer:
            self._budget.held -= len(self._buffer)
            data = self._buffer + data
            self._buffer = b""
        else:
            if data[0] in b"\r\n":
                data = data.lstrip(b"\r\n")
            self._began = (at, number, mark)
        end = data.find(b"\r\n\r\n", 0, HEAD_LIMIT)
        if end < 0:
            return self._wait_for_head(data)
        message = self._message(data[:end], end + 4)
        if message is None:
            self._refuse(data)
            return b""
        self._begin_body(message, at)
        return data[end + 4 :]

    def _wait_for_head(self, data: bytes) -> bytes:
        if not self._may_begin(data) or len(data) >= HEAD_LIMIT:
            self._refuse(data)
        else:
            self._buffer = data
            self._budget.held += len(data)
        return b""

    def _may_begin(self, data: bytes) -> bool:
        if self._is_request:
            return _REQUEST_BEGIN.match(data) is not None
        return data.startswith(_ANSWER_BEGIN) or _ANSWER_BEGIN.startswith(data)

    def _message(self, data: bytes, size: int) -> Message | None:
        head = read_head(data)
        if head is None or (head.status == 0) != self._is_request:
            return None
        return Message(head, size, *self._began)

    def _begin_body(self, message: Message, at: int) -> None:
        self._listener.began(message)
        if self._state is _State.DEAF:
            return
        self.current = message
        head = message.head
        if not self._is_request and self._listener.is_bodiless(message):
            self._finish(at)
        elif head.is_chunked:
            self._state = _SIZE
        elif head.length is not None and head.length < 0:
            self._abandon(at)
        elif head.length:
            self._remaining = head.length
            self._state = _FIXED
        elif self._is_request or head.length == 0:
            self._finish(at)
        else:
            self._state = _State.REST

    def _last_counted(self, data: bytes, at: int) -> bytes:
        """The rest of a body or chunk, and what follows it."""
        remaining = self._remaining
        self._remaining = 0
        rest = data[remaining:]
        self._keep(data[:remaining])
        if rest == _LAST_CHUNK and self._state is _CHUNK:
            assert self.current is not None
            self.current.size += len(rest)
            self._finish(at)
            return b""
        self._counted_out(at)
        return rest

    def _counted_out(self, at: int) -> None:
        if self._state is _FIXED:
            self._finish(at)
        else:
            self._state = _SIZE

    def _line(self, data: bytes, at: int) -> bytes:
        """A chunk's size, the empty line behind a chunk, or a line of the trailer."""
        message = self.current
        assert message is not None
        if self._state is _SIZE and not self._buffer:
            plain = _PLAIN_CHUNK_SIZE.match(data)
            if plain:
                message.size += plain.end()
                self._set_chunk(int(plain[1], 16))
                return data[plain.end() :]
        end = data.find(b"\n") + 1
        line = data[:end] if end else data
        message.size += len(line)
        if self._buffer or not end:
            line = self._buffer = self._buffer + line
        if len(line) > _LINE_LIMIT:
            self._abandon(at)
        elif end:
            self._buffer = b""
            line = line.strip()
            if self._state is _State.TRAILER:
                if not line:
                    self._finish(at)
            elif line:
                self._begin_chunk(line, at)
        return data[end:] if end else b""

    def _begin_chunk(self, line: bytes, at: int) -> None:
        size = _CHUNK_SIZE.match(line)
        if size is None:
            self._abandon(at)
            return
        self._set_chunk(int(size[1], 16))

    def _set_chunk(self, size: int) -> None:
        self._remaining = size
        self._state = _CHUNK if size else _State.TRAILER

    def _keep(self, data: bytes) -> None:
        message = self.current
        assert message is not None
        size = len(data)
        message.size += size
        if size > BODY_LIMIT - self._kept:
            message.is_cut = True
            data = data[: BODY_LIMIT - self._kept]
            size = len(data)
        if size:
            self._kept += size
            self._budget.held += size
            self._pieces.append(data)
            if len(self._pieces) > _MOST_PIECES:
                self._pieces = [b"".join(self._pieces)]

    def _finish(self, at: int) -> None:
        """The message is whole; the next may begin."""
        message = self.current
        assert message is not None
        message.body = b"".join(self._pieces)
        message.ended = at
        message.is_done = True
        self._forget()
        self._state = _HEAD
        self._done(message)

    def _abandon(self, at: int) -> None:
        """Where the message ends cannot be known; look for the next."""
        message = self.current
        assert message is not None
        message.is_cut = True
        message.is_framed = False
        self._finish(at)
        self._state = _State.LOST

    def _abandon_head(self, at: int) -> None:
        buffer = self._buffer
        self._forget()
        lines = buffer.rpartition(b"\r\n")[0]
        found = self._message(lines, len(buffer)) if lines else None
        if found is not None:
            self._listener.began(found)
            self.current = found
            self._abandon(at)
        self._state = _State.LOST

    def _refuse(self, data: bytes) -> None:
        self._state = _State.DEAF
        self._listener.not_http(data)

    def _forget(self) -> None:
        if self._kept:
            self._budget.held -= self._kept
            self._pieces = []
            self._kept = 0
        if self._buffer:
            if self._state is _HEAD:
                self._budget.held -= len(self._buffer)
            self._buffer = b""
        self.current = None
