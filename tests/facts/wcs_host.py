"""A WCS laid out on this machine, with a process that looks like its core."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation, installation
from wcsdiag.facts.processes import Processes, processes
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.facts.survey import survey
from wcsdiag.host.local import LocalHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.target import Target

NO_SOCKETS = Unavailable("not asked", because="FWL102")
PID_FILE = "bin/FlashphonerMainWebCallServer.pid"


def lay_out(home: Path, version: str | None = "5.2.1475-0a1b2c3") -> Path:
    """The directories and files of WCS that tell it from others."""
    for directory in ("bin", "conf", "logs/server_logs"):
        (home / directory).mkdir(parents=True, exist_ok=True)
    (home / "conf/flashphoner.properties").write_text("http.port=8081\n")
    if version is not None:
        (home / "conf/WCS.version").write_text(f"{version}\n")
    return home


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[int]:
    """A process with those arguments, that ends with the context. Gives its PID."""
    sleep = "print(flush=True); import time; time.sleep(60)"
    command = [sys.executable, "-c", sleep, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def gather(
    wcs_home: Path | None, sockets: ListeningSockets | Unavailable = NO_SOCKETS
) -> tuple[Installation, Processes]:
    """Both facts, of this machine. Raises `Unavailable`."""
    access = HostAccess(LocalHost("localhost", Lifetime()))
    target = Target("localhost", wcs_home=str(wcs_home) if wcs_home else None)
    seen = survey(access, target, Redactor())
    found = installation(access, target, seen, sockets)
    return found, processes(access, found, seen)
