"""Getting into the CLI, and what is asked there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from tests.facts.test_settings import Learning
from wcsdiag.facts.cli import wcs_cli
from wcsdiag.facts.cli_contact import CliContact, CliTrouble, contact
from wcsdiag.facts.cli_routes import Route, cli_ports, routes
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor, Secret
from wcsdiag.target import Target
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.cli_transport import CliTransport, ShellChannel
from wcsdiag.wcs.generation import Generation

TARGET = Target("wcs1.example.com")
LISTING = "| Name | Key | URL | REST password |\n| Bob | bobKey | http://web/bob | s3cr3t |\n"


class Cli:
    """A login whose exec channel answers from a table; other commands are unknown."""

    where = "host: WCS CLI at 127.0.0.1:2001"
    legacy_algorithms: tuple[str, ...] = ()

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.closed = False

    def execute(self, command: str, *, timeout_s: float, limit: int) -> bytes | None:
        self.asked.append(command)
        return self.answers.get(command, "Error: unknown").encode()

    def open_shell(self) -> ShellChannel:
        raise OSError("no shell")

    def close(self) -> None:
        self.closed = True


def no_stream() -> Stream:
    raise AssertionError


def way(port: int = 2001, *, through_host: bool = True) -> Route:
    place = "host: WCS CLI at 127.0.0.1" if through_host else "operator: WCS CLI at wcs1"
    return Route(f"{place}:{port}", port, no_stream, through_host)


class Logins:
    """Login attempts: `answer` gives a failure, or None to let in."""

    def __init__(self, answer: Callable[[Route, str, bool], HostFailure | None]) -> None:
        self._answer = answer
        self.seen: list[tuple[int, str, bool]] = []

    def __call__(self, route: Route, password: Secret, legacy: bool, /) -> CliTransport:
        self.seen.append((route.port, password.reveal(), legacy))
        failure = self._answer(route, password.reveal(), legacy)
        if failure is not None:
            raise HostError(failure, failure.value)
        return Cli({})


def enter(logins: Logins, target: Target = TARGET, *ways: Route) -> CliContact:
    return contact(target, ways or (way(),), logins, Redactor())


def test_the_configured_password_is_the_only_one_tried() -> None:
    logins = Logins(lambda *_: HostFailure.AUTHENTICATION)
    made = enter(logins, replace(TARGET, cli_password=Secret("pw")))
    assert made.trouble is CliTrouble.LOGIN_REFUSED
    assert logins.seen == [(2001, "pw", False)]
    assert made.attempts[0].text.startswith("with the configured password: ")


def test_the_default_password_is_tried_once_then_a_person_is_asked() -> None:
    logins = Logins(lambda _, pw, __: None if pw == "typed" else HostFailure.AUTHENTICATION)
    made = enter(logins, replace(TARGET, ask_password=lambda _: Secret("typed")))
    assert [password for _, password, _ in logins.seen] == ["admin", "typed"]
    assert made.transport is not None
    assert not made.default_password


def test_the_default_password_is_reported() -> None:
    made = enter(Logins(lambda *_: None))
    assert made.default_password
    assert made.password_source == "documented default"


def test_a_forbidden_default_password_is_never_sent() -> None:
    logins = Logins(lambda *_: None)
    made = enter(logins, replace(TARGET, default_cli_password=False))
    assert made.trouble is CliTrouble.NO_PASSWORD
    assert logins.seen == []


def test_outdated_algorithms_are_tried_after_modern_ones_failed() -> None:
    logins = Logins(lambda _, __, legacy: None if legacy else HostFailure.KEY_EXCHANGE)
    assert enter(logins).transport is not None
    assert [legacy for *_, legacy in logins.seen] == [False, True]


def test_a_refused_login_ends_the_search() -> None:
    logins = Logins(lambda *_: HostFailure.AUTHENTICATION)
    made = enter(logins, TARGET, way(2001), way(2000))
    assert made.trouble is CliTrouble.LOGIN_REFUSED
    assert [port for port, *_ in logins.seen] == [2001]
    assert made.attempts[0].text.startswith("with the documented default password: ")


@pytest.mark.parametrize(
    ("through_host", "failure", "trouble"),
    [
        (True, HostFailure.REFUSED, CliTrouble.NOTHING_LISTENS),
        (False, HostFailure.REFUSED, CliTrouble.NOT_REACHED),
        (True, HostFailure.CHANNEL_REFUSED, CliTrouble.NOT_REACHED),
        (False, HostFailure.TIMED_OUT, CliTrouble.NOT_REACHED),
        (True, HostFailure.NOT_SSH, CliTrouble.NOT_SSH),
        (True, HostFailure.HOST_KEY_UNKNOWN, CliTrouble.FAILED),
        (True, HostFailure.KEY_EXCHANGE, CliTrouble.FAILED),
    ],
)
def test_every_failure_has_its_trouble(
    failure: HostFailure, trouble: CliTrouble, *, through_host: bool
) -> None:
    logins = Logins(lambda *_: failure)
    ways = [way(port, through_host=through_host) for port in (2001, 2000)]
    made = enter(logins, TARGET, *ways)
    assert made.trouble is trouble
    assert made.ports == (2001, 2000)
    assert made.attempts


@pytest.mark.parametrize(
    ("cli_port", "generation", "ports"),
    [
        (2222, Generation.WITH_MANAGER, (2222,)),
        (None, Generation.WITH_MANAGER, (2000, 2001)),
        (None, Generation.WITHOUT_MANAGER, (2001, 2000)),
        (None, None, (2001, 2000)),
    ],
)
def test_ports_come_from_the_user_or_the_generation(
    cli_port: int | None, generation: Generation | None, ports: tuple[int, ...]
) -> None:
    assert cli_ports(replace(TARGET, cli_port=cli_port), generation) == ports


def test_the_host_is_the_first_way_and_the_operator_the_second() -> None:
    ways = routes(TARGET, RecordedHost(), None, Lifetime())
    assert [(one.port, one.through_host) for one in ways] == [
        (2001, True),
        (2000, True),
        (2001, False),
        (2000, False),
    ]
    local = routes(TARGET, RecordedHost(is_local=True), None, Lifetime())
    assert all(one.through_host for one in local)


def ask(transport: Cli, target: Target = TARGET, redactor: Redactor | None = None) -> object:
    made = CliContact("admin", (2001,), (), transport=transport, port=2001)
    return wcs_cli(made, target, Lifetime(), redactor or Redactor())


def listed(transport: Cli, target: Target = TARGET) -> dict[str, tuple[str, ...] | None]:
    made = CliContact("admin", (2001,), (), transport=transport, port=2001)
    found = wcs_cli(made, target, Lifetime(), Redactor())
    assert not isinstance(found.apps, NotUnderstood)
    return {app.name: app.methods for app in found.apps}


@pytest.mark.parametrize(("word", "other"), [("Bob", "bobKey"), ("bobKey", "Bob")])
def test_methods_are_found_whether_the_command_takes_name_or_key(word: str, other: str) -> None:
    transport = Cli(
        {
            "show apps -d": LISTING,
            f"show app-rest-methods {word}": "connect\ncall\n",
            f"show app-rest-methods {other}": f"App {other} not found",
        }
    )
    made = CliContact("admin", (2001,), (), transport=transport, port=2001)
    found = wcs_cli(made, TARGET, Lifetime(), Redactor())
    assert not isinstance(found.apps, NotUnderstood)
    assert found.apps[0].methods == ("connect", "call")
    assert found.words == {"Bob": word}
    assert transport.closed


def test_an_app_that_has_no_methods_is_told_from_one_that_is_not_known() -> None:
    silent = Cli({"show apps -d": LISTING, "show app-rest-methods Bob": "No REST methods"})
    assert listed(silent) == {"Bob": ()}
    assert listed(Cli({"show apps -d": LISTING})) == {"Bob": None}


def test_only_the_app_that_is_asked_about_is_asked_for() -> None:
    transport = Cli({"show apps -d": LISTING + "| Al | alKey | http://web/al | |\n"})
    listed(transport, replace(TARGET, app_key="alKey"))
    assert "show app-rest-methods Bob" not in transport.asked


def test_the_short_list_helps_where_the_detailed_one_is_not_understood() -> None:
    transport = Cli({"show apps": LISTING})
    assert listed(transport) == {"Bob": None}
    assert transport.asked[:2] == ["show apps -d", "show apps"]


def test_passwords_in_the_list_are_learned() -> None:
    redactor = Learning()
    ask(Cli({"show apps -d": LISTING}), redactor=redactor)
    assert redactor.learned == ["s3cr3t"]


def test_a_name_that_cannot_be_sent_safely_is_not_sent() -> None:
    transport = Cli({"show apps -d": LISTING.replace("Bob ", "Bob Two ")})
    assert listed(transport) == {"Bob Two": None}
    assert transport.asked[1:] == ["show app-rest-methods bobKey"]


def test_without_a_login_the_reason_is_kept() -> None:
    outside = CliContact("admin", (2001, 2000), (), CliTrouble.NOTHING_LISTENS)
    with pytest.raises(Unavailable) as caught:
        wcs_cli(outside, TARGET, Lifetime(), Redactor())
    assert caught.value.because == "URL101"
    assert CliTrouble.NOTHING_LISTENS.value in caught.value.reason
