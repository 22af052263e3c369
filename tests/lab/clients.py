"""Clients of a lab, for its tests: SSH to the host and to the CLI, and HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import paramiko

from tests.support import require_tool
from wcsdiag.lab.lab import Lab

TIMEOUT_S = 10


@dataclass(frozen=True)
class Ran:
    status: int
    stdout: str
    stderr: str


@contextlib.contextmanager
def host_login(lab: Lab) -> Iterator[paramiko.Transport]:
    target = lab.target
    assert target.ssh_port is not None
    assert target.ssh_user is not None
    assert target.ssh_key is not None
    transport = paramiko.Transport((target.host, target.ssh_port))
    try:
        key = paramiko.ECDSAKey.from_private_key_file(str(target.ssh_key))
        transport.connect(username=target.ssh_user, pkey=key)
        yield transport
    finally:
        transport.close()


@contextlib.contextmanager
def cli_login(lab: Lab, password: str | None = None) -> Iterator[paramiko.Transport]:
    """Log in on the CLI through the host's SSH server, as wcsdiag does."""
    assert lab.target.cli_password is not None
    port = lab.scenario.generation.cli_port
    with host_login(lab) as host:
        tunnel = host.open_channel("direct-tcpip", ("127.0.0.1", port), ("127.0.0.1", 0))
        transport = paramiko.Transport(tunnel)
        try:
            given = password or lab.target.cli_password.reveal()
            transport.connect(username="admin", password=given)
            yield transport
        finally:
            transport.close()


def execute(transport: paramiko.Transport, command: str) -> Ran:
    channel = transport.open_session(timeout=TIMEOUT_S)
    channel.settimeout(TIMEOUT_S)
    channel.exec_command(command)
    stdout = b"".join(iter(lambda: channel.recv(65536), b""))
    stderr = b"".join(iter(lambda: channel.recv_stderr(65536), b""))
    status = channel.recv_exit_status()
    channel.close()
    return Ran(status, stdout.decode(), stderr.decode())


def on_host(lab: Lab, command: str) -> Ran:
    with host_login(lab) as transport:
        return execute(transport, command)


def open_ssh(lab: Lab, *command: str) -> subprocess.CompletedProcess[str]:
    """The same with the OpenSSH client."""
    target = lab.target
    options = [
        *("-F", "none", "-i", str(target.ssh_key), "-p", str(target.ssh_port)),
        *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"),
        *("-o", f"UserKnownHostsFile={target.known_hosts}", "-o", "StrictHostKeyChecking=yes"),
    ]
    return subprocess.run(
        [require_tool("ssh"), *options, f"{target.ssh_user}@{target.host}", *command],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def read_until(channel: paramiko.Channel, text: str) -> str:
    channel.settimeout(TIMEOUT_S)
    seen = ""
    while text not in seen:
        data = channel.recv(4096)
        assert data, seen
        seen += data.decode()
    return seen


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes


def post(
    address: str,
    port: int,
    path: str = "/hooks/connect",
    body: bytes = b'{"appKey": "defaultApp", "sessionId": "1"}',
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answered:
    if tls is None:
        connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT_S)
    else:
        connection = http.client.HTTPSConnection(address, port, timeout=TIMEOUT_S, context=tls)
    try:
        given = {"Content-Type": "application/json", **(headers or {})}
        connection.request("POST", path, body, given)
        answer = connection.getresponse()
        return Answered(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def post_hook(lab: Lab) -> Answered:
    return post(lab.addresses.web_server, lab.scenario.web_port)


def accepts(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(TIMEOUT_S)
        return probe.connect_ex((address, port)) == 0


def has_ended(pid: int) -> bool:
    """Wait for a process to go: its parent may not yet have been told."""
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        if subprocess.run(["kill", "-0", str(pid)], capture_output=True, check=False).returncode:
            return True
        time.sleep(0.02)
    return False


def as_json(body: bytes) -> object:
    value: object = json.loads(body)
    return value
