"""The fact that stands for the host: connected, or why not."""

from __future__ import annotations

import pytest

from tests.support import free_port
from tests.support_sshd import Sshd
from wcsdiag.facts.access import host_access
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.target import Target


def test_the_connection_is_closed_when_the_run_ends(sshd: Sshd) -> None:
    lifetime = Lifetime()
    access = host_access(sshd.target(), lifetime, Redactor())
    assert access.host.run("echo in").text == "in\n"
    assert access.notes == ()
    lifetime.end()
    with pytest.raises(HostError):
        access.host.run("echo out")


def test_localhost_without_ssh_options_is_this_machine() -> None:
    lifetime = Lifetime()
    access = host_access(Target("localhost"), lifetime, Redactor())
    assert access.host.is_local
    lifetime.end()


def test_a_failure_keeps_its_reason_evidence_and_hint(sshd: Sshd) -> None:
    target = sshd.target(ssh_port=free_port())
    with pytest.raises(Unavailable) as error:
        host_access(target, Lifetime(), Redactor())
    assert error.value.because == "HST101"
    assert isinstance(error.value.__cause__, HostError)
    assert error.value.__cause__.reason is HostFailure.REFUSED
    assert "Connection refused" in error.value.evidence[0].text
    assert error.value.fix is not None
