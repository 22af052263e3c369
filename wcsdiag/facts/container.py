"""Whether WCS runs inside a container, where "localhost" is the container itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.processes import Processes
from wcsdiag.host.interface import Host, HostError
from wcsdiag.model import Evidence, Unavailable
from wcsdiag.net.parallel import at_the_same_time
from wcsdiag.registry import fact

_MARKERS = ("/.dockerenv", "/run/.containerenv")
_CGROUP = re.compile(r"docker|libpod|podman|kubepods|containerd|/lxc[./]", re.IGNORECASE)


@dataclass(frozen=True)
class Container:
    """`evidence` holds the signs of a container that were seen; empty: none of them was.

    `looked_at` are the places that could be read.
    """

    evidence: tuple[Evidence, ...]
    looked_at: tuple[str, ...]

    @property
    def is_container(self) -> bool:
        """True where there is a sign of a container."""
        return bool(self.evidence)


@fact
def container(access: HostAccess, processes: Processes | Unavailable) -> Container:
    """Signs of a container: marker files, and the control groups of process 1 and of WCS."""
    host = access.host
    core = None if isinstance(processes, Unavailable) else processes.core
    groups = [f"/proc/{pid}/cgroup" for pid in (1, core and core.pid) if pid]
    calls = [
        *(partial(_marker, host, path) for path in _MARKERS),
        *(partial(_control_group, host, path) for path in groups),
    ]
    looks = at_the_same_time(calls, at_most=len(calls))
    seen = dict(zip((*_MARKERS, *groups), looks, strict=True))
    evidence = (Evidence(sign, f"host: {path}") for path, sign in seen.items() if sign)
    return Container(
        tuple(evidence), tuple(path for path, sign in seen.items() if sign is not None)
    )


def _marker(host: Host, path: str) -> str | None:
    """The sign of a container there, empty where it is none; None where nobody could look."""
    found = _exists(host, path)
    if found is None:
        return None
    return f"{path} exists" if found else ""


def _control_group(host: Host, path: str) -> str | None:
    """The first line that names a container, else as for a marker file."""
    text = _text(host, path)
    lines = (text or "").splitlines()
    return None if text is None else next((line for line in lines if _CGROUP.search(line)), "")


def _exists(host: Host, path: str) -> bool | None:
    try:
        return bool(host.glob(path))
    except HostError:
        return None


def _text(host: Host, path: str) -> str | None:
    try:
        return host.read(path, limit=65536).decode("utf-8", "replace")
    except HostError:
        return None
