"""How work on an SSH channel ends: the client may leave at any moment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol


class Closable(Protocol):
    """A channel that can be closed. paramiko's may find the connection gone in doing so."""

    def close(self) -> None: ...


@contextlib.contextmanager
def serving(channel: Closable) -> Iterator[None]:
    """Close the channel after the block. That the client has gone ends the block quietly."""
    with contextlib.suppress(OSError, EOFError):
        try:
            yield
        finally:
            channel.close()
