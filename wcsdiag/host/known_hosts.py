"""known_hosts as OpenSSH writes it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import functools
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wcsdiag.host.interface import HostError, HostFailure

_LARGEST_FILE = 16 << 20


@dataclass(frozen=True)
class HostKey:
    """A public host key: its type ("ssh-ed25519") and its blob."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it: "SHA256:..."."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return "SHA256:" + digest.rstrip("=")


@dataclass(frozen=True)
class Entry:
    """One line: the patterns of its names (or one hash), its key, "@revoked" or "" as marker."""

    names: tuple[str, ...]
    key: HostKey
    marker: str
    where: str

    def matches(self, name: str) -> bool:
        """Does the line speak of this name ("host", or "[host]:port")?"""
        if self.names[0].startswith("|1|"):
            return _hash_matches(self.names[0], name)
        excluded = any(_like(name, p[1:]) for p in self.names if p.startswith("!"))
        return not excluded and any(_like(name, p) for p in self.names if p[0] != "!")


def entries_for(name: str, files: Iterable[Path]) -> tuple[Entry, ...]:
    """The entries of all files that speak of a name. A missing file has none."""
    return tuple(entry for file in files for entry in _load(file) if entry.matches(name.lower()))


def known_name(host: str, port: int) -> str:
    """How known_hosts spells a host: with brackets and port unless the port is 22."""
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


@dataclass(frozen=True)
class HostKeyPolicy:
    """What to hold a presented key against. `accept_new` lets an unknown key pass for this run."""

    name: str
    entries: tuple[Entry, ...]
    accept_new: bool

    def known_types(self) -> tuple[str, ...]:
        """The types of key that are known: to be preferred in the negotiation."""
        kinds = (entry.key.type for entry in self.entries if not entry.marker)
        return tuple(dict.fromkeys(kinds))

    def check(self, key: HostKey) -> str | None:
        """Let a key pass: None where it is known, a note where it is new and accepted.

        Raises `HostError`: HOST_KEY_UNKNOWN, HOST_KEY_CHANGED.
        """
        same = [entry for entry in self.entries if entry.key.blob == key.blob]
        revoked = next((entry for entry in same if entry.marker == "@revoked"), None)
        if revoked:
            raise _revoked(self.name, key, revoked)
        known = [entry for entry in self.entries if not entry.marker]
        if any(entry in same for entry in known):
            return None
        if known:
            raise _changed(self.name, key, known)
        if self.accept_new:
            return f"accepted an unknown host key of {self.name}: {key.type} {key.fingerprint}"
        raise HostError(
            HostFailure.HOST_KEY_UNKNOWN,
            f"the host key of {self.name} is not known: {key.type} {key.fingerprint}",
            hint="Compare the fingerprint with the host's own (ssh-keygen -lf "
            "/etc/ssh/ssh_host_*_key.pub); then log in once with ssh, or pass "
            "--accept-new-host-key.",
        )


def policy(host: str, port: int, files: Iterable[Path], *, accept_new: bool) -> HostKeyPolicy:
    """The policy for a host and port."""
    name = known_name(host, port)
    return HostKeyPolicy(name, entries_for(name, files), accept_new)


def _changed(name: str, key: HostKey, known: list[Entry]) -> HostError:
    entry = next((entry for entry in known if entry.key.type == key.type), known[0])
    return HostError(
        HostFailure.HOST_KEY_CHANGED,
        f"the host key of {name} has changed: {key.type} {key.fingerprint}, "
        f"but {entry.where} has {entry.key.type} {entry.key.fingerprint}",
        hint="Either the host was set up anew, or somebody is in between: ask who runs it. If the "
        f"new key is right, remove the old one: ssh-keygen -R '{name}'",
    )


def _revoked(name: str, key: HostKey, entry: Entry) -> HostError:
    return HostError(
        HostFailure.HOST_KEY_CHANGED,
        f"the host key of {name} is revoked: {key.type} {key.fingerprint} ({entry.where})",
        hint="Do not connect: ask who runs the host for its present key.",
    )


def _load(file: Path) -> tuple[Entry, ...]:
    try:
        status = file.stat()
    except OSError:
        return ()
    return _parse(file, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=16)
def _parse(file: Path, _changed_at: int, size: int) -> tuple[Entry, ...]:
    """Once per process for each state of a file: hosts of a fleet share it."""
    if size > _LARGEST_FILE:
        limit = f"more than {_LARGEST_FILE >> 20} MiB (wcsdiag's own limit)"
        raise HostError(HostFailure.CONFIGURATION, f"{file}: {limit}")
    try:
        lines = file.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise HostError(HostFailure.CONFIGURATION, f"{file}: {error.strerror}") from error
    found = (_entry(line, f"{file}:{number}") for number, line in enumerate(lines, 1))
    return tuple(entry for entry in found if entry is not None)


def _entry(line: str, where: str) -> Entry | None:
    fields = line.split()
    marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
    if len(fields) < 3 or fields[0].startswith("#") or marker == "@cert-authority":
        return None
    try:
        blob = base64.b64decode(fields[2], validate=True)
    except (binascii.Error, ValueError):
        return None
    names = tuple(name for name in fields[0].lower().split(",") if name)
    if fields[0].startswith("|1|"):
        names = (fields[0],)
    return Entry(names, HostKey(fields[1], blob), marker, where) if names else None


def _like(name: str, pattern: str) -> bool:
    # OpenSSH knows * and ? alone: brackets are part of "[host]:port".
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _hash_matches(hashed: str, name: str) -> bool:
    parts = hashed.split("|")
    if len(parts) != 4:
        return False
    try:
        salt, digest = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), digest)
