"""Files and names of a host, read with the programs that every host has."""

from __future__ import annotations

import ipaddress
import stat as modes
from datetime import UTC, datetime

from wcsdiag.host.interface import CommandResult, FileStat, Host, HostError, HostFailure

_LOOK_UP = """
import socket, sys
try:
    found = socket.getaddrinfo(sys.argv[1], None, type=socket.SOCK_STREAM)
except socket.gaierror as error:
    sys.exit(error.strerror)
print("\\n".join(entry[4][0] for entry in found))
"""


def read(host: Host, path: str, offset: int, limit: int, *, root: bool) -> bytes:
    """See `Host.read`. Seeks: a window of a large file costs no more than the window."""
    if limit <= 0:
        return b""
    first = f"+{offset + 1}"
    if offset == 0:
        result = host.run("head -c %s -- %s", str(limit), path, root=root, limit=limit)
    elif root:
        # One program alone, so that sudoers can allow it alone.
        result = host.run("tail -c %s -- %s", first, path, root=True, limit=limit)
    else:
        # A pipeline's status is its last program's: the first head fails where the file cannot
        # be read. That something was written to stderr proves nothing, a user's shell may do it.
        template = "head -c 1 -- %s >/dev/null && tail -c %s -- %s | head -c %s"
        result = host.run(template, path, first, path, str(limit), limit=limit)
    if result.exit_status not in {0, None}:
        raise _file_error(path, result)
    return result.stdout[:limit]


def stat(host: Host, path: str) -> FileStat:
    """See `Host.stat`. Links are followed."""
    result = host.run("stat -L -c '%%s %%Y %%f %%u %%U' -- %s", path)
    fields = result.text.split()
    if result.exit_status != 0 or len(fields) < 5:
        raise _file_error(path, result)
    mode = int(fields[2], 16)
    return FileStat(
        path=path,
        size=int(fields[0]),
        modified=datetime.fromtimestamp(int(fields[1]), UTC),
        owner=fields[3] if fields[4] == "UNKNOWN" else fields[4],
        mode=modes.S_IMODE(mode),
        is_directory=modes.S_ISDIR(mode),
    )


def glob(host: Host, pattern: str) -> tuple[str, ...]:
    """See `Host.glob`. The pattern is an argument: with an empty IFS a shell only matches it."""
    result = host.run(
        "set -- %s; IFS=; for p in $1; do"
        ' if [ -e "$p" ] || [ -L "$p" ]; then printf \'%%s\\000\' "$p"; fi; done',
        pattern,
    )
    names = result.stdout.decode("utf-8", "surrogateescape").split("\0")
    return tuple(sorted(name for name in names if name))


def resolve(host: Host, name: str) -> tuple[str, ...]:
    """See `Host.resolve`."""
    if _is_numeric(name):
        return (name,)
    if not name or name.startswith("-"):
        raise HostError(HostFailure.NAME_NOT_FOUND, f"{name!r} is not a name")
    result = host.run("getent ahosts %s", name)
    addresses = _first_fields(result)
    if result.exit_status == 0 and addresses:
        return addresses
    if result.exit_status == 127:
        return _resolve_without_getent(host, name)
    raise _name_error(host, name, result)


def _resolve_without_getent(host: Host, name: str) -> tuple[str, ...]:
    result = host.run("python3 -c %s %s", _LOOK_UP, name)
    if result.exit_status == 127:
        message = f"{name}: the host has neither getent nor python3 to resolve names with"
        raise HostError(HostFailure.FAILED, message, hint="Install getent (libc-bin) on the host.")
    if result.exit_status != 0:
        raise _name_error_from(name, result.error_text)
    return _first_fields(result)


def _name_error(host: Host, name: str, result: CommandResult) -> HostError:
    """getent says only "not found", also where name servers failed: ask who can tell them apart.

    Names under .invalid never exist (RFC 6761), whatever name servers say.
    """
    status = f"getent ahosts {name}: exit status {result.exit_status}"
    if not name.lower().rstrip(".").endswith(".invalid"):
        second = host.run("python3 -c %s %s", _LOOK_UP, name)
        if second.exit_status == 1 and "Temporary failure" in second.error_text:
            return _name_error_from(name, f"{second.error_text} ({status})")
    return HostError(HostFailure.NAME_NOT_FOUND, f"{name}: Name or service not known ({status})")


def _name_error_from(name: str, text: str) -> HostError:
    failed = "Temporary failure" in text
    reason = HostFailure.NAME_SERVER_FAILED if failed else HostFailure.NAME_NOT_FOUND
    return HostError(reason, f"{name}: {text}")


def _first_fields(result: CommandResult) -> tuple[str, ...]:
    lines = result.text.splitlines()
    return tuple(dict.fromkeys(line.split()[0] for line in lines if line.strip()))


def _is_numeric(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _file_error(path: str, result: CommandResult) -> HostError:
    said = result.error_text.splitlines()
    text = said[-1] if said else f"{result.command}: exit status {result.exit_status}"
    words = text.lower()
    if "permission denied" in words:
        return HostError(HostFailure.PERMISSION, text, hint=f"Let the SSH user read {path}.")
    if any(known in words for known in ("no such file", "not a directory", "is a directory")):
        return HostError(HostFailure.NOT_FOUND, text)
    return HostError(HostFailure.FAILED, text)
