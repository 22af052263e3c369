"""A stream behaves as a socket for what was written for sockets."""

from __future__ import annotations

import socket

import pytest

from wcsdiag.host.recorded import RecordedStream
from wcsdiag.host.stream_socket import StreamSocket


class ClosingStream(RecordedStream):
    closed = False

    def close(self) -> None:
        self.closed = True


def test_the_stream_stays_open_until_its_last_file_is_closed() -> None:
    stream = ClosingStream(b"line\nrest")
    connection = StreamSocket(stream)
    file = connection.makefile("rb")
    connection.close()
    assert not stream.closed
    assert file.readline() == b"line\n"
    file.close()
    assert stream.closed


def test_a_file_can_be_written_to() -> None:
    stream = ClosingStream(b"")
    connection = StreamSocket(stream)
    with connection.makefile("wb") as file:
        file.write(b"data")
    assert stream.outgoing == b"data"
    connection.close()
    assert stream.closed


def test_a_buffer_is_filled_from_the_front() -> None:
    buffer = bytearray(b"......")
    connection = StreamSocket(RecordedStream(b"abcdef"))
    assert connection.recv_into(buffer, 2) == 2
    assert connection.recv_into(memoryview(buffer)[2:]) == 4
    assert buffer == b"abcdef"


def test_a_timeout_of_the_stream_is_a_timeout_of_its_file() -> None:
    left, right = socket.socketpair()
    with left, right:
        connection = StreamSocket(left, timeout_s=0.01)
        assert connection.gettimeout() == 0.01
        with connection.makefile("rb", 0) as file, pytest.raises(TimeoutError):
            file.read(1)
