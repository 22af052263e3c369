"""A host made of data answers as a real one would."""

from __future__ import annotations

import pytest

from tests.host.servers import say, tcp_server
from wcsdiag.host.interface import CommandResult, Host, HostError, HostFailure
from wcsdiag.host.recorded import RecordedFile, RecordedHost


def test_commands_give_what_was_recorded() -> None:
    failure = CommandResult("false", 1, b"", b"no")
    host: Host = RecordedHost(
        commands={"echo 'a b'": "hello", "false": failure, "ss ...": b"sockets"}
    )
    assert host.run("echo %s", "a b").text == "hello"
    assert host.run("false") is failure
    assert host.run("ss -H -tln").text == "sockets"
    assert host.run("other").exit_status == 127
    assert host.run("echo %s", "a b", limit=2).truncated


def test_files_and_their_directories_are_there() -> None:
    closed = RecordedFile(b"secret", readable=False)
    host: Host = RecordedHost(files={"/opt/wcs/a.log": "0123", "/opt/wcs/b.log": closed})
    assert host.read("/opt/wcs/a.log", offset=1, limit=2) == b"12"
    assert host.stat("/opt/wcs").is_directory
    assert host.stat("/opt/wcs/a.log").size == 4
    assert host.glob("/opt/*/*.log") == ("/opt/wcs/a.log", "/opt/wcs/b.log")
    assert host.read("/opt/wcs/b.log", root=True) == b"secret"
    with pytest.raises(HostError) as error:
        host.read("/opt/wcs/b.log")
    assert error.value.reason is HostFailure.PERMISSION
    with pytest.raises(HostError) as error:
        host.read("/opt/wcs/c.log")
    assert error.value.reason is HostFailure.NOT_FOUND


def test_root_may_be_refused() -> None:
    with pytest.raises(HostError) as error:
        RecordedHost(root=False, commands={"id": "0"}).run("id", root=True)
    assert error.value.reason is HostFailure.PERMISSION


def test_names_and_ports_answer_or_fail_as_recorded() -> None:
    lost = HostError(HostFailure.TIMED_OUT, "no answer")
    with tcp_server(say(b"real")) as port:
        host: Host = RecordedHost(
            names={"web": ("10.0.0.1",)},
            tcp={
                ("10.0.0.1", 80): b"hi",
                ("10.0.0.1", 81): lost,
                ("10.0.0.1", 82): ("127.0.0.1", port),
            },
        )
        assert host.resolve("web") == ("10.0.0.1",)
        assert host.open_tcp("10.0.0.1", 80).recv(10) == b"hi"
        stream = host.open_tcp("10.0.0.1", 82)
        stream.sendall(b"x")
        assert stream.recv(10) == b"real"
        stream.close()
    for address, reason in (("10.0.0.1", HostFailure.TIMED_OUT), ("x", HostFailure.REFUSED)):
        with pytest.raises(HostError) as error:
            host.open_tcp(address, 81)
        assert error.value.reason is reason
