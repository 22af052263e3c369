"""Several places of a log by one command, on a real OpenSSH server and where that cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support_sshd import connected, running_sshd
from wcsdiag.facts.log_places import read_places
from wcsdiag.facts.logs import look_at
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.logs.window import PROBE, Place

CONTENT = b"".join(b"%07d\n" % number for number in range(12 * PROBE // 8))[:-100]
PLACES = (Place(0, PROBE), Place(3 * PROBE, 2 * PROBE), Place(10 * PROBE, 4 * PROBE))
WANTED = [CONTENT[place.offset : place.offset + place.limit] for place in PLACES]


def test_all_places_come_with_one_command_whatever_the_path(tmp_path: Path) -> None:
    log = tmp_path / "it's $(a) log"
    log.write_bytes(CONTENT)
    with running_sshd(tmp_path / "sshd") as sshd, connected(sshd) as host:
        assert read_places(host, str(log), PLACES, root=False) == WANTED
        assert read_places(host, str(log), PLACES, root=True) == WANTED
        assert look_at(host, str(log), "the log").size == len(CONTENT)


def test_of_a_log_that_became_shorter_comes_what_is_left(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(CONTENT[: 4 * PROBE])
    with running_sshd(tmp_path / "sshd") as sshd, connected(sshd) as host:
        found = read_places(host, str(log), PLACES, root=False)
    assert found == [WANTED[0], WANTED[1][:PROBE], b""]


def test_where_one_command_cannot_do_it_each_place_is_read_alone() -> None:
    host = RecordedHost(files={"/log": CONTENT})
    assert read_places(host, "/log", PLACES, root=False) == WANTED


def test_what_is_wrong_with_the_file_is_told() -> None:
    with pytest.raises(HostError) as raised:
        read_places(RecordedHost(), "/log", PLACES, root=False)
    assert raised.value.reason is HostFailure.NOT_FOUND
