"""Hooks on the wire, for tests that watch it: sent as WCS does, to a real nginx that echoes."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.e2e.real_target import echoing
from tests.support import free_port, require_root, require_tool
from tests.support_nginx import running_nginx
from wcsdiag.hooks.synthetic import body_of, ids_of, scenario_hooks

PATIENCE_S = 30.0


@contextlib.contextmanager
def web_server(directory: Path) -> Iterator[int]:
    """The port of an nginx that answers hooks as they should be answered."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with running_nginx(directory, echoing(port), port):
        yield port


def send(port: int, scenario: str, *, without: str = "") -> None:
    """The hooks of a scenario over one connection that is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        for method, body in scenario_hooks(scenario, "testApp", ids_of("test")):
            if method == without:
                continue
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/hooks/{method}", body_of(body), headers)
            assert connection.getresponse().read()
    finally:
        connection.close()


@contextlib.contextmanager
def captured(file: Path, port: int) -> Iterator[None]:
    """A real tcpdump on all interfaces, as the vendor's page tells people to run it."""
    require_root()
    command = [require_tool("tcpdump"), "-i", "any", "-s", "4096", "-U", "-w", str(file)]
    with subprocess.Popen(
        [*command, "--immediate-mode", f"tcp port {port}"], stderr=subprocess.PIPE
    ) as process:
        try:
            wait_for(lambda: file.exists() and file.stat().st_size >= 24)
            yield
            size = -1
            while size != file.stat().st_size:
                size = file.stat().st_size
                time.sleep(0.3)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)


def wait_for(condition: object) -> None:
    """Wait until it holds; that it never does fails the test."""
    assert callable(condition)
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def processes_naming(text: str) -> list[str]:
    """The command lines of this machine's processes that hold the text; zombies have none."""
    lines = (" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))
    return [line for line in lines if text in line]
