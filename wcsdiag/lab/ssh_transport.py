"""The server's end of an SSH connection: paramiko's, and three things that a real server does.

A tunnel is opened without holding up the connection; its failure carries the reason as OpenSSH
words it; and what an accepted request starts never overtakes the answer to the request.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from dataclasses import dataclass
from typing import Protocol, cast

# This module is imported inside functions only, when a lab opens.
import paramiko  # noqa: TID253
from paramiko.common import (  # noqa: TID253
    MSG_CHANNEL_OPEN,
    MSG_CHANNEL_REQUEST,
    cMSG_CHANNEL_OPEN_FAILURE,
    cMSG_CHANNEL_OPEN_SUCCESS,
)

from wcsdiag.lab.channels import serving
from wcsdiag.lab.tunnels import OpenTunnel, TunnelRefused

LOG = "wcsdiag.lab.ssh"
_PROHIBITED, _CONNECT_FAILED = 1, 2


class Starter(Protocol):
    """A server object that begins its work when told that the request has been answered."""

    def request_answered(self, channel: paramiko.Channel) -> None: ...


def _handle_channel_request(channel: paramiko.Channel, message: paramiko.Message) -> None:
    channel._handle_request(message)  # type: ignore[attr-defined]  # noqa: SLF001
    server = channel.get_transport().server_object
    if hasattr(server, "request_answered"):
        cast("Starter", server).request_answered(channel)


class LabTransport(paramiko.Transport):
    """paramiko's server, with tunnels that open in threads of their own."""

    _channel_handler_table = {  # noqa: RUF012 - paramiko's name, and a class attribute there too
        **paramiko.Transport._channel_handler_table,  # type: ignore[attr-defined]  # noqa: SLF001
        MSG_CHANNEL_REQUEST: _handle_channel_request,
    }

    def __init__(self, connection: socket.socket, open_tunnel: OpenTunnel | None = None) -> None:
        super().__init__(connection)
        self.local_version = "SSH-2.0-wcsdiag_lab"
        self.set_log_channel(LOG)
        self._open_tunnel = open_tunnel
        handlers = self._handler_table  # type: ignore[attr-defined]
        handlers[MSG_CHANNEL_OPEN] = self._open_channel

    def _open_channel(self, message: paramiko.Message) -> None:
        kind = message.get_text()
        if kind != "direct-tcpip" or self._open_tunnel is None:
            message.rewind()
            self._parse_channel_open(message)  # type: ignore[attr-defined]
            return
        request = _TunnelRequest(
            message.get_int(),
            message.get_int(),
            message.get_int(),
            message.get_text(),
            message.get_int(),
        )
        work = threading.Thread(
            target=self._answer_tunnel, args=(request, self._open_tunnel), daemon=True
        )
        work.start()

    def _answer_tunnel(self, request: _TunnelRequest, open_tunnel: OpenTunnel) -> None:
        # The client may have gone in the meantime.
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            try:
                connection = open_tunnel(request.address, request.port)
            except TunnelRefused as refused:
                self._refuse(request, refused)
                return
            with connection:
                _pump_both_ways(self._accept_tunnel(request), connection)

    def _refuse(self, request: _TunnelRequest, refused: TunnelRefused) -> None:
        answer = paramiko.Message()
        answer.add_byte(cMSG_CHANNEL_OPEN_FAILURE)
        answer.add_int(request.remote_id)
        answer.add_int(_PROHIBITED if refused.prohibited else _CONNECT_FAILED)
        answer.add_string(refused.reason)
        answer.add_string("")
        self._send_message(answer)  # type: ignore[attr-defined]

    def _accept_tunnel(self, request: _TunnelRequest) -> paramiko.Channel:
        with self.lock:
            number = self._next_channel()  # type: ignore[attr-defined]
            channel = paramiko.Channel(number)
            self._channels.put(number, channel)  # type: ignore[attr-defined]
            self.channels_seen[number] = True
            channel._set_transport(self)  # type: ignore[attr-defined]  # noqa: SLF001
            channel._set_window(  # type: ignore[attr-defined]  # noqa: SLF001
                self.default_window_size, self.default_max_packet_size
            )
            channel._set_remote_channel(  # type: ignore[attr-defined]  # noqa: SLF001
                request.remote_id, request.window, request.packet
            )
        answer = paramiko.Message()
        answer.add_byte(cMSG_CHANNEL_OPEN_SUCCESS)
        answer.add_int(request.remote_id)
        answer.add_int(number)
        answer.add_int(self.default_window_size)
        answer.add_int(self.default_max_packet_size)
        self._send_message(answer)  # type: ignore[attr-defined]
        return channel


@dataclass(frozen=True)
class _TunnelRequest:
    remote_id: int
    window: int
    packet: int
    address: str
    port: int


def _pump_both_ways(channel: paramiko.Channel, connection: socket.socket) -> None:
    inward = threading.Thread(target=_to_connection, args=(channel, connection), daemon=True)
    inward.start()
    with serving(channel):
        while data := connection.recv(32768):
            channel.sendall(data)
        channel.shutdown_write()
        # What is at the other end may still be read from: wait for the client's end of it.
        inward.join()


def _to_connection(channel: paramiko.Channel, connection: socket.socket) -> None:
    with contextlib.suppress(OSError, EOFError):
        while data := channel.recv(32768):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)


def quiet() -> None:
    """Keep paramiko's tales of broken connections off the terminal: the lab's clients do worse."""
    logger = logging.getLogger(LOG)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
