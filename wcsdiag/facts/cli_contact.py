"""Getting into the WCS CLI: through the host's own loopback first, then straight from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.cli_routes import Route, routes
from wcsdiag.facts.installation import Installation
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor, Secret
from wcsdiag.registry import fact
from wcsdiag.target import Target
from wcsdiag.wcs.cli_transport import CliTransport

DEFAULT_USER = "admin"
DEFAULT_PASSWORD = "admin"  # noqa: S105 - documented (wcs.md 1.1), and reported where it works

Login = Callable[[Route, Secret, bool], CliTransport]
"""Log in over a route with a password, with outdated algorithms or not. Raises `HostError`."""


class CliTrouble(Enum):
    """Why there is no CLI session."""

    NOTHING_LISTENS = "nothing listens on the CLI's port"
    NOT_REACHED = "the CLI's port was not reached"
    NOT_SSH = "what answers on the CLI's port does not speak SSH"
    LOGIN_REFUSED = "the CLI refused the login"
    NO_PASSWORD = "there is no password to log in with"  # noqa: S105 - a reason
    FAILED = "the SSH connection to the CLI failed"


@dataclass(frozen=True)
class CliAttempt:
    """One attempt that failed: `where` as in evidence, `text` the literal error."""

    where: str
    port: int
    through_host: bool
    reason: HostFailure
    text: str
    hint: str = ""


@dataclass(frozen=True)
class CliContact:
    """The login, or why there is none: `transport` is set where `trouble` is None.

    `attempts` are those that failed before. `default_password` is True where the documented
    password was accepted, configured or not; `password_source` says where the password came from.
    """

    user: str
    ports: tuple[int, ...]
    attempts: tuple[CliAttempt, ...]
    trouble: CliTrouble | None = None
    transport: CliTransport | None = None
    port: int | None = None
    default_password: bool = False
    password_source: str = ""

    @property
    def legacy_algorithms(self) -> tuple[str, ...]:
        """The outdated algorithms that had to be used."""
        return self.transport.legacy_algorithms if self.transport is not None else ()


@dataclass(frozen=True)
class _Password:
    secret: Secret
    source: str


@fact
def cli_contact(
    target: Target,
    access: HostAccess | Unavailable,
    installation: Installation | Unavailable,
    lifetime: Lifetime,
    redactor: Redactor,
) -> CliContact:
    """The first route and password that let us in. Never unavailable: failing is an answer."""
    generation = None if isinstance(installation, Unavailable) else installation.generation
    host = None if isinstance(access, Unavailable) else access.host
    ways = routes(target, host, generation, lifetime)
    return contact(target, ways, _login_with(target, lifetime), redactor)


def contact(
    target: Target, ways: tuple[Route, ...], login: Login, redactor: Redactor
) -> CliContact:
    """Try the routes in order until one lets us in, or one refuses the login."""
    ports = tuple(dict.fromkeys(way.port for way in ways))
    attempts: list[CliAttempt] = []
    for way in ways:
        entered = _enter(target, way, login, redactor, attempts)
        if isinstance(entered, CliTrouble):
            return CliContact(target.cli_user, ports, tuple(attempts), entered)
        if entered is not None:
            transport, password = entered
            return CliContact(
                target.cli_user,
                ports,
                tuple(attempts),
                transport=transport,
                port=way.port,
                default_password=password.secret == Secret(DEFAULT_PASSWORD),
                password_source=password.source,
            )
    return CliContact(target.cli_user, ports, tuple(attempts), _trouble(attempts))


def _enter(
    target: Target, way: Route, login: Login, redactor: Redactor, attempts: list[CliAttempt]
) -> tuple[CliTransport, _Password] | CliTrouble | None:
    """A session; a trouble that ends the search; None where the next route may be tried."""
    legacy, refused = False, False
    for password in _passwords(target, way, redactor):
        while True:
            try:
                return login(way, password.secret, legacy), password
            except HostError as error:
                if error.reason is HostFailure.KEY_EXCHANGE and not legacy:
                    legacy = True
                    continue
                attempts.append(_attempt(way, error, password))
                if error.reason is not HostFailure.AUTHENTICATION:
                    return None
                refused = True
                break
    return CliTrouble.LOGIN_REFUSED if refused else CliTrouble.NO_PASSWORD


def _passwords(target: Target, way: Route, redactor: Redactor) -> Iterator[_Password]:
    """The configured password alone; else the documented one once, then what a person types."""
    if target.cli_password is not None:
        yield _Password(target.cli_password, "configured")
        return
    if target.default_cli_password:
        yield _Password(Secret(DEFAULT_PASSWORD), "documented default")
    typed = target.ask_password(f"Password of {target.cli_user} for the WCS CLI, {way.where}: ")
    if typed is not None:
        redactor.learn(typed)
        yield _Password(typed, "typed")


def _attempt(way: Route, error: HostError, password: _Password) -> CliAttempt:
    text = str(error).removeprefix(f"{way.where}: ")
    if error.reason is HostFailure.AUTHENTICATION:
        text = f"with the {password.source} password: {text}"
    return CliAttempt(way.where, way.port, way.through_host, error.reason, text, error.hint)


def _trouble(attempts: list[CliAttempt]) -> CliTrouble:
    """What all attempts together say. Only the host itself can say that nothing listens."""
    from_host = [attempt.reason for attempt in attempts if attempt.through_host]
    reasons = [attempt.reason for attempt in attempts]
    unreached = {
        HostFailure.REFUSED,
        HostFailure.TIMED_OUT,
        HostFailure.NO_ROUTE,
        HostFailure.CHANNEL_REFUSED,
        HostFailure.NAME_NOT_FOUND,
    }
    decisive = [reason for reason in reasons if reason not in unreached]
    if decisive and set(decisive) == {HostFailure.NOT_SSH}:
        return CliTrouble.NOT_SSH
    if decisive:
        return CliTrouble.FAILED
    if from_host and set(from_host) == {HostFailure.REFUSED}:
        return CliTrouble.NOTHING_LISTENS
    return CliTrouble.NOT_REACHED


def _login_with(target: Target, lifetime: Lifetime) -> Login:
    def enter(way: Route, password: Secret, legacy: bool) -> CliTransport:  # noqa: FBT001
        # Paramiko's first import is heavy: it is paid for here, and only where there is a way.
        from wcsdiag.host.cli_connection import accept_any, known_hosts_check, login

        check = accept_any if way.through_host else known_hosts_check(target, way.port)
        return login(
            way.open(),
            target.cli_user,
            password,
            where=way.where,
            lifetime=lifetime,
            host_key_check=check,
            legacy=legacy,
        )

    return enter
