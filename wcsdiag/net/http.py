"""The HTTP phase: one POST by `requests` over a stream that was connected before.

This module is imported inside functions only, since it costs what `requests` costs.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests  # noqa: TID253 - see the module's docstring
import urllib3  # noqa: TID253
from requests.adapters import HTTPAdapter  # noqa: TID253
from urllib3.util import SKIP_HEADER  # noqa: TID253

from wcsdiag.host.interface import Stream
from wcsdiag.net.bounded import BoundedStream, TooMuchError
from wcsdiag.net.hook_headers import CONTENT_HEADERS, MARK
from wcsdiag.net.http_failure import failure_of
from wcsdiag.net.probe import Answer, Outcome
from wcsdiag.redact import Secret

BODY_LIMIT = 256 * 1024
"""Bytes of an answer's body that are kept."""

_CHUNK = 16384


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
        **CONTENT_HEADERS,
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
    return HttpResult(*failure_of(error, watched))


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
