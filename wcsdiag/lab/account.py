"""The user under whose name the lab host's commands run.

A lab that root opens runs them as `nobody`: else permissions would stop nothing, and a log that
cannot be read could not be played.
"""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """A user of the machine. `uid` is None where it is the user who runs the lab."""

    name: str
    uid: int | None = None
    gid: int | None = None

    def start(
        self,
        arguments: Sequence[str],
        *,
        executable: Path,
        environment: Mapping[str, str],
        folder: Path,
        stdin: int,
        output: int,
    ) -> subprocess.Popen[bytes]:
        """Start a program as this user, in a session of its own."""
        return subprocess.Popen(  # noqa: S603 - the lab's own programs, on the lab's own machine
            arguments,
            executable=executable,
            env=environment,
            cwd=folder,
            stdin=stdin,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
        )


def choose_account() -> Account:
    """`nobody` where root runs the lab and its files can be reached by others; else ourselves."""
    ourselves = Account(_name_of(os.geteuid()))
    if os.geteuid() != 0 or not _open_to_others(Path(tempfile.gettempdir())):
        return ourselves
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return ourselves
    other = Account(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)
    return other if _can_become(other) else ourselves


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _open_to_others(folder: Path) -> bool:
    resolved = folder.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (resolved, *resolved.parents))


def _can_become(account: Account) -> bool:
    # A container may take the capability away even from root.
    try:
        process = account.start(
            ["true"],
            executable=Path("/bin/true"),
            environment={},
            folder=Path("/"),
            stdin=subprocess.DEVNULL,
            output=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return process.wait() == 0
