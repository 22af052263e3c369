"""Replies as they go over a connection: whole, or in one of the ways that are wrong."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus

from wcsdiag.errors import words_of
from wcsdiag.hooks.exchange import Failure
from wcsdiag.receiver.behaviour import Behaviour
from wcsdiag.receiver.incoming import Request
from wcsdiag.receiver.reply import Reply

_GIBIBYTE = 1 << 30
_LONGEST_WAIT_S = 600.0
_LOOK_UP_MS = 100
_RESET_COMES_MS = 300
_NO_BODY = frozenset({204, 304})
_NOT_HTTP = b"220 mail.example ESMTP ready\r\n500 unrecognised command\r\n"


@dataclass(frozen=True)
class Delivered:
    """What the client got. `status` is None where no answer began; `keep`: the connection goes on.

    `seconds` run from the end of the request. `abrupt`: the connection is to be closed at once.
    """

    status: int | None
    seconds: float
    first_byte_s: float | None = None
    size: int = 0
    keep: bool = False
    abrupt: bool = False
    failure: Failure | None = None
    error: str | None = None


class Outgoing:
    """The way back to the client for one request. `closed` ends every wait."""

    def __init__(
        self, connection: socket.socket, request: Request, closed: threading.Event, send_s: float
    ) -> None:
        self._connection = connection
        self._request = request
        self._closed = closed
        self._send_s = send_s
        self._first_byte_s: float | None = None
        self._size = 0

    def deliver(
        self, reply: Reply, behaviour: Behaviour, delay_s: float, *, keep: bool
    ) -> Delivered:
        """Send the reply, or do with it what the behaviour wants."""
        try:
            match behaviour:
                case Behaviour.SLOW:
                    return self._slowly(reply, delay_s, keep=keep)
                case Behaviour.DRIP:
                    return self._dripping(reply)
                case Behaviour.HUGE:
                    return self._too_much(reply)
                case Behaviour.CLOSES_IDLE_CONNECTION:
                    return self._breaking_promise(reply)
                case _:
                    return self._silently(behaviour) or self._whole(reply, keep=keep)
        except OSError as error:
            return self._broken_off(reply, error)

    def _silently(self, behaviour: Behaviour) -> Delivered | None:
        """What ends without an answer in HTTP; None where the behaviour is none of that."""
        match behaviour:
            case Behaviour.NEVER_ANSWERS:
                return self._never()
            case Behaviour.CLOSES_EARLY:
                return self._unanswered(Failure.CLOSED_EARLY, "closed without an answer")
            case Behaviour.RESETS:
                off_and_nothing_left = struct.pack("ii", 1, 0)
                level, option = socket.SOL_SOCKET, socket.SO_LINGER
                self._connection.setsockopt(level, option, off_and_nothing_left)
                self._connection.close()
                return self._unanswered(Failure.RESET, "reset without an answer")
            case Behaviour.NOT_HTTP:
                self._send(_NOT_HTTP)
                return self._unanswered(Failure.NOT_HTTP, "answered like a mail server")
            case _:
                return None

    def _whole(self, reply: Reply, *, keep: bool, gone_s: float | None = None) -> Delivered:
        if gone_s is None and self._client_ended(0):
            gone_s = self._seconds()
        content = b"" if self._request.verb == "HEAD" else reply.body
        try:
            self._send(self._head(reply, len(reply.body), keep=keep) + content)
        except OSError as error:
            return self._broken_off(reply, error) if gone_s is None else self._given_up(gone_s)
        # A client that sent its end may still wait for the answer; one that closed answers it
        # with a reset.
        if gone_s is not None and self._was_reset():
            return self._given_up(gone_s)
        return self._ended(reply.status, keep=keep)

    def _slowly(self, reply: Reply, delay_s: float, *, keep: bool) -> Delivered:
        gone_s = self._wait_for_end(delay_s)
        self._closed.wait(max(0.0, delay_s - self._seconds()))
        return self._whole(reply, keep=keep, gone_s=gone_s)

    def _never(self) -> Delivered:
        gone_s = self._wait_for_end(_LONGEST_WAIT_S)
        if gone_s is None:
            return self._unanswered(Failure.TIMED_OUT, "never answered")
        return self._given_up(gone_s)

    def _dripping(self, reply: Reply) -> Delivered:
        self._send(self._head(reply, len(reply.body), keep=False))
        for number in range(len(reply.body)):
            self._send(reply.body[number : number + 1])
            if self._closed.wait(1.0):
                return self._unanswered(Failure.CLOSED_EARLY, "ended in a dripping answer")
        return self._ended(reply.status)

    def _too_much(self, reply: Reply) -> Delivered:
        self._send(self._head(reply, _GIBIBYTE, keep=False))
        part = b" " * 65536
        for _ in range(_GIBIBYTE // len(part)):
            if self._closed.is_set():
                break
            self._send(part)
        return self._ended(reply.status)

    def _breaking_promise(self, reply: Reply) -> Delivered:
        self._send(self._head(reply, len(reply.body), keep=True) + reply.body)
        return replace(self._ended(reply.status), abrupt=True)

    def _head(self, reply: Reply, length: int, *, keep: bool) -> bytes:
        lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
        lines += [f"Server: wcsdiag\r\nDate: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {_one_line(value)}" for name, value in reply.headers.items()]
        if reply.status not in _NO_BODY:
            lines.append(f"Content-Length: {length}")
        if not keep or self._request.version == "1.0":
            lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"

    def _send(self, data: bytes) -> None:
        if self._first_byte_s is None:
            self._first_byte_s = self._seconds()
        self._connection.settimeout(self._send_s)
        self._connection.sendall(data)
        self._size += len(data)

    def _wait_for_end(self, seconds: float) -> float | None:
        """Seconds after which the client sent its end, None where it did not in that time."""
        while self._seconds() < seconds and not self._closed.is_set():
            left_ms = int((seconds - self._seconds()) * 1000) + 1
            if self._client_ended(min(_LOOK_UP_MS, left_ms)):
                return self._seconds()
        return None

    def _client_ended(self, milliseconds: int) -> bool:
        return bool(self._poll(select.POLLRDHUP, milliseconds))

    def _was_reset(self) -> bool:
        return bool(self._poll(0, _RESET_COMES_MS))

    def _poll(self, events: int, milliseconds: int) -> int:
        # Errors and hang-ups are told whether or not they are asked for.
        poll = select.poll()
        poll.register(self._connection, events)
        return next((seen for _, seen in poll.poll(milliseconds)), 0)

    def _seconds(self) -> float:
        return time.monotonic() - self._request.ended_at

    def _ended(self, status: int, *, keep: bool = False) -> Delivered:
        return Delivered(status, self._seconds(), self._first_byte_s, self._size, keep)

    def _unanswered(self, failure: Failure, error: str) -> Delivered:
        return Delivered(
            None, self._seconds(), self._first_byte_s, self._size, failure=failure, error=error
        )

    def _given_up(self, gone_s: float) -> Delivered:
        error = f"the client closed the connection after {gone_s:.1f} s, before it was answered"
        return Delivered(None, gone_s, failure=Failure.TIMED_OUT, error=error)

    def _broken_off(self, reply: Reply, error: OSError) -> Delivered:
        reason = f"no more than {self._size} bytes of the answer could be sent: {words_of(error)}"
        return Delivered(
            reply.status,
            self._seconds(),
            self._first_byte_s,
            self._size,
            failure=Failure.CLOSED_EARLY,
            error=reason,
        )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _one_line(value: str) -> str:
    return "".join(each if each.isprintable() else " " for each in value)
