"""~/.ssh/config: how to reach a host, as OpenSSH would."""

from __future__ import annotations

import getpass
import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    import paramiko

_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_DEFAULT_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_GLOBAL_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_DEEPEST_INCLUDE = 8


@dataclass(frozen=True)
class SshSettings:
    """How to reach one machine. `explicit_key` was asked for by name, so it must be usable.

    `jumps` are the machines in between, the nearest first, as "[user@]host[:port]".
    """

    host: str
    port: int
    user: str
    key_name: str
    explicit_key: Path | None
    identity_files: tuple[Path, ...]
    use_agent: bool
    known_hosts: tuple[Path, ...]
    accept_new_host_key: bool
    jumps: tuple[str, ...]


def settings_for(target: Target) -> SshSettings:
    """The settings of the target's own host; its explicit options beat the configuration.

    Raises `HostError(CONFIGURATION)`.
    """
    return _settings(target, target.host, target.ssh_user, target.ssh_port, target.ssh_key)


def settings_for_jump(target: Target, jump: str) -> SshSettings:
    """The settings of one machine in between: "[user@]host[:port]" or "ssh://...".

    Its key is never the target's: it has entries of its own in the configuration.
    """
    user, _, place = jump.removeprefix("ssh://").rstrip("/").rpartition("@")
    host, port = place, ""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    if not host or not (port.isdigit() or not port):
        raise HostError(HostFailure.CONFIGURATION, f"ProxyJump: {jump!r} is no host")
    return _settings(target, host, user or None, int(port) if port else None, None)


def _settings(
    target: Target, alias: str, user: str | None, port: int | None, key: Path | None
) -> SshSettings:
    found = _lookup(target.ssh_config, alias)
    host = found.get("hostname", alias)
    if found.get("proxycommand"):
        raise HostError(
            HostFailure.CONFIGURATION,
            f"the SSH configuration has a ProxyCommand for {alias}, which wcsdiag does not run",
            hint="Use ProxyJump instead, which does the same.",
        )
    files = tuple(Path(name).expanduser() for name in found.get("identityfile", ()))
    agent_allowed = found.get("identitiesonly", "no") != "yes"
    return SshSettings(
        host=host,
        port=port or _port(found.get("port", "22"), alias),
        user=user or found.get("user") or _own_name(),
        key_name=found.get("hostkeyalias", ""),
        explicit_key=key,
        identity_files=files or tuple(Path("~/.ssh", name).expanduser() for name in _DEFAULT_KEYS),
        use_agent=agent_allowed and found.get("identityagent", "").lower() != "none",
        known_hosts=_known_hosts(target, found),
        accept_new_host_key=target.accept_new_host_key
        or found.get("stricthostkeychecking", "ask").lower() in {"accept-new", "no", "off"},
        jumps=_jumps(found.get("proxyjump", "none")),
    )


def _lookup(replacement: Path | None, alias: str) -> paramiko.SSHConfigDict:
    # paramiko is heavy: it stays out of every module's imports.
    import paramiko

    try:
        text = "\n".join(_lines(replacement))
        return paramiko.SSHConfig.from_text(text).lookup(alias)
    except OSError as error:
        raise HostError(HostFailure.CONFIGURATION, f"{error.filename}: {error.strerror}") from error
    except Exception as error:
        # What a `Match exec` or a canonical name may raise is not bounded by paramiko.
        message = f"the SSH configuration cannot be used: {error}"
        raise HostError(HostFailure.CONFIGURATION, message) from error


def _lines(replacement: Path | None) -> Iterator[str]:
    """The user's file, then the system's; a replacement stands for both, and must exist."""
    if replacement is not None:
        yield from _expanded(replacement, 0, must_exist=True)
        return
    yield from _expanded(Path("~/.ssh/config").expanduser(), 0)
    yield "Host *"
    yield from _expanded(Path("/etc/ssh/ssh_config"), 0)


def _expanded(path: Path, depth: int, *, must_exist: bool = False) -> Iterator[str]:
    """A file's lines with its Includes, which paramiko does not know, put in their place."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        if must_exist:
            raise
        return
    section = "Host *" if depth == 0 else ""
    for line in lines:
        keyword, _, rest = line.strip().replace("=", " ", 1).partition(" ")
        if keyword.lower() in {"host", "match"}:
            section = line
        if keyword.lower() != "include" or depth >= _DEEPEST_INCLUDE:
            yield line
            continue
        for pattern in rest.split():
            for name in sorted(glob.glob(_from_home(pattern, path))):  # noqa: PTH207 - may be absolute
                yield from _expanded(Path(name), depth + 1)
        if section:
            yield section


def _from_home(pattern: str, including: Path) -> str:
    """Relative names are relative to ~/.ssh, or to /etc/ssh in the system's file."""
    base = Path("/etc/ssh") if including.is_relative_to("/etc/ssh") else Path("~/.ssh").expanduser()
    return str(base / Path(pattern.strip('"')).expanduser())


def _known_hosts(target: Target, found: paramiko.SSHConfigDict) -> tuple[Path, ...]:
    if target.known_hosts is not None:
        return (target.known_hosts,)
    own = str(found.get("userknownhostsfile", "")).split() or list(_DEFAULT_KNOWN_HOSTS)
    system = str(found.get("globalknownhostsfile", "")).split() or list(_GLOBAL_KNOWN_HOSTS)
    return tuple(Path(name.strip('"')).expanduser() for name in (*own, *system))


def _jumps(value: str) -> tuple[str, ...]:
    if value.lower() == "none":
        return ()
    return tuple(jump.strip() for jump in value.split(",") if jump.strip())


def _port(text: str, alias: str) -> int:
    if text.isdigit() and 0 < int(text) < 1 << 16:
        return int(text)
    raise HostError(HostFailure.CONFIGURATION, f"Port {text!r} of {alias} is no port")


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        message = "the operator's own user name is not known"
        raise HostError(HostFailure.CONFIGURATION, message, hint="Give --ssh-user.") from error
