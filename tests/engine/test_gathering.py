"""Facts for commands without checks: the same graph, and the connection goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.engine.helpers import as_facts
from wcsdiag.errors import PlanError
from wcsdiag.gathering import FactMissingError, Gathered, gather_facts
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Fix, Unavailable
from wcsdiag.plugins import Registry
from wcsdiag.registry import fact


@dataclass(frozen=True)
class Login:
    user: str


@dataclass(frozen=True)
class Log:
    lines: int


@fact
def login() -> Login:
    return Login("ops")


@fact
def no_login() -> Login:
    raise Unavailable("SSH refused", because="HST101", fix=Fix("Start sshd."))


@fact
def log(login: Login) -> Log:
    return Log(len(login.user))


def gathered(
    *wanted: type, facts: tuple[Callable[..., object], ...], lifetime: Lifetime | None = None
) -> Gathered:
    lifetime = lifetime or Lifetime()
    registry = Registry((), as_facts(*facts))
    return gather_facts(registry, wanted, {Lifetime: lifetime}, lifetime)


def test_a_fact_is_gathered_with_all_that_it_needs_and_the_lifetime_goes_on() -> None:
    lifetime = Lifetime()

    found = gathered(Log, facts=(login, log), lifetime=lifetime)

    assert found.get(Log) == Log(3)
    assert found.get(Login) == Login("ops")
    assert not lifetime.ended


def test_what_could_not_be_had_says_why_and_what_to_do() -> None:
    found = gathered(Log, facts=(no_login, log))

    with pytest.raises(FactMissingError, match="SSH refused") as raised:
        found.get(Log)
    assert raised.value.because == "HST101"
    assert raised.value.hint == "Start sshd."
    absent = found.find(Log)
    assert isinstance(absent, Unavailable)
    assert absent.reason == "SSH refused"


def test_a_bug_of_a_provider_is_not_hidden() -> None:
    @fact
    def broken() -> Login:
        raise ZeroDivisionError

    with pytest.raises(TypeError, match="ZeroDivisionError"):
        gathered(Login, facts=(broken,)).get(Login)


def test_the_deadline_ends_the_wait_and_says_whose_limit_it_was() -> None:
    never = threading.Event()

    @fact
    def stuck() -> Login:
        never.wait(60)
        return Login("late")

    found = gathered(Login, facts=(stuck,), lifetime=Lifetime(deadline_s=0.3))
    never.set()

    with pytest.raises(FactMissingError, match=r"--deadline 0\.3 s"):
        found.get(Login)


def test_a_fact_without_a_provider_is_refused_before_anything_begins() -> None:
    with pytest.raises(PlanError, match="Login, which nothing provides"):
        gathered(Log, facts=(log,))
