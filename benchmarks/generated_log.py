"""A large log of WCS 5.1 and later, in the literal forms of wcs.md 2.2.

One hook a second with its answer, a failed one a minute, and around them lines of other loggers,
whose text says of itself that it is invented: they are most of what a real log holds.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

BYTES_PER_SECOND = 50_000
"""185 MB an hour, as in the log that the bars were measured with."""

_URL = "http://web.example:9091/hooks"
_BODY = """{
  "nodeId" : "d2hxbqNPE04vGeZ51NPhDuId6k3hUrBB@192.0.2.10",
  "appKey" : "defaultApp",
  "sessionId" : "04cfeb85-cf9c-49aa-8144-%012d",
  "mediaSessionId" : "c43a28b7-9a4d-45f8-a010-57b959a22755",
  "name" : "e6dcaedd-f084-49df-8262-7ce906e42eb2",
  "published" : true,
  "hasVideo" : true,
  "hasAudio" : true,
  "status" : "PUBLISHING",
  "record" : false,
  "width" : 0,
  "height" : 0,
  "bitrate" : 0,
  "quality" : 0,
  "mediaProvider" : "WebRTC"
}
"""
_THREAD = "API-ASYNC-pool-13-thread-3"
_FILLER = "%s,%03d INFO        StreamSession - RTP-pool-%d invented line: " + "x" * 60 + "\n"


def write_log(path: Path, size: int, ends: datetime) -> None:
    """A log of about `size` bytes whose last line is of `ends`, local time; so is its mtime."""
    seconds = size // BYTES_PER_SECOND
    filler = _filler()
    with path.open("wb", buffering=1 << 22) as file:
        for number in range(seconds):
            moment = ends - timedelta(seconds=seconds - 1 - number)
            clock = f"{moment:%H:%M:%S}"
            hook = _failed(clock, number) if number % 60 == 59 else _answered(clock, number)
            file.write(hook.encode())
            file.write(filler.replace(b"HH:MM:SS", clock.encode()))
    os.utime(path, (ends.timestamp(), ends.timestamp()))


def _filler() -> bytes:
    line = len(_FILLER % ("HH:MM:SS", 0, 0))
    count = (BYTES_PER_SECOND - len(_answered("HH:MM:SS", 0))) // line
    return "".join(_FILLER % ("HH:MM:SS", 100 + n % 900, n % 10) for n in range(count)).encode()


def _answered(clock: str, number: int) -> str:
    body = _BODY % number
    return (
        f"{clock},010 INFO            RestClient - {_THREAD} SEND REST OBJECT ==>\n"
        f"URL:{_URL}/StreamStatusEvent\nOBJECT:\n{body}"
        f"{clock},016 INFO            RestClient - {_THREAD} RECEIVED REST OBJECT <==\n"
        f"URL:{_URL}/StreamStatusEvent\nOBJECT:\n{body}"
    )


def _failed(clock: str, number: int) -> str:
    return (
        f"{clock},010 INFO            RestClient - {_THREAD} SEND REST OBJECT ==>\n"
        f"URL:{_URL}/StreamStatusEvent\nOBJECT:\n{_BODY % number}"
        f"{clock},090 ERROR           RestClient - {_THREAD} Got exception in REST \n"
        "java.net.SocketTimeoutException: Read timed out\n"
        "\tat java.net.SocketInputStream.socketRead0(Native Method)\n"
    )
