"""One keep-alive connection, over which hooks go one after the other, as WCS sends them."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from wcsdiag.hooks.exchange import Exchange, Failure, JsonObject, Source
from wcsdiag.host.stream_socket import StreamSocket
from wcsdiag.lifetime import Lifetime
from wcsdiag.net.bounded import TooMuchError
from wcsdiag.net.hook_headers import CONTENT_HEADERS, MARK
from wcsdiag.net.http_failure import failure_of
from wcsdiag.net.probe import Outcome
from wcsdiag.redact import Secret
from wcsdiag.redact.forms import MASK
from wcsdiag.sender.destination import Destination
from wcsdiag.sender.opening import NotOpenedError, Opened, VantageLostError, open_connection
from wcsdiag.wcs.rest_url import DEFAULT_PORTS

ANSWER_LIMIT = 256 * 1024
"""Bytes of an answer's body that are kept."""

_CHUNK = 16384
_FAILURES = {
    Outcome.TIMED_OUT: Failure.TIMED_OUT,
    Outcome.TLS_FAILED: Failure.TLS,
    Outcome.RESET: Failure.RESET,
    Outcome.CLOSED_EARLY: Failure.CLOSED_EARLY,
    Outcome.NOT_HTTP: Failure.NOT_HTTP,
}
_SSH_LOST = "the SSH connection was lost"
# On a connection that was good before, an error of TLS before any answer means that it is gone.
_CLOSED = frozenset({Failure.RESET, Failure.CLOSED_EARLY, Failure.TLS})
_NO_ANSWER = (http.client.RemoteDisconnected, ssl.SSLError)


@dataclass(frozen=True)
class OutgoingHook:
    """One hook as it will go over the wire. `authorization` is the whole value of the header."""

    method: str
    request: JsonObject
    body: bytes
    authorization: Secret | None = None


class HookConnection:
    """Opens when the first hook is sent, and again where the web server has closed it.

    `opened` counts the connections that were made, `closed_idle` those of them that the web
    server closed between two hooks without having said so before.
    """

    def __init__(self, destination: Destination, lifetime: Lifetime) -> None:
        self._destination = destination
        self._lifetime = lifetime
        self._opened: Opened | None = None
        self.opened = 0
        self.closed_idle = 0
        lifetime.on_end(self.close)

    def post(self, hook: OutgoingHook) -> Exchange:
        """Send one hook and take its answer. Raises `VantageLostError` alone.

        A hook that met a connection just closed is sent once more: `closed_in_use` says so.
        """
        reused = self._still_open()
        exchange = self._attempt(hook)
        lost = reused and exchange.failure in _CLOSED and exchange.answer_bytes == 0
        if lost and not self._lifetime.ended:
            exchange = replace(self._attempt(hook), closed_in_use=True)
        return _without_credentials(exchange, hook.authorization)

    def close(self) -> None:
        """Close it; whoever waits for an answer is freed."""
        opened, self._opened = self._opened, None
        if opened is None:
            return
        if isinstance(opened.raw, socket.socket):
            with contextlib.suppress(OSError):
                opened.raw.shutdown(socket.SHUT_RDWR)
        opened.raw.close()

    def _still_open(self) -> bool:
        """True where there is a connection that the web server has not closed, as far as seen."""
        opened = self._opened
        if opened is None:
            return False
        if self._destination.url.scheme == "https":
            return True  # what came meanwhile belongs to TLS, and cannot be looked at
        try:
            opened.raw.settimeout(0)
            opened.raw.recv(1)
        except (BlockingIOError, TimeoutError):
            return True
        except OSError:
            pass
        self.closed_idle += 1
        self.close()
        return False

    def _attempt(self, hook: OutgoingHook) -> Exchange:
        url = self._destination.url.request_url(quote(hook.method, safe=""))
        exchange = Exchange(
            source=Source.PROBE,
            method=hook.method,
            url=url,
            request=hook.request,
            sent_at=datetime.now(UTC),
            request_text=hook.body.decode("utf-8", "replace"),
            answer_bytes=0,
        )
        try:
            opened = self._connection()
        except NotOpenedError as error:
            if self._lifetime.remaining():
                return replace(exchange, failure=error.failure, error=str(error))
            return replace(exchange, failure=Failure.NOT_SEEN, error=_ours(str(error)))
        place = f"connection {self.opened} to {opened.address} port {self._destination.url.port}"
        return self._exchange(opened, hook, replace(exchange, connection=place))

    def _connection(self) -> Opened:
        if self._opened is None:
            self._opened = open_connection(self._destination, self._lifetime)
            self.opened += 1
            if self._lifetime.ended:
                self.close()
                raise NotOpenedError(Failure.NOT_SEEN, "interrupted")
        return self._opened

    def _exchange(self, opened: Opened, hook: OutgoingHook, exchange: Exchange) -> Exchange:
        wcs, ours = self._destination.answer_limit_s, self._lifetime.remaining()
        limit = ours if wcs is None else min(wcs, ours)
        opened.watched.begin_again(limit)
        message = _message(self._destination, hook)
        exchange = replace(exchange, sent_at=datetime.now(UTC), request_bytes=len(message))
        started, is_sent = time.monotonic(), False
        is_plain = opened.stream is opened.watched
        try:
            opened.stream.sendall(message)
            is_sent = True
            answered, keeps = _answer(opened, exchange)
        except (http.client.HTTPException, OSError, ValueError) as error:
            outcome, detail = failure_of(error, opened.watched)
            self.close()
            if _SSH_LOST in detail and not self._lifetime.ended:
                raise VantageLostError(detail) from error
            # Within TLS, what came may be a farewell or a session ticket, and no answer.
            no_answer = not is_sent or isinstance(error, _NO_ANSWER)
            came = 0 if no_answer and not is_plain else opened.watched.received
            failed = replace(exchange, answer_bytes=came)
            if self._lifetime.ended or (limit == ours and outcome is Outcome.TIMED_OUT):
                return replace(failed, failure=Failure.NOT_SEEN, error=_ours(detail))
            if outcome is Outcome.TIMED_OUT:
                detail = f"{detail} within {limit:g} s, the limit of WCS (rest_request_timeout)"
            return replace(failed, failure=_FAILURES.get(outcome, Failure.OTHER), error=detail)
        if not keeps:
            self.close()
        watched = opened.watched
        first = watched.first_received or watched.last_received
        return replace(
            answered,
            seconds=max(0.0, watched.last_received - started),
            first_byte_s=max(0.0, first - started),
            answer_bytes=watched.received if is_plain else None,
        )


