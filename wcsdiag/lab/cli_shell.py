"""The interactive shell of the stand-in CLI: prompt, echo, paging."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from wcsdiag.lab.channels import serving
from wcsdiag.lab.cli_commands import EXIT_COMMANDS, CliCommands
from wcsdiag.lab.scenario import CliTrouble

_MORE = "--More--"
_ERASE_MORE = "\r" + " " * len(_MORE) + "\r"
_CONTROL_C, _CONTROL_D = "\x03", "\x04"
_BACKSPACES = frozenset({"\x08", "\x7f"})
_FLOOD = ("this CLI does not stop printing " * 4 + "\r\n").encode() * 64


class Terminal(Protocol):
    """What the shell needs of an SSH channel."""

    def recv(self, size: int, /) -> bytes: ...
    def sendall(self, data: bytes, /) -> None: ...
    def send_exit_status(self, status: int, /) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class CliShell:
    """Talks on one terminal until the client leaves."""

    commands: CliCommands
    prompt: str
    terminal: Terminal
    closed: threading.Event

    def run(self) -> None:
        """Serve the terminal, then close it."""
        with serving(self.terminal):
            if self.commands.cli.trouble is CliTrouble.SILENT:
                self.closed.wait()
                return
            self._talk(self._keys())
            self.terminal.send_exit_status(0)

    def _talk(self, keys: Iterator[str]) -> None:
        self._print_prompt()
        line = ""
        for key in keys:
            if key == _CONTROL_D:
                return
            if key == _CONTROL_C:
                line = ""
                self._print("^C\r\n")
                self._print_prompt()
            elif key in _BACKSPACES:
                line = line[:-1]
                self._print("\b \b")
            elif key in "\r\n":
                self._print("\r\n")
                if line.strip() in EXIT_COMMANDS:
                    return
                self._answer(line, keys)
                self._print_prompt()
                line = ""
            else:
                line += key
                self._print(key)

    def _answer(self, line: str, keys: Iterator[str]) -> None:
        if line.strip() and self.commands.cli.trouble is CliTrouble.FLOOD:
            flood(self.terminal, self.closed)
        lines = self.commands.answer(line).text.splitlines()
        height = self.commands.cli.page_lines
        left = height
        for number, text in enumerate(lines):
            if left == 0 and height is not None and number:
                left = self._ask_for_more(keys, height)
                if left == 0:
                    return
            self._print(text + "\r\n")
            left = None if left is None else left - 1

    def _ask_for_more(self, keys: Iterator[str], height: int) -> int:
        """The number of lines that may follow: none where the reader has had enough."""
        self._print(_MORE)
        for key in keys:
            if key in {" ", "\r", "\n", "q", _CONTROL_C}:
                self._print(_ERASE_MORE)
                return {" ": height, "\r": 1, "\n": 1}.get(key, 0)
        return 0

    def _keys(self) -> Iterator[str]:
        previous = ""
        while data := self.terminal.recv(1024):
            for key in data.decode("utf-8", "replace"):
                # A line may end in both: it is one line all the same.
                if not (key == "\n" and previous == "\r"):
                    yield key
                previous = key

    def _print_prompt(self) -> None:
        prompt = f"\x1b[1;32m{self.prompt}\x1b[0m" if self.commands.cli.coloured else self.prompt
        self._print(f"{prompt} ")

    def _print(self, text: str) -> None:
        self.terminal.sendall(text.encode())


def flood(terminal: Terminal, closed: threading.Event) -> None:
    """Print without end: until the client leaves or the lab closes."""
    while not closed.is_set():
        terminal.sendall(_FLOOD)
