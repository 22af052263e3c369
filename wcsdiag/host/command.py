"""Shell commands from fixed templates, with every argument quoted."""

from __future__ import annotations

import shlex
from math import ceil
from typing import LiteralString


def shell_command(template: LiteralString, arguments: tuple[str, ...]) -> str:
    """The command: each `%s` of the template is one quoted argument, `%%` is a percent sign.

    Raises `TypeError` or `ValueError` where template and arguments do not fit together: that is a
    bug of the caller. A NUL cannot be part of an argument, and is left out.
    """
    return template % tuple(shlex.quote(argument.replace("\0", "")) for argument in arguments)


def in_posix_shell(command: str, timeout_s: float) -> str:
    """The command, run by /bin/sh whatever the user's login shell is.

    Messages are in English, so that they can be recognised; and the administrator's programs are
    found too, which are not in the PATH of a user's session everywhere. Should the command
    outlive its deadline, the host itself ends it soon: OpenSSH does not when a channel is closed,
    and counts its session until then.
    """
    return f"exec /bin/sh -c {shlex.quote(_BOUNDED)} {shlex.quote(command)} {ceil(timeout_s) + 1}"


def watched(command: str, longest_s: float) -> str:
    """A command that goes on, and that ends with its standard input: whoever started it is gone.

    The command itself reads nothing. Where the host has `timeout` it ends after `longest_s` too,
    with all that it started; elsewhere its one process is ended, so that it should `exec`.
    """
    words = (_WATCHED, command, str(ceil(longest_s)))
    return f"/bin/sh -c {' '.join(map(shlex.quote, words))}"


_WATCHED = (
    "LC_ALL=C; export LC_ALL; exec 3<&0 </dev/null; limit=; "
    'command -v timeout >/dev/null 2>&1 && limit="timeout -s KILL $1"; '
    '$limit /bin/sh -c "$0" 3<&- & command=$!; '
    'trap "kill $command" HUP INT TERM; '
    '(trap - HUP INT TERM; while read -r _ <&3; do :; done; kill "$command") >/dev/null 2>&1 & '
    'watcher=$!; wait "$command"; status=$?; '
    'kill "$watcher" 2>/dev/null; exit "$status"'
)

_BOUNDED = (
    "LC_ALL=C PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH; "
    'command -v timeout >/dev/null 2>&1 && exec timeout -s KILL "$1" /bin/sh -c "$0"; '
    'exec /bin/sh -c "$0"'
)
