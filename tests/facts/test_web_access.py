"""Getting onto the web server's machine, by a real SSH server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import free_port
from tests.support_sshd import running_sshd
from wcsdiag.facts.web_access import web_server_access
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.target import Target, WebSsh


def test_the_second_machine_has_a_login_of_its_own(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "sshd") as sshd:
        web = WebSsh(sshd.address, sshd.user, sshd.port, sshd.key_path)
        target = Target("wcs1", known_hosts=sshd.known_hosts_path, web_ssh=web)
        lifetime = Lifetime(5)
        try:
            access = web_server_access(
                replace(target, ssh_config=sshd.ssh_config_path), lifetime, Redactor()
            )
            assert access.host.run("echo web").text == "web\n"
        finally:
            lifetime.end()


def test_without_a_way_onto_it_it_does_not_apply() -> None:
    with pytest.raises(NotApplicable):
        web_server_access(Target("wcs1"), Lifetime(), Redactor())


def test_where_nothing_answers_the_reason_is_judged_by_fwl107() -> None:
    target = Target("wcs1", web_ssh=WebSsh("127.0.0.1", port=free_port()))
    with pytest.raises(Unavailable, match="refused") as raised:
        web_server_access(target, Lifetime(2), Redactor())
    assert raised.value.because == "FWL107"
