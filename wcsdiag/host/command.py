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


_BOUNDED = (
    "LC_ALL=C PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH; "
    'command -v timeout >/dev/null 2>&1 && exec timeout -s KILL "$1" /bin/sh -c "$0"; '
    'exec /bin/sh -c "$0"'
)
