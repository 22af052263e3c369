"""One bounded GET over a stream that is connected already, for pages that a person could open."""

from __future__ import annotations

import http.client

from wcsdiag.errors import words_of
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.host.stream_socket import StreamSocket
from wcsdiag.net.bounded import BoundedStream, TooMuchError

_HEAD_LIMIT = 64 * 1024


def get(stream: Stream, host: str, path: str, *, seconds: float, limit: int) -> tuple[int, str]:
    """Status and body of `http://host/path`, at most `limit` bytes; the stream is closed.

    `host` is what the Host header says, with its port. Raises `HostError`: TIMED_OUT where the
    whole answer did not come within `seconds`, CLOSED_EARLY where it broke off, LOST where the
    connection did, FAILED where what came is not HTTP.
    """
    watched = BoundedStream(stream, seconds=seconds, limit=limit + _HEAD_LIMIT)
    connection = http.client.HTTPConnection(host)
    # `http.client` asks of its socket what a StreamSocket can do.
    connection.sock = StreamSocket(watched)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read(limit)
    except TimeoutError as error:
        reason = f"no whole answer to GET {path} within {seconds:g} s"
        raise HostError(HostFailure.TIMED_OUT, reason) from error
    except TooMuchError as error:
        raise HostError(HostFailure.FAILED, f"the answer to GET {path} has no end") from error
    except (http.client.RemoteDisconnected, http.client.IncompleteRead) as error:
        reason = f"the connection was closed before GET {path} was answered"
        raise HostError(HostFailure.CLOSED_EARLY, reason) from error
    except (http.client.HTTPException, ValueError) as error:
        reason = f"the answer to GET {path} is not HTTP: {watched.quoted_beginning}"
        raise HostError(HostFailure.FAILED, reason) from error
    except OSError as error:
        raise HostError(HostFailure.LOST, f"GET {path}: {words_of(error)}") from error
    finally:
        connection.close()
        stream.close()
    return answer.status, body.decode("utf-8", "replace")
