"""Whether WCS runs inside a container, where "localhost" is the container itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.processes import Processes
from wcsdiag.host.interface import Host, HostError
from wcsdiag.model import Evidence, Unavailable
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
    evidence: list[Evidence] = []
    looked_at: list[str] = []
    for path in _MARKERS:
        found = _exists(access.host, path)
        looked_at += [path] if found is not None else []
        evidence += [Evidence(f"{path} exists", f"host: {path}")] if found else []
    core = None if isinstance(processes, Unavailable) else processes.core
    for pid in ["1"] if core is None else ["1", str(core.pid)]:
        path = f"/proc/{pid}/cgroup"
        text = _text(access.host, path)
        looked_at += [path] if text is not None else []
        line = next((line for line in (text or "").splitlines() if _CGROUP.search(line)), None)
        evidence += [Evidence(line, f"host: {path}")] if line is not None else []
    return Container(tuple(evidence), tuple(looked_at))


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
