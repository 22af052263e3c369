"""The stand-in WCS CLI over SSH: one user, one password, exec or a shell."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

# This module is imported inside functions only, when a lab opens.
import paramiko  # noqa: TID253
from paramiko.common import (  # noqa: TID253
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from wcsdiag.lab.channels import serving
from wcsdiag.lab.cli_commands import CliCommands
from wcsdiag.lab.cli_shell import CliShell, flood
from wcsdiag.lab.legacy_ssh import LegacyTransport
from wcsdiag.lab.listeners import Receive
from wcsdiag.lab.scenario import CliTrouble
from wcsdiag.lab.ssh_server import SshConnections
from wcsdiag.lab.ssh_transport import LabTransport

CLI_USER = "admin"


@dataclass
class CliLogin(paramiko.ServerInterface):
    """Lets the user in with the password, and gives a shell or runs one command."""

    password: str
    commands: CliCommands
    prompt: str
    closed: threading.Event
    _pending: dict[int, Callable[[], None]] = field(default_factory=dict)

    def get_allowed_auths(self, username: str) -> str:
        """A password alone."""
        del username
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        """Accept the one user with the one password."""
        accepted = (username, password) == (CLI_USER, self.password)
        return AUTH_SUCCESSFUL if accepted else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Accept sessions."""
        del chanid
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(
        self,
        channel: paramiko.Channel,
        term: bytes,
        width: int,
        height: int,
        pixelwidth: int,
        pixelheight: int,
        modes: bytes,
    ) -> bool:
        """Accept any terminal."""
        del channel, term, width, height, pixelwidth, pixelheight, modes
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        """Accept a shell."""
        shell = CliShell(self.commands, self.prompt, channel, self.closed)
        self._pending[channel.get_id()] = shell.run
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        """Accept a command where this CLI has an exec channel."""
        if not self.commands.cli.gives_exec:
            return False
        line = command.decode("utf-8", "replace")
        self._pending[channel.get_id()] = lambda: self._execute(line, channel)
        return True

    def request_answered(self, channel: paramiko.Channel) -> None:
        """Start what the answered request asked for, in a thread of its own."""
        work = self._pending.pop(channel.get_id(), None)
        if work is not None:
            threading.Thread(target=work, daemon=True).start()

    def _execute(self, line: str, channel: paramiko.Channel) -> None:
        with serving(channel):
            if self.commands.cli.trouble is CliTrouble.SILENT:
                self.closed.wait()
            elif self.commands.cli.trouble is CliTrouble.FLOOD:
                flood(channel, self.closed)
            answer = self.commands.answer(line)
            channel.sendall(answer.text.encode())
            channel.send_exit_status(int(answer.failed))


def cli_ssh(
    host_key: paramiko.PKey,
    password: str,
    commands: CliCommands,
    prompt: str,
    closed: threading.Event,
    connections: SshConnections,
) -> Receive:
    """What takes the connections to the CLI's port."""

    def receive(connection: socket.socket) -> None:
        kind = LegacyTransport if commands.cli.legacy else LabTransport
        transport = kind(connection)
        transport.add_server_key(host_key)
        connections.serve(transport, CliLogin(password, commands, prompt, closed))

    return receive
