"""The authority of the lab's certificates, and the time for which this process trusts it.

TLS looks for trusted authorities where `SSL_CERT_FILE` says, so that is set while a lab with a
TLS web server is open. One authority serves all labs of a process, since the variable is one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wcsdiag.lab.certificates import Authority, new_authority

VARIABLE = "SSL_CERT_FILE"


@dataclass(frozen=True)
class Trust:
    """The authority, and the file that names it as trusted."""

    authority: Authority
    file: Path


class _Shared:
    """What the open labs of this process have in common."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.trust: Trust | None = None
        self.before: str | None = None

    def enter(self) -> Trust:
        with self.lock:
            if self.trust is None:
                authority = new_authority()
                number, name = tempfile.mkstemp(prefix="wcsdiag-lab-", suffix=".pem")
                with os.fdopen(number, "wb") as file:
                    file.write(authority.pem)
                # The lab host's own programs may run as another user.
                Path(name).chmod(0o644)
                self.trust = Trust(authority, Path(name))
                self.before = os.environ.get(VARIABLE)
                os.environ[VARIABLE] = name
            self.users += 1
            return self.trust

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if self.users or self.trust is None:
                return
            self.trust.file.unlink(missing_ok=True)
            self.trust = None
            if self.before is None:
                os.environ.pop(VARIABLE, None)
            else:
                os.environ[VARIABLE] = self.before


_shared = _Shared()


@contextlib.contextmanager
def trusted_authority() -> Iterator[Trust]:
    """An authority that this process trusts until the block ends."""
    trust = _shared.enter()
    try:
        yield trust
    finally:
        _shared.leave()
