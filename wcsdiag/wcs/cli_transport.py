"""What the CLI's dialogue needs of a logged-in connection: one protocol, implemented in `host`."""

from __future__ import annotations

from typing import Protocol


class ShellChannel(Protocol):
    """An interactive shell on a wide pseudo-terminal."""

    def send(self, data: bytes) -> None:
        """Send all of `data`. Raises `OSError` where the connection is gone."""

    def receive(self, timeout_s: float) -> bytes | None:
        """What has arrived, at most 64 KiB; b"" at the end; None after `timeout_s` of silence."""

    def close(self) -> None:
        """Close the shell."""


class CliTransport(Protocol):
    """A connection to the WCS CLI on which the login succeeded."""

    @property
    def where(self) -> str:
        """For evidence: "host: WCS CLI at 127.0.0.1:2001", "operator: WCS CLI at wcs1:2001"."""

    @property
    def legacy_algorithms(self) -> tuple[str, ...]:
        """The outdated algorithms that had to be used; empty where current ones were agreed."""

    def execute(self, command: str, *, timeout_s: float, limit: int) -> bytes | None:
        """Run one command on an exec channel: its output, at most `limit` bytes.

        None where the server gives no exec channel. Raises `TimeoutError` or `OSError`.
        """

    def open_shell(self) -> ShellChannel:
        """Open an interactive shell. Raises `OSError` where the server refuses it."""

    def close(self) -> None:
        """Close the connection."""
