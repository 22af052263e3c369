"""Command lines for a person: they go the way that wcsdiag went."""

from __future__ import annotations

from pathlib import Path

import pytest

from wcsdiag.facts.by_hand import cli_login, on_host
from wcsdiag.target import Target

ELSEWHERE = Target("wcs1", ssh_user="ops", ssh_port=2222, ssh_key=Path("/keys/a b"))


def test_a_command_runs_on_the_host_with_the_users_own_port_key_and_user() -> None:
    assert on_host(ELSEWHERE, "df -h /") == "ssh -p 2222 -i '/keys/a b' ops@wcs1 df -h /"


def test_what_the_operators_shell_would_take_is_quoted() -> None:
    assert on_host(Target("wcs1"), "ls | tail -n 3") == "ssh wcs1 'ls | tail -n 3'"


def test_given_the_host_is_this_machine_then_no_ssh_is_needed() -> None:
    assert on_host(Target("localhost"), "ls | tail -n 3") == "ls | tail -n 3"


@pytest.mark.parametrize(
    ("target", "login"),
    [
        (Target("wcs1"), "ssh -J wcs1 -p 2001 admin@127.0.0.1"),
        (ELSEWHERE, "ssh -J ops@wcs1:2222 -p 2001 admin@127.0.0.1"),
        (Target("2001:db8::1"), "ssh -J '[2001:db8::1]' -p 2001 admin@127.0.0.1"),
        (Target("localhost"), "ssh -p 2001 admin@127.0.0.1"),
    ],
)
def test_the_way_into_the_cli_leads_through_the_host(target: Target, login: str) -> None:
    assert cli_login(target, 2001, "admin") == login
