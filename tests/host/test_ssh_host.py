"""What can be done on a host behind a real OpenSSH server."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.host.servers import say, stay_silent, tcp_server
from tests.support import free_port
from tests.support_sshd import Sshd, connected, running_sshd
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.ssh import SshHost


def reason_of(error: pytest.ExceptionInfo[HostError]) -> HostFailure:
    return error.value.reason


def test_a_command_gives_its_status_and_both_outputs(host: SshHost) -> None:
    result = host.run("echo %s; echo complaint >&2; exit 3", "it's; $HOME `id` 100%")
    assert result.exit_status == 3
    assert result.text == "it's; $HOME `id` 100%\n"
    assert result.error_text.endswith("complaint")
    assert result.command.startswith("echo ")


def test_sixteen_commands_at_once_all_give_their_whole_output(host: SshHost) -> None:
    def count(number: int) -> tuple[int, int]:
        template = "head -c %s /dev/zero; head -c 5000 /dev/zero >&2; echo end %s"
        result = host.run(template, str(100_000 + number), str(number))
        # What the user's own shell says when it starts is no part of it.
        return len(result.stdout), result.stderr.count(0)

    with ThreadPoolExecutor(16) as pool:
        sizes = list(pool.map(count, range(16)))
    assert sizes == [(100_000 + n + len(f"end {n}\n"), 5000) for n in range(16)]


def test_a_flood_is_cut_at_the_limit(host: SshHost) -> None:
    result = host.run("cat /dev/zero", limit=1000)
    assert (len(result.stdout), result.truncated, result.exit_status) == (1000, True, None)


def test_a_flood_on_the_error_output_ends_at_the_deadline(host: SshHost) -> None:
    with pytest.raises(HostError, match="wcsdiag's own limit") as error:
        host.run("cat /dev/zero >&2", timeout_s=0.5)
    assert reason_of(error) is HostFailure.TIMED_OUT


def test_commands_past_their_deadline_are_ended_on_the_host_and_free_their_sessions(
    host: SshHost,
) -> None:
    for _ in range(10):
        with pytest.raises(HostError, match="wcsdiag's own limit") as error:
            host.run("sleep 60", timeout_s=0.3)
        assert reason_of(error) is HostFailure.TIMED_OUT
    assert host.run("echo still here").text == "still here\n"


def test_closing_frees_whoever_waits(sshd: Sshd) -> None:
    reasons: list[HostFailure] = []
    with connected(sshd, timeout_s=30) as host:

        def wait() -> None:
            try:
                host.run("sleep 30")
            except HostError as error:
                reasons.append(error.reason)

        threads = [threading.Thread(target=wait) for _ in range(10)]
        for thread in threads[:7]:
            thread.start()
        host.run("true")
        for thread in threads[7:]:
            thread.start()
        host.close()
        for thread in threads:
            thread.join(10)
    assert reasons == [HostFailure.LOST] * 10


def test_a_file_is_read_in_parts(host: SshHost, tmp_path: Path) -> None:
    file = tmp_path / "-log file's.txt"
    file.write_bytes(bytes(range(256)) * 1000)
    assert host.read(str(file), limit=4) == b"\0\1\2\3"
    assert host.read(str(file), offset=257, limit=3) == b"\1\2\3"
    assert host.read(str(file), offset=255_998) == b"\xfe\xff"
    assert host.read(str(file), offset=257, limit=3, root=True) == b"\1\2\3"
    assert host.read(str(file), offset=999_999) == b""


@pytest.mark.parametrize("call", ["read", "stat"])
def test_a_file_that_is_not_there_is_not_found(host: SshHost, call: str) -> None:
    with pytest.raises(HostError, match="No such file") as error:
        getattr(host, call)("/nonexistent/file")
    assert reason_of(error) is HostFailure.NOT_FOUND


def test_an_empty_file_is_no_error(host: SshHost, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert host.read(str(tmp_path / "empty")) == b""
    assert host.read(str(tmp_path / "empty"), offset=10) == b""


@pytest.mark.parametrize("offset", [0, 10])
def test_a_directory_is_no_file(host: SshHost, tmp_path: Path, offset: int) -> None:
    with pytest.raises(HostError) as error:
        host.read(str(tmp_path), offset=offset)
    assert reason_of(error) is HostFailure.NOT_FOUND


def test_stat_tells_size_owner_and_kind(host: SshHost, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_bytes(b"12345")
    file.chmod(0o640)
    found = host.stat(str(file))
    assert (found.size, found.owner, found.mode) == (5, "root", 0o640)
    assert int(found.modified.timestamp()) == int(file.stat().st_mtime)
    assert not found.is_directory
    assert host.stat(str(tmp_path)).is_directory


def test_glob_gives_existing_paths_with_odd_names(host: SshHost, tmp_path: Path) -> None:
    for name in ("b 1.log", "a$(id).log", "c.txt", "d\nx.log"):
        (tmp_path / name).touch()
    found = host.glob(f"{tmp_path}/*.log")
    assert [Path(path).name for path in found] == ["a$(id).log", "b 1.log", "d\nx.log"]
    assert host.glob(f"{tmp_path}/none*") == ()


def test_names_are_resolved_on_the_host(host: SshHost) -> None:
    assert {"127.0.0.1", "::1"} & set(host.resolve("localhost"))
    assert host.resolve("192.0.2.7") == ("192.0.2.7",)
    with pytest.raises(HostError) as error:
        host.resolve("nowhere.invalid")
    assert reason_of(error) is HostFailure.NAME_NOT_FOUND


def test_http_runs_over_a_connection_of_the_host(host: SshHost) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    with tcp_server(say(answer)) as port:
        connection = http.client.HTTPConnection("ignored.example", port)
        connection.sock = host.open_tcp("127.0.0.1", port)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"hello")
        connection.close()


def test_a_closed_port_is_refused_in_the_servers_own_words(host: SshHost) -> None:
    port = free_port()
    with pytest.raises(HostError, match="Connection refused") as error:
        host.open_tcp("127.0.0.1", port)
    assert reason_of(error) is HostFailure.REFUSED


def test_connections_that_fail_at_once_each_keep_their_reason(host: SshHost) -> None:
    def reason(number: int) -> HostFailure:
        # TCP to the broadcast address has no route on any Linux, and sends nothing.
        address = "255.255.255.255" if number % 2 else "127.0.0.1"
        with pytest.raises(HostError) as error:
            host.open_tcp(address, closed)
        return reason_of(error)

    closed = free_port()
    with ThreadPoolExecutor(12) as pool:
        reasons = list(pool.map(reason, range(60)))
    assert set(reasons[::2]) == {HostFailure.REFUSED}
    assert set(reasons[1::2]) == {HostFailure.NO_ROUTE}


def test_a_silent_peer_times_out_on_reading(host: SshHost, silent_port: int) -> None:
    stream = host.open_tcp("127.0.0.1", silent_port)
    stream.settimeout(0.1)
    with pytest.raises(TimeoutError):
        stream.recv(10)
    stream.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    with tcp_server(stay_silent) as port:
        yield port


def test_a_lost_connection_is_not_the_peers_end_of_stream(sshd: Sshd, silent_port: int) -> None:
    with connected(sshd) as host:
        stream = host.open_tcp("127.0.0.1", silent_port)
        host.close()
        with pytest.raises(ConnectionError, match="SSH connection was lost"):
            stream.recv(10)


def test_forwarding_that_is_forbidden_has_a_reason_of_its_own(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "s", ("AllowTcpForwarding no",)) as sshd, connected(sshd) as host:
        with pytest.raises(HostError) as error:
            host.open_tcp("127.0.0.1", 1)
        assert reason_of(error) is HostFailure.CHANNEL_REFUSED
        assert "AllowTcpForwarding" in error.value.hint
        assert host.run("echo fine").text == "fine\n"


def test_a_server_that_allows_few_sessions_gets_few_at_once(tmp_path: Path) -> None:
    def say(number: int) -> str:
        return host.run("echo %s", str(number)).text

    with running_sshd(tmp_path / "s", ("MaxSessions 2",)) as sshd, connected(sshd) as host:
        pool = ThreadPoolExecutor(8)
        results = list(pool.map(say, range(8)))
        pool.shutdown()
    assert results == [f"{n}\n" for n in range(8)]


def test_a_server_that_allows_no_session_says_what_to_allow(tmp_path: Path) -> None:
    with running_sshd(tmp_path / "s", ("MaxSessions 0",)) as sshd, connected(sshd) as host:
        reason = _reason_of_running(host)
    assert reason.reason is HostFailure.CHANNEL_REFUSED
    assert "MaxSessions" in reason.hint


def _reason_of_running(host: SshHost) -> HostError:
    with pytest.raises(HostError) as error:
        host.run("true")
    return error.value
