"""The main job against the lab, which runs in this process: `wcsdiag all` and the script."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import Contender, Limit
from benchmarks.startup import PROGRAM, SCRIPT
from wcsdiag.lab.lab import Lab, open_lab

WCSDIAG = "`wcsdiag all`"
LIMIT = Limit(WCSDIAG, 1.0)

SICK = ("web-server-down", "error-500", "connect-missing", "cli-closed")
"""Faults that every contender has to tell from health, or its time is worth nothing."""

_ALIAS = "wcs-lab"


@contextlib.contextmanager
def against(fault: str | None = None) -> Iterator[tuple[Contender, ...]]:
    """The contenders, while their lab is open. Each does its job if it tells what is so."""
    with open_lab(fault) as lab, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        configuration = _ssh_config(home, lab)
        contenders = (
            _script("script, one `ssh` per question", lab, configuration),
            _script("script, `ssh` connections shared", lab, configuration, home / "control"),
            _wcsdiag(home, lab),
        )
        expect = 0 if fault is None else 1
        yield tuple(replace(contender, expect=(expect,)) for contender in contenders)


def _ssh_config(home: Path, lab: Lab) -> Path:
    """All contenders reach the lab's host as people do: by an alias of ~/.ssh/config."""
    path = home / ".ssh" / "config"
    path.parent.mkdir(mode=0o700)
    target = lab.target
    path.write_text(
        f"Host {_ALIAS}\n"
        f"  HostName {target.host}\n"
        f"  User {target.ssh_user}\n"
        f"  Port {target.ssh_port}\n"
        f"  IdentityFile {target.ssh_key}\n"
        f"  UserKnownHostsFile {target.known_hosts}\n"
    )
    path.chmod(0o600)
    return path


def _script(name: str, lab: Lab, configuration: Path, control: Path | None = None) -> Contender:
    if control is not None:
        control.mkdir()
    given = {
        "HOST": _ALIAS,
        "HOME_OF_WCS": str(lab.target.wcs_home),
        "SSH_CONFIG": str(configuration),
        "CONTROL": str(control or ""),
        "CLI_PASSWORD": _password(lab),
    }
    return Contender(name, ("bash", str(SCRIPT)), {**_environment(), **given})


def _wcsdiag(home: Path, lab: Lab) -> Contender:
    given = {"HOME": str(home), "WCSDIAG_CLI_PASSWORD": _password(lab)}
    # The script takes it that hooks are wanted: what is missing for them is a failure.
    arguments = ("all", "--host", _ALIAS, "--wcs-home", str(lab.target.wcs_home), "--rest", "on")
    return Contender(WCSDIAG, (PROGRAM, *arguments), {**_environment(), **given})


def _password(lab: Lab) -> str:
    secret = lab.target.cli_password
    return secret.reveal() if secret else ""


def _environment() -> dict[str, str]:
    """Nothing of the person who measures: no agent, no configuration, no proxies."""
    kept = ("PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}