def _without_credentials(exchange: Exchange, authorization: Secret | None) -> Exchange:
    """The exchange without the header's value, should the web server have sent it back."""
    if authorization is None:
        return exchange
    value = authorization.reveal().partition(" ")[2]

    def clean(text: str | None) -> str | None:
        return text.replace(value, MASK) if text and value else text

    return replace(
        exchange,
        answer_text=clean(exchange.answer_text),
        content_type=clean(exchange.content_type),
        error=clean(exchange.error),
    )


def _ours(detail: str) -> str:
    return f"{detail}; wcsdiag's own time was over, so this does not speak against the web server"


def _message(destination: Destination, hook: OutgoingHook) -> bytes:
    """The request, its headers in the order of WCS (wcs.md 3.1), the mark before the last."""
    url = destination.url
    path = quote(url.path, safe="/%:@!$&'()*+,;=-._~")
    headers = {**CONTENT_HEADERS, "Host": _host_header(destination), "Connection": "keep-alive"}
    if hook.authorization is not None:
        headers["Authorization"] = hook.authorization.reveal()
    headers |= {MARK[0]: MARK[1], "Content-Length": str(len(hook.body))}
    lines = [f"POST {path}/{quote(hook.method, safe='')} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines).encode("latin-1", "replace")
    return head + b"\r\n\r\n" + hook.body


def _host_header(destination: Destination) -> str:
    url = destination.url
    host = f"[{url.host}]" if ":" in url.host else url.host
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    return host if url.port == DEFAULT_PORTS[url.scheme] else f"{host}:{url.port}"


def _answer(opened: Opened, exchange: Exchange) -> tuple[Exchange, bool]:
    """The exchange with its answer, and whether the web server keeps the connection."""
    response = http.client.HTTPResponse(
        cast("socket.socket", StreamSocket(opened.stream)), method="POST"
    )
    response.begin()
    content, truncated = _content(response)
    answered = replace(
        exchange,
        status=response.status,
        content_type=response.getheader("Content-Type"),
        answer_text=content.decode("utf-8", "replace"),
        answer_truncated=truncated,
    )
    return answered, not (truncated or response.will_close)


def _content(response: http.client.HTTPResponse) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    size = 0
    try:
        while size <= ANSWER_LIMIT:
            part = response.read(_CHUNK)
            if not part:
                if response.length:
                    raise http.client.IncompleteRead(b"".join(parts)[-1:], response.length)
                return b"".join(parts), False
            parts.append(part)
            size += len(part)
    except TooMuchError:
        pass
    return b"".join(parts)[:ANSWER_LIMIT], True
