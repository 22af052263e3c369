"""The processes of the stand-in WCS: real ones, whose command lines are those of Java."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from wcsdiag.lab.account import Account
from wcsdiag.wcs.process_table import CORE_MAIN_CLASS

# The Manager's main class is UNKNOWN (wcs.md 2.1): this name is invented.
_MANAGER_MAIN_CLASS = "com.flashphoner.manager.Manager"


@contextlib.contextmanager
def core_process(account: Account, home: Path, java: Path) -> Iterator[int]:
    """The core process, by its pid."""
    options = [
        "-Xmx1024M",
        "-Djava.net.preferIPv4Stack=true",
        f"-XX:ErrorFile={home}/logs/error%p.log",
        *("-cp", f"{home}/lib/*", CORE_MAIN_CLASS),
    ]
    with _process(account, home, java, options) as pid:
        yield pid


@contextlib.contextmanager
def manager_process(account: Account, home: Path, java: Path) -> Iterator[int]:
    """The Manager process of WCS 4 and 5.0, by its pid."""
    options = ["-Xmx512M", "-cp", f"{home}/manager/lib/*", _MANAGER_MAIN_CLASS]
    with _process(account, home, java, options) as pid:
        yield pid


@contextlib.contextmanager
def _process(account: Account, home: Path, java: Path, options: list[str]) -> Iterator[int]:
    """A shell that waits for input which never comes, and ends with the lab however that ends."""
    process = account.start(
        ["java", "-s", "--", *options],
        executable=java,
        environment={"PATH": "/usr/bin:/bin"},
        folder=home,
        stdin=subprocess.PIPE,
        output=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(b"ulimit -n 20000\n")
        process.stdin.flush()
        yield process.pid
    finally:
        process.kill()
        process.wait()
        with contextlib.suppress(OSError):
            process.stdin.close()


def stand_in_java(folder: Path) -> Path:
    """A program named `java` that is the system's shell."""
    java = folder / "java"
    java.symlink_to("/bin/sh")
    return java
