"""Logs of WCS 5.1 and later with hooks in them, in the literal forms of wcs.md 2.2."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

URL = "http://web:9091/hooks"
_LINE = "{at:%H:%M:%S},{millisecond:03d} {level:<5}           RestClient - t-1 {text}\n"
_BODY = (
    "URL:{url}/{method}\nOBJECT:\n{{\n"
    '  "nodeId" : "n",\n  "appKey" : "defaultApp",\n  "sessionId" : "{session}",\n'
    '  "authToken" : "hunter2",\n  "status" : "ESTABLISHED"\n}}\n'
)


def sent(at: datetime, method: str = "connect", session: str = "s") -> str:
    """A request, at the full second."""
    head = _LINE.format(at=at, millisecond=0, level="INFO", text="SEND REST OBJECT ==>")
    return head + _BODY.format(url=URL, method=method, session=session)


def answered(at: datetime, method: str = "connect", session: str = "s") -> str:
    """A request and, 5 ms later, its answer."""
    head = _LINE.format(at=at, millisecond=5, level="INFO", text="RECEIVED REST OBJECT <==")
    return sent(at, method, session) + head + _BODY.format(url=URL, method=method, session=session)


def failed(at: datetime, method: str = "connect") -> str:
    """A request that is refused, after 7 ms."""
    head = _LINE.format(at=at, millisecond=7, level="ERROR", text="Got exception in REST ")
    return f"{sent(at, method)}{head}java.net.ConnectException: Connection refused\n\tat a.b(C)\n"


def filler(at: datetime, size: int) -> str:
    """A line that matters to nobody."""
    return _LINE.format(at=at, millisecond=900, level="INFO", text="x" * size).replace(
        "RestClient", "OtherClass"
    )


def write(path: Path, content: bytes | str, modified: datetime) -> Path:
    """The file, last changed at that moment."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (modified.timestamp(), modified.timestamp()))
    return path


def each_minute(first: datetime, count: int, *, size: int = 0) -> str:
    """An exchange a minute, with filler of that size after each."""
    moments = (first + timedelta(minutes=number) for number in range(count))
    return "".join(answered(at) + (filler(at, size) if size else "") for at in moments)
