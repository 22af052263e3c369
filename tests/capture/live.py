"""Real traffic, captured by a real tcpdump on this machine's loopback."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.capture.build import body
from tests.support import require_root, require_tool

_READY_S = 20


@contextlib.contextmanager
def captured(path: Path, port: int, *options: str, interface: str = "any") -> Iterator[None]:
    """While it lasts, tcpdump writes the port's packets to `path`."""
    require_root()
    program = require_tool("tcpdump")
    command = [program, "-i", interface, "--immediate-mode", "-U", "-w", str(path), *options]
    # The usual buffer holds some thirty packets of loopback's size: without this, some are lost.
    command += ["-B", "65536", "tcp", "port", str(port)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if b"listening on" in line:
                    break
            yield
            _wait_until_still(path)
        finally:
            process.terminate()
            process.wait(10)


def _wait_until_still(path: Path) -> None:
    end = time.monotonic() + _READY_S
    before = -1
    while (size := path.stat().st_size) != before and time.monotonic() < end:
        before = size
        time.sleep(0.3)


def send_hooks(port: int, sizes: tuple[int, ...], *, keep_alive: bool = True) -> list[str]:
    """Hooks with bodies that hold so much more than the least; gives the texts."""
    texts = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for i, size in enumerate(sizes):
        content = body("call", count=i, sdp="v" * size)
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        connection.request("POST", "/EchoApp/call", content, headers)
        connection.getresponse().read()
        texts.append(content.decode())
        if not keep_alive:
            connection.close()
    connection.close()
    return texts
