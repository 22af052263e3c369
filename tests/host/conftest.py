"""One OpenSSH server with its defaults, for all tests that only talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support_sshd import Sshd, connected, running_sshd
from wcsdiag.host.ssh import SshHost


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd") / "server") as server:
        yield server


@pytest.fixture
def host(sshd: Sshd) -> Iterator[SshHost]:
    with connected(sshd) as connection:
        yield connection
