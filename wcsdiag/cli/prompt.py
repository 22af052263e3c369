"""Asking a person for a password, where there is one to ask."""

from __future__ import annotations

import contextlib
import sys
import termios
import threading
from getpass import getpass
from pathlib import Path

from wcsdiag.cli.stream import is_terminal
from wcsdiag.redact import Redactor, Secret

_TTY = Path("/dev/tty")


class Prompter:
    """A `PasswordPrompt`. Facts ask from their threads, one question at a time."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lock = threading.Lock()
        self._terminal = self._attributes() if self.has_person() else None

    @staticmethod
    def has_person() -> bool:
        """True where a question would be seen and could be answered."""
        return is_terminal(sys.stdin) and is_terminal(sys.stderr)

    def __call__(self, question: str) -> Secret | None:
        """The password that was typed, learned by the redactor; None where none was."""
        if self._terminal is None:
            return None
        with self._lock:
            try:
                typed = getpass(f"\r\x1b[K{question.rstrip(': ')}: ")
            except (EOFError, OSError):
                return None
        if not typed:
            return None
        secret = Secret(typed)
        self._redactor.learn(secret)
        return secret

    def restore(self) -> None:
        """Let the terminal echo again: a run that ends during a question leaves it silent."""
        if self._terminal is not None:
            with contextlib.suppress(OSError, termios.error), _TTY.open("rb") as tty:
                termios.tcsetattr(tty, termios.TCSADRAIN, self._terminal)

    @staticmethod
    def _attributes() -> list[int | list[bytes | int]] | None:
        with contextlib.suppress(OSError, termios.error), _TTY.open("rb") as tty:
            return termios.tcgetattr(tty)
        return None
