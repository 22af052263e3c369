"""Network namespaces: made with unique names, entered, and removed with all that was in them."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_COMMAND_S = 60.0
_READY_S = 10.0
_SPACES = Path("/run/netns")
_NAME = re.compile(r"wdnet-(\d+)-\d+-(\w+)")
"""Process id of the run, number of the network in it, role."""

_FILES = Path("/etc/netns")
"""`ip netns exec` shows the files of a folder of it as those of /etc, inside alone."""

_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Machine:
    """A network namespace that plays a machine. `role` is its short name."""

    role: str
    namespace: str

    def command(self, *argv: str) -> list[str]:
        """The command line that runs `argv` there. Its process id is that of `argv` itself."""
        return ["ip", "netns", "exec", self.namespace, *argv]

    def run(
        self, *argv: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program there to its end, whatever its exit code is."""
        return subprocess.run(
            self.command(*argv),
            input=stdin,
            env=env,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_COMMAND_S,
        )

    def sh(self, script: str) -> str:
        """Run a shell script there, which must succeed, and give its output."""
        done = self.run("sh", "-eu", stdin=script)
        assert done.returncode == 0, f"{self.role}: {script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def names(self, hosts: Mapping[str, Sequence[str]]) -> None:
        """Set the machine's /etc/hosts: addresses by name. For programs started from now on."""
        lines = [f"{address} {name}" for name, all_of in hosts.items() for address in all_of]
        text = "\n".join(["127.0.0.1 localhost", "::1 localhost", *lines]) + "\n"
        (_FILES / self.namespace / "hosts").write_text(text)

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets, threads and processes that this thread makes in the block belong there."""
        with (
            Path("/proc/thread-self/ns/net").open() as home,
            (_SPACES / self.namespace).open() as there,
        ):
            _enter(there)
            try:
                yield
            finally:
                _enter(home)

    @contextlib.contextmanager
    def running(self, *argv: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """A program that runs there until the block ends."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command(*argv), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_for(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until a program listens on a TCP port there."""
        end = time.monotonic() + _READY_S
        while process.poll() is None and time.monotonic() < end:
            if f":{port} " in self._listening():
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.role}: nothing on port {port}: {log.read_text()}")

    def _listening(self) -> str:
        with self.inside():
            command = ["ss", "-H", "-tln"]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def machines(*roles: str) -> Iterator[tuple[Machine, ...]]:
    """One namespace per role, with unique names. All is removed when the block ends."""
    _remove_those_of_dead_runs()
    number = next(_numbers)
    made = tuple(Machine(role, f"wdnet-{os.getpid()}-{number}-{role}") for role in roles)
    with contextlib.ExitStack() as stack:
        for machine in made:
            stack.callback(_remove, machine)
            _make_folder(_FILES / machine.namespace)
            # No resolver: a name that /etc/hosts does not have fails at once.
            (_FILES / machine.namespace / "resolv.conf").write_text("nameserver 127.0.0.1\n")
            machine.names({})
        ip_batch("\n".join(f"netns add {machine.namespace}" for machine in made))
        yield made


def ip_batch(lines: str, machine: Machine | None = None) -> None:
    """Run lines of `ip` commands in one process."""
    where = ["-n", machine.namespace] if machine else []
    done = subprocess.run(
        ["ip", *where, "-batch", "-"],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        timeout=_COMMAND_S,
    )
    assert done.returncode == 0, f"{lines}\n{done.stderr}"


def _enter(namespace: IO[str]) -> None:
    # os.setns is of Python 3.12. It moves the calling thread alone.
    if _libc.setns(namespace.fileno(), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns failed")


def _make_folder(folder: Path) -> None:
    # Another run may remove the empty parent in between.
    for _ in range(10):
        with contextlib.suppress(FileNotFoundError):
            folder.mkdir(parents=True)
            return
    raise OSError(f"cannot make {folder}")


def _remove_those_of_dead_runs() -> None:
    """A run that was killed could not clean up: nobody else will."""
    for path in _SPACES.glob("wdnet-*"):
        name = _NAME.fullmatch(path.name)
        if name and not Path("/proc", name[1]).exists():
            # Another run may do the same at this moment.
            with contextlib.suppress(AssertionError, subprocess.CalledProcessError):
                _remove(Machine(name[2], path.name))


def _end_all(machine: Machine) -> None:
    """End what still runs there, such as a login whose connection a rule cut off."""
    command = ["ip", "netns", "pids", machine.namespace]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for pid in {int(word) for word in listed.split()} - {os.getpid()}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _remove(machine: Machine) -> None:
    if (_SPACES / machine.namespace).exists():
        _end_all(machine)
        ip_batch(f"netns delete {machine.namespace}")
    shutil.rmtree(_FILES / machine.namespace, ignore_errors=True)
    with contextlib.suppress(OSError):
        _FILES.rmdir()
