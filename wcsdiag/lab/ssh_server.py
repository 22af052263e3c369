"""The lab host's SSH server: login with one key, commands, and tunnels."""

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

from wcsdiag.lab.execution import Commands
from wcsdiag.lab.listeners import Receive
from wcsdiag.lab.ssh_transport import LabTransport
from wcsdiag.lab.tunnels import OpenTunnel

# Cheap ones: a lab opens many connections, on few cores.
_KEY_EXCHANGES = ("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256")


@dataclass
class HostLogin(paramiko.ServerInterface):
    """Lets one key in (none, where `client_key` is None) and runs commands."""

    client_key: paramiko.PKey | None
    commands: Commands
    _pending: dict[int, Callable[[], None]] = field(default_factory=dict)

    def get_allowed_auths(self, username: str) -> str:
        """Keys alone."""
        del username
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Accept the lab's own key for whatever user."""
        del username
        accepted = key == self.client_key
        return AUTH_SUCCESSFUL if accepted else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Accept sessions."""
        del chanid
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        """Accept a command; it starts once this has been answered."""
        self._pending[channel.get_id()] = lambda: self.commands.start(command, channel)
        return True

    def request_answered(self, channel: paramiko.Channel) -> None:
        """Start the command that the answered request asked for."""
        start = self._pending.pop(channel.get_id(), None)
        if start is not None:
            start()


class SshConnections:
    """The open SSH connections of a lab, of whatever server."""

    def __init__(self) -> None:
        self._open: set[LabTransport] = set()
        self._lock = threading.Lock()

    def serve(self, transport: LabTransport, server: paramiko.ServerInterface) -> None:
        """Begin to talk SSH. Does not wait."""
        with self._lock:
            self._open = {known for known in self._open if known.is_alive()} | {transport}
        transport.start_server(event=threading.Event(), server=server)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            open_ones, self._open = self._open, set()
        for transport in open_ones:
            transport.close()


def host_ssh(
    host_key: paramiko.PKey,
    client_key: paramiko.PKey | None,
    commands: Commands,
    open_tunnel: OpenTunnel,
    connections: SshConnections,
) -> Receive:
    """What takes the connections to the lab host's SSH port."""

    def receive(connection: socket.socket) -> None:
        transport = LabTransport(connection, open_tunnel)
        transport.get_security_options().kex = _KEY_EXCHANGES
        transport.add_server_key(host_key)
        connections.serve(transport, HostLogin(client_key, commands))

    return receive
