"""The HTTP phase: one POST by `requests` over a stream that was connected before.

This module is imported inside functions only, since it costs what `requests` costs.
"""

from __future__ import annotations

import http.client
import io
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests  # noqa: TID253 - see the module's docstring
import urllib3  # noqa: TID253
from requests.adapters import HTTPAdapter  # noqa: TID253
from urllib3.util import SKIP_HEADER  # noqa: TID253

from wcsdiag.host.interface import Stream
from wcsdiag.net.bounded import BoundedStream, TooMuchError
from wcsdiag.net.probe import Answer, Outcome
from wcsdiag.redact import Secret

BODY_LIMIT = 256 * 1024
"""Bytes of an answer's body that are kept."""
MARK = ("X-Wcsdiag-Probe", "synthetic")
"""The header that marks a hook as sent by wcsdiag."""

_CHUNK = 16384
_TLS_ALERT = b"\x15\x03"


@dataclass(frozen=True)
class HttpResult:
    """How the exchange ended; `answer` is set where the outcome is OK."""

    outcome: Outcome
    detail: str = ""
    answer: Answer | None = None


def post(
    url: str, body: bytes, stream: Stream, watched: BoundedStream, authorization: Secret | None
) -> HttpResult:
    """POST `body` as WCS does (wcs.md 3.1), with the mark added; no redirect is followed.

    `watched` is the bounded connection under `stream`: its deadline limits everything.
    """
    session = requests.Session()
    session.trust_env = False
    session.mount(url, _Adapter(stream, url))
    with session:
        try:
            response = session.post(
                url,
                data=body,
                headers=_headers(authorization),
                allow_redirects=False,
                stream=True,
                verify=False,  # TLS was judged before, in the stream
            )
            content, truncated = _content(response.raw, watched)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return _failure(error, watched)
        except (http.client.HTTPException, OSError, ValueError) as error:
            return _failure(error, watched)
        answer = Answer(
            status=response.status_code,
            reason=response.reason or "",
            headers=tuple(response.raw.headers.items()),
            body=content,
            truncated=truncated,
            seconds=max(0.0, watched.last_received - watched.last_sent),
        )
    return HttpResult(Outcome.OK, "", answer)


def _headers(authorization: Secret | None) -> Mapping[str, str | bytes]:
    headers: dict[str, str | bytes] = {
        "Accept": "application/json, application/*+json",
        "Content-Type": "application/json;charset=UTF-8",
        # Java's own default: a filter for robots must see what it sees of WCS.
        "User-Agent": "Java/1.8.0_45",
        "Accept-Encoding": SKIP_HEADER,
        "Connection": "keep-alive",
        MARK[0]: MARK[1],
    }
    if authorization:
        headers["Authorization"] = authorization.reveal().encode("latin-1", "replace")
    return headers


def _content(raw: urllib3.BaseHTTPResponse, watched: BoundedStream) -> tuple[bytes, bool]:
    """The body as it came, never decoded: what is packed small cannot unpack large here."""
    parts: list[bytes] = []
    size = 0
    try:
        while size <= BODY_LIMIT:
            part = raw.read(_CHUNK, decode_content=False)
            if not part:
                return b"".join(parts), False
            parts.append(part)
            size += len(part)
    except TooMuchError:
        pass
    finally:
        watched.close()
    return b"".join(parts)[:BODY_LIMIT], True


def _failure(error: BaseException, watched: BoundedStream) -> HttpResult:
    chain = _chain(error)
    text = str(chain[-1]) or type(chain[-1]).__name__
    if watched.timed_out:
        return HttpResult(Outcome.TIMED_OUT, _progress(watched))
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return HttpResult(Outcome.TLS_FAILED, text)
    if watched.was_reset:
        return HttpResult(Outcome.RESET, text)
    if any(isinstance(each, http.client.IncompleteRead) for each in chain):
        return HttpResult(Outcome.CLOSED_EARLY, f"the connection was closed in the answer: {text}")
    if any(isinstance(each, http.client.RemoteDisconnected) for each in chain):
        return HttpResult(Outcome.CLOSED_EARLY, "the connection was closed without an answer")
    if watched.beginning.startswith(_TLS_ALERT):
        return HttpResult(Outcome.NOT_HTTP, "the answer is a TLS alert: this port expects https")
    return HttpResult(Outcome.NOT_HTTP, f"{text}; the answer begins with {watched.beginning!r}")


def _progress(watched: BoundedStream) -> str:
    if not watched.received:
        return "not a byte of an answer"
    return f"the answer was not complete; {watched.received} bytes had come"


def _chain(error: BaseException) -> list[BaseException]:
    """The exceptions from the outermost to the first, also where they are only arguments."""
    chain = [error]
    while len(chain) < 10:
        last = chain[-1]
        inner = [argument for argument in last.args if isinstance(argument, BaseException)]
        deeper = getattr(last, "reason", None) or last.__cause__ or last.__context__
        following = inner[-1] if inner else deeper
        if not isinstance(following, BaseException) or following in chain:
            return chain
        chain.append(following)
    return chain


class _Reader(io.RawIOBase):
    """What `http.client` reads an answer from."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Socket:
    """A stream with the calls of a socket that `http.client` and urllib3 make."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def sendall(self, data: bytes) -> None:
        self._stream.sendall(data)

    def makefile(self, *_arguments: object, **_options: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._stream), _CHUNK)

    def settimeout(self, _seconds: float | None) -> None:
        """Nothing: the deadline of the stream rules."""

    def close(self) -> None:
        """Nothing: `http.client` closes its socket while it still reads; the prober closes."""

    def shutdown(self, _how: int) -> None:
        """Nothing, likewise."""


class _Adapter(HTTPAdapter):
    """Sends over the one stream that it was given, whatever the scheme."""

    def __init__(self, stream: Stream, url: str) -> None:
        super().__init__(max_retries=0)
        parts = urlsplit(url)
        scheme_port = 443 if parts.scheme == "https" else 80

        class Connection(urllib3.connection.HTTPConnection):
            # http.client leaves the port out of the Host header where it is the default.
            default_port = scheme_port  # type: ignore[misc]

            def connect(self) -> None:
                self.sock = _Socket(stream)

        class Pool(urllib3.HTTPConnectionPool):
            ConnectionCls = Connection

        self._pool = Pool(parts.hostname or "", parts.port or scheme_port)

    def get_connection_with_tls_context(
        self, *_arguments: object, **_options: object
    ) -> urllib3.HTTPConnectionPool:
        return self._pool
