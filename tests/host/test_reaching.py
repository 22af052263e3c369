"""Each way of not getting onto a host has its own reason and its own hint."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host.servers import drip, flood, password_server, say, stay_silent, tcp_server
from tests.support import free_port, require_tool
from tests.support_sshd import Sshd, connected, make_key, public_key, refusal, running_sshd
from wcsdiag.host import operator
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.ssh import connect
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Secret
from wcsdiag.target import Target


def target_at(port: int, tmp_path: Path, **changes: object) -> Target:
    fields: dict[str, object] = {
        "host": "127.0.0.1",
        "ssh_port": port,
        "ssh_user": "admin",
        "known_hosts": tmp_path / "none",
        "ssh_config": tmp_path / "config",
    }
    (tmp_path / "config").write_text("IdentityFile /nonexistent\nIdentityAgent none\n")
    return Target(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_name_that_does_not_exist(tmp_path: Path) -> None:
    error = refusal(target_at(22, tmp_path, host="nowhere.invalid"), timeout_s=15)
    assert error.reason in {HostFailure.NAME_NOT_FOUND, HostFailure.NAME_SERVER_FAILED}
    assert "nowhere.invalid" in str(error)
    assert error.hint


def test_a_closed_port_is_refused(tmp_path: Path) -> None:
    error = refusal(target_at(free_port(), tmp_path))
    assert error.reason is HostFailure.REFUSED
    assert "--ssh-port" in error.hint


def test_an_address_that_does_not_answer_times_out(tmp_path: Path) -> None:
    with socket.socket() as listener:
        # A full backlog drops what comes: a time-out on loopback without a firewall.
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        error = refusal(target_at(port, tmp_path), timeout_s=0.3)
        for one in waiting:
            one.close()
    assert error.reason is HostFailure.TIMED_OUT
    assert "wcsdiag's own limit" in str(error)
    assert "--timeout" in error.hint


def test_no_route_to_the_host() -> None:
    with pytest.raises(HostError, match="Network is unreachable") as error:
        # TCP to the broadcast address has no route on any Linux, and sends nothing.
        operator.open_tcp("255.255.255.255", 22, 1)
    assert error.value.reason is HostFailure.NO_ROUTE


@pytest.mark.parametrize("behaviour", [stay_silent, drip, flood, say(b"HTTP/1.1 400 Bad\r\n\r\n")])
def test_what_does_not_speak_ssh_is_told_apart(behaviour: object, tmp_path: Path) -> None:
    with tcp_server(behaviour) as port:  # type: ignore[arg-type]
        error = refusal(target_at(port, tmp_path), timeout_s=0.5)
    assert error.reason is HostFailure.NOT_SSH
    assert "--ssh-port" in error.hint


def test_what_another_service_says_is_evidence(tmp_path: Path) -> None:
    with tcp_server(say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        error = refusal(target_at(port, tmp_path))
    assert "HTTP/1.1 400 Bad Request" in str(error)


def test_a_connection_that_is_closed_at_once_is_tried_twice(tmp_path: Path) -> None:
    attempts: list[int] = []

    def hang_up(connection: socket.socket) -> None:
        attempts.append(1)
        connection.close()

    with tcp_server(hang_up) as port:
        error = refusal(target_at(port, tmp_path))
    assert error.reason is HostFailure.CLOSED_EARLY
    assert "MaxStartups" in error.hint
    assert len(attempts) == 2


def test_a_second_attempt_that_works_is_noted(tmp_path: Path) -> None:
    attempts: list[int] = []
    with running_sshd(tmp_path / "s") as sshd:

        def relay(connection: socket.socket) -> None:
            attempts.append(1)
            if len(attempts) == 1:
                connection.sendall(b"Exceeded MaxStartups\r\n")
                connection.close()
            else:
                _relay(connection, sshd)

        with tcp_server(relay) as port:
            known = tmp_path / "known"
            known.write_text(f"[127.0.0.1]:{port} {sshd.host_key}\n")
            with connected(sshd, ssh_port=port, known_hosts=known) as host:
                assert "second attempt" in host.notes[0]
                assert "Exceeded MaxStartups" in host.notes[0]


def _relay(connection: socket.socket, sshd: Sshd) -> None:
    other = socket.create_connection((sshd.address, sshd.port))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        sink.close()

    threading.Thread(target=pump, args=(other, connection), daemon=True).start()
    pump(connection, other)


@contextlib.contextmanager
def _waiting_at(sshd: Sshd) -> Iterator[None]:
    """Somebody who has connected and does not log in."""
    while True:
        with socket.create_connection((sshd.address, sshd.port)) as connection:
            if connection.recv(100).startswith(b"SSH-"):
                yield
                return


def test_max_startups_of_a_real_server_closes_early(tmp_path: Path) -> None:
    options = ("MaxStartups 1", "LoginGraceTime 60")
    with running_sshd(tmp_path / "s", options) as sshd, _waiting_at(sshd):
        error = refusal(sshd.target())
    assert error.reason is HostFailure.CLOSED_EARLY


def test_no_common_algorithm(tmp_path: Path) -> None:
    options = ("KexAlgorithms diffie-hellman-group1-sha1",)
    with running_sshd(tmp_path / "s", options) as sshd:
        error = refusal(sshd.target())
    assert error.reason is HostFailure.KEY_EXCHANGE
    assert "kex" in str(error)
    assert error.hint


def test_an_unknown_host_key_is_shown_with_the_option_that_accepts_it(
    sshd: Sshd, tmp_path: Path
) -> None:
    target = sshd.target(known_hosts=tmp_path / "none")
    error = refusal(target)
    assert error.reason is HostFailure.HOST_KEY_UNKNOWN
    assert "SHA256:" in str(error)
    assert "--accept-new-host-key" in error.hint


def test_an_unknown_host_key_is_accepted_on_demand_and_noted(sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "none"
    with connected(sshd, known_hosts=known, accept_new_host_key=True) as host:
        assert "SHA256:" in host.notes[0]
    assert not known.exists()


def test_a_changed_host_key_fails_even_where_new_ones_are_accepted(
    sshd: Sshd, tmp_path: Path
) -> None:
    other = public_key(make_key(tmp_path / "other"))
    known = tmp_path / "known"
    known.write_text(f"[{sshd.address}]:{sshd.port} {other}\n")
    error = refusal(sshd.target(known_hosts=known, accept_new_host_key=True))
    assert error.reason is HostFailure.HOST_KEY_CHANGED
    assert str(error).count("SHA256:") == 2
    assert "ssh-keygen -R" in error.hint


def test_a_host_key_of_the_known_type_is_asked_for(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "s", (f"HostKey {make_key(tmp_path / 'rsa', 'rsa')}",)) as sshd:
        known = tmp_path / "known"
        known.write_text(f"[{sshd.address}]:{sshd.port} {public_key(tmp_path / 'rsa')}\n")
        with connected(sshd, known_hosts=known) as host:
            assert host.run("echo in").text == "in\n"


def test_a_key_that_is_not_allowed_in_is_an_authentication_failure(
    sshd: Sshd, tmp_path: Path
) -> None:
    error = refusal(sshd.target(ssh_key=make_key(tmp_path / "stranger")))
    assert error.reason is HostFailure.AUTHENTICATION
    assert "stranger" in str(error)
    assert "WCSDIAG_SSH_PASSWORD" in error.hint


def test_a_key_file_that_is_missing_or_no_key_is_a_matter_of_configuration(
    sshd: Sshd, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no key\n")
    for name in ("missing", "text"):
        error = refusal(sshd.target(ssh_key=tmp_path / name))
        assert error.reason is HostFailure.CONFIGURATION
        assert name in str(error)


def test_the_passphrase_of_an_encrypted_key_is_asked_for_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> Secret | None:
        asked.append(prompt)
        return Secret("sesame open")

    with running_sshd(tmp_path / "s") as sshd:
        key = make_key(tmp_path / "encrypted", passphrase="sesame open")
        (tmp_path / "s" / "authorized_keys").write_text(public_key(key))
        for _ in range(2):
            with connected(sshd, ssh_key=key, ask_password=ask) as host:
                assert host.user == "root"
    assert len(asked) == 1
    assert "encrypted" in asked[0]


def test_an_encrypted_key_and_nobody_to_ask(sshd: Sshd, tmp_path: Path) -> None:
    key = make_key(tmp_path / "encrypted", passphrase="sesame open")
    error = refusal(sshd.target(ssh_key=key))
    assert error.reason is HostFailure.AUTHENTICATION
    assert "ssh-add" in error.hint


def test_the_key_of_an_agent_is_used_and_one_that_is_encrypted_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(prompt: str) -> Secret | None:
        raise AssertionError(prompt)

    with running_sshd(tmp_path / "s") as sshd, running_agent(tmp_path / "agent") as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        subprocess.run([require_tool("ssh-add"), "-q", str(sshd.key_path)], check=True, timeout=10)
        make_key(tmp_path / "locked", passphrase="sesame open")
        sshd.ssh_config_path.write_text(f"IdentityFile {tmp_path / 'locked'}\n")
        with connected(sshd, ssh_key=None, ask_password=nobody) as host:
            assert host.run("echo in").text == "in\n"


@contextlib.contextmanager
def running_agent(path: Path) -> Iterator[Path]:
    command = [require_tool("ssh-agent"), "-D", "-a", str(path)]
    agent = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            assert agent.poll() is None
            time.sleep(0.02)
        yield path
    finally:
        agent.terminate()
        agent.wait(5)


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_a_password_is_taken_from_the_target_or_asked_for(method: str, tmp_path: Path) -> None:
    with password_server(method) as port:
        given = target_at(port, tmp_path, ssh_password=Secret("right"), accept_new_host_key=True)
        connect(given, Lifetime()).close()
        asked = target_at(
            port, tmp_path, ask_password=lambda _: Secret("right"), accept_new_host_key=True
        )
        connect(asked, Lifetime()).close()


def test_a_wrong_password_is_refused_and_not_shown(tmp_path: Path) -> None:
    with password_server() as port:
        secret = Secret("wr0ng-secret")
        target = target_at(port, tmp_path, ssh_password=secret, accept_new_host_key=True)
        error = refusal(target)
    assert error.reason is HostFailure.AUTHENTICATION
    assert "wr0ng-secret" not in error.diagnostics()
    assert "password" in str(error)


def test_nothing_is_printed_whatever_goes_wrong(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with tcp_server(say(b"SSH-2.0-broken\r\n" + b"\xff" * 200)) as port:
        error = refusal(target_at(port, tmp_path), timeout_s=1)
    assert error.reason in {
        HostFailure.KEY_EXCHANGE,
        HostFailure.CLOSED_EARLY,
        HostFailure.TIMED_OUT,
    }
    assert capfd.readouterr() == ("", "")


def test_a_run_that_is_over_connects_nowhere(sshd: Sshd) -> None:
    lifetime = Lifetime()
    lifetime.end()
    with pytest.raises(HostError, match="whole run") as error:
        connect(sshd.target(), lifetime)
    assert error.value.reason is HostFailure.TIMED_OUT
