"""What the user asks about: the target, what is intended of it, and how to get in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path

from wcsdiag.redact import Secret

PasswordPrompt = Callable[[str], Secret | None]
"""Asks a person for a password; gives None where there is no terminal or nothing was typed."""


class RestIntent(Enum):
    """What is meant to be: hooks are sent, hooks are switched off, or it was not said."""

    ON = "on"
    OFF = "off"
    AUTO = "auto"


@dataclass(frozen=True)
class WebSsh:
    """How to log in to the web server's machine. None: ssh_config's, or the default."""

    host: str
    user: str | None = None
    port: int | None = None
    key: Path | None = None


@dataclass(frozen=True)
class Target:
    """The host to look at, and how to reach it. None means: find out, or the documented default.

    `host` is a name, an address or an alias of `~/.ssh/config`. `ssh_config` and `known_hosts`
    replace the user's own files (tests and the lab give theirs). `ssh_password` and
    `cli_password` come from the environment or the config file, never from the command line;
    `ask_password` is asked only where one is needed and none was given. `web_ssh` is the way onto
    the web server's machine, where the user has one.
    """

    host: str
    ssh_user: str | None = None
    ssh_port: int | None = None
    ssh_key: Path | None = None
    ssh_password: Secret | None = None
    ssh_config: Path | None = None
    known_hosts: Path | None = None
    accept_new_host_key: bool = False
    cli_user: str = "admin"
    cli_port: int | None = None
    cli_password: Secret | None = None
    default_cli_password: bool = True
    wcs_home: str | None = None
    app_key: str | None = None
    web_ssh: WebSsh | None = None
    ask_password: PasswordPrompt = field(default=lambda _: None, repr=False, compare=False)

    @property
    def web_server(self) -> Target | None:
        """The web server's machine as a target of SSH; None where no way onto it was given.

        The host's own password and key are not offered to it.
        """
        if self.web_ssh is None:
            return None
        return replace(
            self,
            host=self.web_ssh.host,
            ssh_user=self.web_ssh.user,
            ssh_port=self.web_ssh.port,
            ssh_key=self.web_ssh.key,
            ssh_password=None,
            web_ssh=None,
        )

    @property
    def is_local(self) -> bool:
        """True where the host is this machine and nothing asks for SSH."""
        asks_for_ssh = self.ssh_user or self.ssh_port or self.ssh_key or self.ssh_password
        return self.host in {"localhost", "127.0.0.1", "::1"} and not asks_for_ssh


@dataclass(frozen=True)
class Intent:
    """What the user says is right, for the judgements that depend on it.

    `since` is the window of the logs; None means one hour, or since the process started where
    that is shorter. `post` allows the one active probe, a synthetic `connect` hook.
    """

    expect_url: str | None = None
    rest: RestIntent = RestIntent.AUTO
    since: timedelta | None = None
    post: bool = True
