"""Command lines for a person: what leads onto the host, and into its WCS CLI, by hand."""

from __future__ import annotations

import re
import shlex

from wcsdiag.target import Target

_PLAIN = re.compile(r"[\w ./:=@%+,-]+")
"""What the operator's shell leaves as it is."""


def destination(target: Target) -> str:
    """The arguments of `ssh` that lead to the host as wcsdiag went: "-p 2222 ops@wcs1"."""
    port = f"-p {target.ssh_port} " if target.ssh_port else ""
    key = f"-i {shlex.quote(str(target.ssh_key))} " if target.ssh_key else ""
    user = f"{target.ssh_user}@" if target.ssh_user else ""
    return f"{port}{key}{shlex.quote(user + target.host)}"


def on_host(target: Target, command: str) -> str:
    """The command line that runs `command` on the host; the command itself where that is here."""
    if target.is_local:
        return command
    whole = command if _PLAIN.fullmatch(command) else shlex.quote(command)
    return f"ssh {destination(target)} {whole}"


def cli_login(target: Target, port: int, user: str) -> str:
    """The command line of a login to the WCS CLI, by way of the host: it is often open there alone.

    A private key of its own goes to the host by ssh_config or the agent: `-J` takes none.
    """
    login = f"-p {port} {shlex.quote(user)}@127.0.0.1"
    if target.is_local:
        return f"ssh {login}"
    jump_user = f"{target.ssh_user}@" if target.ssh_user else ""
    host = f"[{target.host}]" if ":" in target.host else target.host
    jump_port = f":{target.ssh_port}" if target.ssh_port else ""
    return f"ssh -J {shlex.quote(jump_user + host + jump_port)} {login}"
