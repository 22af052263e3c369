"""Logging in to the WCS CLI: passwords, outdated algorithms, exec and shell."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.host.servers import flood, password_server, say, stay_silent, tcp_server
from tests.support_sshd import Sshd, connected, running_sshd
from wcsdiag.host import operator
from wcsdiag.host.cli_connection import accept_any, known_hosts_check, login
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.known_hosts import HostKey
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Secret
from wcsdiag.target import Target
from wcsdiag.wcs.cli_transport import CliTransport, ShellChannel

WHERE = "host: WCS CLI at 127.0.0.1:2001"


def log_in(
    port: int, password: str = "right", *, legacy: bool = False, timeout_s: float = 5
) -> CliTransport:
    return login(
        operator.open_tcp("127.0.0.1", port, 5),
        "admin",
        Secret(password),
        where=WHERE,
        lifetime=Lifetime(timeout_s=timeout_s),
        host_key_check=accept_any,
        legacy=legacy,
    )


def refusal(port: int, **options: object) -> HostError:
    with pytest.raises(HostError) as error:
        log_in(port, **options)  # type: ignore[arg-type]
    return error.value


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_the_password_is_given_in_the_way_that_the_server_wants(method: str) -> None:
    with password_server(method) as port:
        cli = log_in(port)
        assert cli.execute("show apps", timeout_s=5, limit=1000) == b"you said show apps\n"
        assert cli.where == WHERE
        assert cli.legacy_algorithms == ()
        cli.close()


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_a_wrong_password_is_refused_and_not_shown(method: str) -> None:
    with password_server(method) as port:
        error = refusal(port, password="wr0ng-secret")
    assert error.reason is HostFailure.AUTHENTICATION
    assert "wr0ng-secret" not in error.diagnostics()
    assert "WCSDIAG_CLI_PASSWORD" in error.hint


def test_output_past_the_limit_is_left_behind() -> None:
    with password_server() as port:
        cli = log_in(port)
        assert cli.execute("show apps", timeout_s=5, limit=4) == b"you "
        cli.close()


def test_a_server_without_exec_has_a_shell() -> None:
    with password_server(gives_exec=False) as port:
        cli = log_in(port)
        assert cli.execute("show apps", timeout_s=5, limit=1000) is None
        shell = cli.open_shell()
        assert receive(shell, b"% ") == b"% "
        assert shell.receive(0.05) is None
        shell.send(b"show apps\n")
        assert receive(shell, b"\n") == b"echo show apps\n"
        shell.close()
        assert shell.receive(1) == b""
        cli.close()


def receive(shell: ShellChannel, end: bytes) -> bytes:
    data, limit = b"", time.monotonic() + 5
    while not data.endswith(end) and time.monotonic() < limit:
        data += shell.receive(0.1) or b""
    return data


def test_a_closed_connection_is_an_os_error_not_a_hang() -> None:
    with password_server() as port:
        cli = log_in(port)
        cli.close()
        with pytest.raises(OSError, match="lost"):
            cli.execute("show apps", timeout_s=5, limit=10)
        with pytest.raises(OSError, match="lost"):
            cli.open_shell()


@pytest.mark.parametrize("behaviour", [stay_silent, flood, say(b"220 ftp ready\r\n")])
def test_what_does_not_speak_ssh_is_told_apart(behaviour: object) -> None:
    with tcp_server(behaviour) as port:  # type: ignore[arg-type]
        assert refusal(port, timeout_s=0.5).reason is HostFailure.NOT_SSH


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("KexAlgorithms diffie-hellman-group14-sha1",), "diffie-hellman-group14-sha1"),
        (("KexAlgorithms diffie-hellman-group1-sha1",), "diffie-hellman-group1-sha1"),
        (
            ("KexAlgorithms diffie-hellman-group-exchange-sha1",),
            "diffie-hellman-group-exchange-sha1",
        ),
        (("HostKeyAlgorithms ssh-rsa",), "ssh-rsa"),
    ],
)
def test_outdated_algorithms_are_spoken_on_demand_and_named(
    tmp_path: Path, options: tuple[str, ...], expected: str
) -> None:
    with running_sshd(tmp_path / "s", options, host_key_kind="rsa") as sshd:
        assert refusal(sshd.port).reason is HostFailure.KEY_EXCHANGE
        keys: list[HostKey] = []

        def look(key: HostKey) -> str | None:
            keys.append(key)
            raise HostError(HostFailure.HOST_KEY_UNKNOWN, "far enough")

        # This sshd takes no passwords: the key exchange is what is looked at here.
        error = refusal(sshd.port, legacy=True)
        assert error.reason is HostFailure.AUTHENTICATION
        assert negotiated(sshd, look) == (expected,)
        assert keys[0].type == "ssh-rsa"


def negotiated(sshd: Sshd, look: object) -> tuple[str, ...]:
    from wcsdiag.host.handshake import shake_hands
    from wcsdiag.host.legacy_transport import LegacyTransport, outdated_algorithms
    from wcsdiag.host.peer import Peer

    transport = LegacyTransport(Peer(operator.open_tcp(sshd.address, sshd.port, 5), 5), 5)
    with pytest.raises(HostError):
        shake_hands(transport, "here", 5, look)  # type: ignore[arg-type]
    return outdated_algorithms(transport)


def test_current_algorithms_are_preferred_where_outdated_ones_are_allowed() -> None:
    with password_server() as port:
        cli = log_in(port, legacy=True)
        assert cli.legacy_algorithms == ()
        cli.close()


def test_the_login_works_through_the_hosts_own_connection(sshd: Sshd) -> None:
    with password_server() as port, connected(sshd) as host:
        stream = host.open_tcp("127.0.0.1", port)
        cli = login(
            stream,
            "admin",
            Secret("right"),
            where=WHERE,
            lifetime=Lifetime(),
            host_key_check=accept_any,
        )
        assert cli.execute("show apps", timeout_s=5, limit=1000) == b"you said show apps\n"
        cli.close()


def test_a_direct_connection_needs_a_known_host_key(sshd: Sshd, tmp_path: Path) -> None:
    stranger = known_hosts_check(sshd.target(known_hosts=tmp_path / "none"), 2001)
    with pytest.raises(HostError, match=r"\[127.0.0.1\]:2001") as error:
        stranger(HostKey("ssh-rsa", b"blob"))
    assert error.value.reason is HostFailure.HOST_KEY_UNKNOWN


def test_a_run_that_is_over_logs_in_nowhere() -> None:
    lifetime = Lifetime()
    with tcp_server(stay_silent) as port:
        stream = operator.open_tcp("127.0.0.1", port, 5)
        lifetime.end()
        with pytest.raises(HostError) as error:
            login(
                stream,
                Target("x").cli_user,
                Secret("x"),
                where=WHERE,
                lifetime=lifetime,
                host_key_check=accept_any,
            )
    assert error.value.reason is HostFailure.TIMED_OUT
