"""Logging in to an SSH server: keys, agent, password, in the order a person would expect."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko  # noqa: TID253 - this module is imported inside functions alone

from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.keys import load_key
from wcsdiag.host.ssh_config import SshSettings
from wcsdiag.host.transport import HostTransport
from wcsdiag.redact import Secret
from wcsdiag.target import PasswordPrompt


@dataclass(frozen=True)
class Credentials:
    """What a login may use beside the keys of its settings."""

    password: Secret | None
    ask: PasswordPrompt


class Login:
    """One login. `tried` names what was offered, for the message of a refusal."""

    def __init__(
        self, transport: HostTransport, settings: SshSettings, credentials: Credentials
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._credentials = credentials
        self._problems: list[str] = []
        self.tried: list[str] = []

    def run(self) -> None:
        """Log in. Raises `HostError`: AUTHENTICATION, CONFIGURATION, LOST, TIMED_OUT."""
        for what, attempt in self._attempts():
            self.tried.append(what)
            if self._succeeds(attempt):
                return
        raise self._refused()

    def _attempts(self) -> Iterator[tuple[str, Callable[[], list[str]]]]:
        password = self._credentials.password
        explicit = self._settings.explicit_key
        if explicit is not None:
            yield self._with_key(f"key {explicit}", load_key(explicit, self._credentials.ask))
        if password is not None:
            yield "password", lambda: self._with_password(password)
        if explicit is None:
            yield from self._with_agent()
            yield from self._with_files()
        if password is None and self._takes_passwords():
            prompt = f"SSH password of {self._settings.user}@{self._settings.host}: "
            typed = self._credentials.ask(prompt)
            if typed is not None:
                yield "password", lambda: self._with_password(typed)

    def _with_key(self, what: str, key: paramiko.PKey) -> tuple[str, Callable[[], list[str]]]:
        return what, lambda: self._transport.auth_publickey(self._settings.user, key)

    def _with_files(self) -> Iterator[tuple[str, Callable[[], list[str]]]]:
        for path in self._settings.identity_files:
            if not path.exists():
                continue
            try:
                key = load_key(path, self._credentials.ask)
            except HostError as error:
                self._problems.append(str(error))
                continue
            yield self._with_key(f"key {path}", key)

    def _with_agent(self) -> Iterator[tuple[str, Callable[[], list[str]]]]:
        if not self._settings.use_agent:
            return
        wanted = {_public_blob(path) for path in self._settings.identity_files}
        try:
            agent = paramiko.Agent()
        except (paramiko.SSHException, OSError) as error:
            self._problems.append(f"the SSH agent: {error}")
            return
        try:
            for key in sorted(agent.get_keys(), key=lambda key: key.asbytes() not in wanted):
                yield self._with_key(f"agent key {key.fingerprint}", key)
        finally:
            agent.close()

    def _with_password(self, password: Secret) -> list[str]:
        return give_password(self._transport, self._settings.user, password)

    def _takes_passwords(self) -> bool:
        try:
            self._transport.auth_none(self._settings.user)
        except paramiko.BadAuthenticationType as error:
            return bool({"password", "keyboard-interactive"} & set(error.allowed_types))
        except (paramiko.SSHException, EOFError, OSError):
            return False
        return False

    def _succeeds(self, attempt: Callable[[], list[str]]) -> bool:
        """False where the server wants something else, or more."""
        try:
            still_wanted = attempt()
        except paramiko.AuthenticationException as error:
            if not self._transport.is_active():
                self._problems.append("the server closed the connection")
                raise self._refused() from error
            if "timeout" in str(error).lower():
                message = f"{self._settings.host}: no answer to the login (wcsdiag's own limit)"
                raise HostError(HostFailure.TIMED_OUT, message) from error
            return False
        except (paramiko.SSHException, EOFError, OSError) as error:
            if self._transport.is_active():
                self._problems.append(str(error))
                return False
            message = f"{self._settings.host}: the connection was lost during the login: {error}"
            raise HostError(HostFailure.LOST, message) from error
        return not still_wanted

    def _refused(self) -> HostError:
        who = f"{self._settings.user}@{self._settings.host}"
        tried = ", ".join(self.tried) or "nothing: there was no key and no password"
        problems = "".join(f"; {problem}" for problem in self._problems)
        return HostError(
            HostFailure.AUTHENTICATION,
            f"the SSH server refused the login of {who} (tried: {tried}{problems})",
            hint="Check --ssh-user and --ssh-key, or set WCSDIAG_SSH_PASSWORD. Your key must be "
            f"in ~/.ssh/authorized_keys there: ssh-copy-id {who}",
        )


def give_password(transport: HostTransport, user: str, password: Secret) -> list[str]:
    """Log in with a password, asked for as such or interactively.

    Gives what the server wants besides; raises what paramiko raises.
    """
    try:
        return transport.auth_password(user, password.reveal(), fallback=False)
    except paramiko.BadAuthenticationType as error:
        if "keyboard-interactive" not in error.allowed_types:
            raise
    return transport.auth_interactive(
        user, lambda _title, _text, prompts: [password.reveal() for _ in prompts]
    )


def _public_blob(private: Path) -> bytes:
    """The public half of a key file, to find it in the agent; b"" where there is none."""
    try:
        fields = private.with_name(private.name + ".pub").read_text("utf-8", "replace").split()
        return base64.b64decode(fields[1])
    except (OSError, IndexError, ValueError):
        return b""
