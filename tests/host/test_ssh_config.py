"""~/.ssh/config is followed as OpenSSH would, and explicit options beat it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support_sshd import Sshd, refusal, running_sshd
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.ssh import connect
from wcsdiag.host.ssh_config import settings_for, settings_for_jump
from wcsdiag.lifetime import Lifetime
from wcsdiag.target import Target


def configured(tmp_path: Path, text: str, **changes: object) -> Target:
    path = tmp_path / "config"
    path.write_text(text)
    return Target(**{"host": "wcs1", "ssh_config": path, **changes})  # type: ignore[arg-type]


def test_what_the_configuration_says_is_used(tmp_path: Path) -> None:
    settings = settings_for(
        configured(
            tmp_path,
            "Host wcs*\n HostName %h.example.com\n User ops\n Port 2222\n IdentityFile /k/%r\n"
            " UserKnownHostsFile /kh/a /kh/b\n StrictHostKeyChecking accept-new\n"
            " ProxyJump jump1,me@jump2:23\n HostKeyAlias fleet\n IdentitiesOnly yes\n",
        )
    )
    assert (settings.host, settings.user, settings.port) == ("wcs1.example.com", "ops", 2222)
    assert settings.identity_files == (Path("/k/ops"),)
    assert settings.known_hosts[:2] == (Path("/kh/a"), Path("/kh/b"))
    assert settings.accept_new_host_key
    assert settings.jumps == ("jump1", "me@jump2:23")
    assert settings.key_name == "fleet"
    assert not settings.use_agent


def test_explicit_options_beat_the_configuration(tmp_path: Path) -> None:
    target = configured(
        tmp_path,
        "User ops\nPort 2222\nUserKnownHostsFile /kh/a\n",
        ssh_user="root",
        ssh_port=22,
        ssh_key=Path("/k/mine"),
        known_hosts=Path("/kh/mine"),
    )
    settings = settings_for(target)
    assert (settings.user, settings.port) == ("root", 22)
    assert settings.explicit_key == Path("/k/mine")
    assert settings.known_hosts == (Path("/kh/mine"),)
    assert not settings.accept_new_host_key


def test_an_include_stands_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("Host other\n Port 9\nHost wcs1\n Port 2222\n")
    text = f"Include {tmp_path}/*.conf\nUser everybody\n"
    settings = settings_for(configured(tmp_path, text))
    assert (settings.port, settings.user) == (2222, "everybody")


@pytest.mark.parametrize(
    ("jump", "expected"),
    [
        ("bastion", ("bastion", 22)),
        ("me@bastion:2200", ("bastion", 2200)),
        ("ssh://me@bastion:2200/", ("bastion", 2200)),
        ("[2001:db8::1]:2200", ("2001:db8::1", 2200)),
    ],
)
def test_a_jump_host_is_written_in_several_ways(
    tmp_path: Path, jump: str, expected: tuple[str, int]
) -> None:
    settings = settings_for_jump(configured(tmp_path, "", ssh_user="root"), jump)
    assert (settings.host, settings.port) == expected


@pytest.mark.parametrize(
    "text", ["Port ninety\n", "ProxyCommand nc %h %p\n", "ProxyJump @:x\n", "garbage\n"]
)
def test_what_cannot_be_used_is_a_matter_of_configuration(tmp_path: Path, text: str) -> None:
    error = refusal(configured(tmp_path, text))
    assert error.reason is HostFailure.CONFIGURATION


def test_a_configuration_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="nowhere") as error:
        settings_for(Target("wcs1", ssh_config=tmp_path / "nowhere"))
    assert error.value.reason is HostFailure.CONFIGURATION


def test_jumps_in_a_circle_are_found_out(tmp_path: Path) -> None:
    error = refusal(configured(tmp_path, "Host a\n ProxyJump b\nHost *\n ProxyJump a\n"))
    assert error.reason is HostFailure.CONFIGURATION


def stanza(name: str, server: Sshd, extra: str = "") -> str:
    return (
        f"Host {name}\n HostName {server.address}\n Port {server.port}\n User root\n"
        f" IdentityFile {server.key_path}\n IdentityAgent none\n{extra}"
    )


def test_a_host_behind_two_others_is_reached_through_them(sshd: Sshd, tmp_path: Path) -> None:
    with running_sshd(tmp_path / "1") as first, running_sshd(tmp_path / "2") as second:
        known = tmp_path / "known"
        known.write_text("".join(s.known_hosts_path.read_text() for s in (first, second, sshd)))
        text = (
            stanza("inner", sshd, " ProxyJump near,far\n")
            + stanza("near", first)
            + stanza("far", second)
        )
        target = configured(tmp_path, text, host="inner", known_hosts=known)
        host = connect(target, Lifetime())
        assert host.run("echo in").text == "in\n"
        peer = host.run("echo $SSH_CLIENT").text.split()[0]
        assert peer == "127.0.0.1"
        host.close()
        assert "Accepted publickey" in first.log_path.read_text()
        assert "Accepted publickey" in second.log_path.read_text()


def test_a_jump_host_that_fails_is_named(sshd: Sshd, tmp_path: Path) -> None:
    text = stanza("inner", sshd, " ProxyJump near\n") + stanza("near", sshd)
    target = configured(tmp_path, text, host="inner", known_hosts=tmp_path / "none")
    error = refusal(target)
    assert error.reason is HostFailure.HOST_KEY_UNKNOWN
    assert str(error).startswith("jump host ")


def test_a_jump_host_that_may_not_forward_has_a_reason_of_its_own(
    sshd: Sshd, tmp_path: Path
) -> None:
    with running_sshd(tmp_path / "1", ("AllowTcpForwarding no",)) as near:
        text = stanza("inner", sshd, " ProxyJump near\n") + stanza("near", near)
        target = configured(tmp_path, text, host="inner", known_hosts=near.known_hosts_path)
        error = refusal(target)
    assert error.reason is HostFailure.CHANNEL_REFUSED
