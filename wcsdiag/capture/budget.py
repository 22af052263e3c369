"""How much of unfinished messages is held in memory, over all connections."""

from __future__ import annotations

MOST_HELD = 32 << 20


class Budget:
    """`held` bytes are kept of messages that are not whole."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = 0
