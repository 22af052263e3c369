"""Where WCS is, and which generation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.wcs_host import gather, lay_out
from wcsdiag.errors import WcsdiagError
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import installation
from wcsdiag.facts.sockets import ListeningSocket, ListeningSockets
from wcsdiag.facts.survey import Survey, survey
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.recorded import RecordedHost
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.target import Target
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.home import DEFAULT_HOME
from wcsdiag.wcs.process_table import CORE_MAIN_CLASS

_NONE = Unavailable("no ss", because="FWL102")


def _listening(*ports: int) -> ListeningSockets:
    return ListeningSockets(tuple(ListeningSocket("0.0.0.0", port) for port in ports), "test")


def test_the_version_file_tells_the_generation(tmp_path: Path) -> None:
    found, _ = gather(lay_out(tmp_path / "wcs"))

    assert found.generation is Generation.WITHOUT_MANAGER
    assert found.version == "5.2.1475-0a1b2c3"
    assert set(found.settings_modified) == {"conf/flashphoner.properties"}


def test_a_link_is_followed_for_the_real_home(tmp_path: Path) -> None:
    real = lay_out(tmp_path / "wcs-5.2.1")
    (tmp_path / "wcs").symlink_to(real)

    found, _ = gather(tmp_path / "wcs")

    assert (found.home, found.real_home) == (str(tmp_path / "wcs"), str(real))


def test_without_a_version_the_managers_log_tells(tmp_path: Path) -> None:
    home = lay_out(tmp_path / "wcs", version=None)
    (home / "logs/flashphoner_manager.log").touch()

    assert gather(home)[0].generation is Generation.WITH_MANAGER


@pytest.mark.parametrize(
    ("ports", "generation"),
    [((9091, 1099, 2000), Generation.WITH_MANAGER), ((2001, 8081), Generation.WITHOUT_MANAGER)],
)
def test_without_version_and_log_the_ports_tell(
    tmp_path: Path, ports: tuple[int, ...], generation: Generation
) -> None:
    home = lay_out(tmp_path / "wcs", version="unreleased")

    assert gather(home, _listening(*ports))[0].generation is generation


def test_a_generation_that_nothing_tells_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        gather(lay_out(tmp_path / "wcs", version="5"), _listening(8081))

    assert raised.value.because == "HST102"
    assert isinstance(raised.value.__cause__, WcsdiagError)


@pytest.mark.parametrize(
    ("make", "said"),
    [("nothing", "does not exist"), ("empty", "none of WCS's files"), ("dangling", "points to")],
)
def test_a_home_that_is_none_is_a_fault(tmp_path: Path, make: str, said: str) -> None:
    home = tmp_path / "wcs"
    if make == "empty":
        home.mkdir()
    if make == "dangling":
        home.symlink_to(tmp_path / "gone")

    with pytest.raises(Unavailable, match=said) as raised:
        gather(home)

    assert raised.value.because == "HST102"
    assert raised.value.__cause__ is None


def _answer(home: str, extra: str = "") -> str:
    return (
        f"clk 100\nbtime 1795390000\n{extra}home {home}\nlink ls: {home}: No such file\nversion \n"
    )


def _core_of(home: str) -> str:
    stat = "1 (java) " + " ".join(["0"] * 25)
    return f"pid 1\nstat {stat}\nargs java\x1f-cp\x1f{home}/lib/a.jar\x1f{CORE_MAIN_CLASS}\n"


def test_elsewhere_than_usual_the_core_process_shows_the_home() -> None:
    there = "home /data/wcs\ndir drwxr-xr-x\nhas conf/WCS.version\nversion 5.2.1-x\n"
    host = RecordedHost(
        commands={
            f"LC_ALL=C; export LC_ALL\nhome={DEFAULT_HOME}...": _answer(
                DEFAULT_HOME, _core_of("/data/wcs")
            ),
            "LC_ALL=C; export LC_ALL\nhome=/data/wcs...": there,
        }
    )
    access, target = HostAccess(host), Target("wcs1")

    found = installation(access, target, survey(access, target, Redactor()), _NONE)

    assert found.home == "/data/wcs"
    assert "PID 1" in found.found_by


def _closed(root: str | HostError) -> Survey:
    refused = "ls: cannot open directory '/x/conf/.': Permission denied"
    seen = f"btime 1\nhome {DEFAULT_HOME}\ndir drwxr-x---\nconf {refused}\nversion \n"
    host = RecordedHost(commands={"LC_ALL=C...": seen}, root=not isinstance(root, HostError))
    return survey(HostAccess(host), Target("wcs1"), Redactor())


def test_a_core_process_without_a_home_on_the_host_is_not_called_missing() -> None:
    nowhere = "home /wcs\nlink ls: cannot access\nversion \n"
    host = RecordedHost(
        commands={
            f"LC_ALL=C; export LC_ALL\nhome={DEFAULT_HOME}...": _answer(
                DEFAULT_HOME, _core_of("/wcs")
            ),
            "LC_ALL=C; export LC_ALL\nhome=/wcs...": nowhere,
        }
    )
    access, target = HostAccess(host), Target("wcs1")

    with pytest.raises(Unavailable, match=r"process runs, PID 1: .* in a container") as raised:
        installation(access, target, survey(access, target, Redactor()), _NONE)

    assert raised.value.__cause__ is not None


def test_a_home_closed_to_us_is_no_fault_of_the_target() -> None:
    seen = _closed(HostError(HostFailure.PERMISSION, "sudo"))

    with pytest.raises(Unavailable) as raised:
        installation(HostAccess(RecordedHost()), Target("wcs1"), seen, _NONE)

    assert isinstance(raised.value.__cause__, WcsdiagError)
    assert seen.refusal == "sudo: a password is required"


def test_what_is_closed_to_us_is_looked_at_as_root() -> None:
    assert _closed("").as_root


def test_a_host_that_does_not_answer_leaves_it_open() -> None:
    slow = HostError(HostFailure.TIMED_OUT, "too slow")
    host = RecordedHost(commands={"LC_ALL=C...": slow})

    with pytest.raises(Unavailable) as raised:
        survey(HostAccess(host), Target("wcs1"), Redactor())

    assert raised.value.__cause__ is slow
