"""A real OpenSSH server for tests: its own configuration, keys and port, ended by its pid."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import free_port, require_root, require_tool
from wcsdiag.host.interface import HostError
from wcsdiag.host.ssh import SshHost, connect
from wcsdiag.lifetime import Lifetime
from wcsdiag.target import Target


@dataclass(frozen=True)
class Sshd:
    """A running server. `user` may log in with `key_path`; `known_hosts_path` knows its key."""

    address: str
    port: int
    user: str
    key_path: Path
    host_key_path: Path
    known_hosts_path: Path
    ssh_config_path: Path
    log_path: Path

    @property
    def host_key(self) -> str:
        """Type and blob, as in known_hosts."""
        return " ".join(public_key(self.host_key_path).split()[:2])

    def target(self, **changes: object) -> Target:
        """A target that reaches it by explicit options; `changes` are fields of Target."""
        fields: dict[str, object] = {
            "host": self.address,
            "ssh_user": self.user,
            "ssh_port": self.port,
            "ssh_key": self.key_path,
            "known_hosts": self.known_hosts_path,
            "ssh_config": self.ssh_config_path,
        }
        return Target(**{**fields, **changes})  # type: ignore[arg-type]


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new key pair at `path`."""
    keygen = require_tool("ssh-keygen")
    command = [keygen, "-q", "-t", kind, "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path


def public_key(path: Path) -> str:
    """The public half of a key pair, as one line."""
    return path.with_name(path.name + ".pub").read_text().strip()


@contextmanager
def running_sshd(
    directory: Path,
    options: tuple[str, ...] = (),
    *,
    address: str = "127.0.0.1",
    host_key_kind: str = "ed25519",
) -> Iterator[Sshd]:
    """Start sshd with its files in a new `directory`, and end it. `options` are lines of its
    configuration, and go before the defaults of this helper.
    """
    require_root()
    sshd = require_tool("sshd")
    Path("/run/sshd").mkdir(exist_ok=True)
    directory.mkdir(parents=True, exist_ok=True)
    for _ in range(5):
        server = _prepare(directory, options, address, host_key_kind)
        command = [sshd, "-D", "-f", str(directory / "sshd_config"), "-E", str(server.log_path)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        if _listens(process, server.log_path):
            break
    else:
        raise AssertionError(server.log_path.read_text())
    try:
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@contextmanager
def connected(sshd: Sshd, *, timeout_s: float = 5.0, **changes: object) -> Iterator[SshHost]:
    """A host connected to the server."""
    lifetime = Lifetime(timeout_s=timeout_s, deadline_s=60)
    host = connect(sshd.target(**changes), lifetime)
    try:
        yield host
    finally:
        host.close()
        lifetime.end()


def refusal(target: Target, *, timeout_s: float = 5.0) -> HostError:
    """The error with which connecting fails; that it succeeds is an error of the test."""
    lifetime = Lifetime(timeout_s=timeout_s, deadline_s=60)
    try:
        connect(target, lifetime)
    except HostError as error:
        return error
    finally:
        lifetime.end()
    raise AssertionError("the connection was made")


def _listens(process: subprocess.Popen[bytes], log: Path) -> bool:
    """True once the server listens; False where somebody else took its port first."""
    end = time.monotonic() + 10
    while process.poll() is None:
        if log.exists() and "Server listening" in log.read_text():
            return True
        assert time.monotonic() < end, "sshd does not listen"
        time.sleep(0.02)
    return False


def _prepare(directory: Path, options: tuple[str, ...], address: str, kind: str) -> Sshd:
    port = free_port(address)
    for name in ("user_key", "host_key", "sshd.log"):
        (directory / name).unlink(missing_ok=True)
    key = make_key(directory / "user_key")
    host_key = make_key(directory / "host_key", kind)
    authorized = directory / "authorized_keys"
    authorized.write_text(public_key(key) + "\n")
    known = directory / "known_hosts"
    known.write_text(f"[{address}]:{port} {' '.join(public_key(host_key).split()[:2])}\n")
    ssh_config = directory / "ssh_config"
    ssh_config.write_text("")
    lines = (
        f"ListenAddress {address}",
        f"Port {port}",
        f"HostKey {host_key}",
        f"AuthorizedKeysFile {authorized}",
        f"PidFile {directory / 'sshd.pid'}",
        *options,
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "LogLevel VERBOSE",
    )
    (directory / "sshd_config").write_text("\n".join(lines) + "\n")
    user = os.environ.get("USER") or "root"
    return Sshd(address, port, user, key, host_key, known, ssh_config, directory / "sshd.log")
