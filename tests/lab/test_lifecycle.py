"""Opening and closing labs: what is left behind, and what the faults change."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.clients import TIMEOUT_S, accepts, cli_login, execute, has_ended, on_host
from wcsdiag.lab.errors import LabError
from wcsdiag.lab.faults import FAULTS
from wcsdiag.lab.lab import Lab, open_lab, open_scenario
from wcsdiag.lab.scenario import Scenario
from wcsdiag.lab.variants import VARIANTS
from wcsdiag.target import RestIntent


def leaves_nothing(lab: Lab) -> bool:
    return (
        not lab.root.exists()
        and all(has_ended(pid) for pid in lab.pids)
        and not accepts(lab.addresses.public, 2222)
        and not accepts(lab.addresses.web_server, lab.scenario.web_port)
    )


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_opens_and_leaves_nothing(name: str) -> None:
    with open_lab(name) as lab:
        assert lab.scenario != Scenario()
    assert leaves_nothing(lab)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_opens_and_leaves_nothing(name: str) -> None:
    with open_lab(variant=name) as lab:
        assert on_host(lab, "true").status == 0
        with cli_login(lab) as cli:
            screen = "" if not lab.scenario.cli.gives_exec else execute(cli, "show apps").stdout
        assert all(app.name in screen for app in lab.scenario.apps) or not screen
    assert leaves_nothing(lab)


def test_a_failing_body_leaves_nothing() -> None:
    opened: list[Lab] = []
    with contextlib.suppress(ZeroDivisionError), open_lab(variant="wcs-with-manager") as lab:
        opened.append(lab)
        raise ZeroDivisionError
    assert leaves_nothing(opened[0])


def test_a_lab_that_cannot_open_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_log(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("wcsdiag.lab.wcs_home.hook_log", no_log)
    with pytest.raises(ZeroDivisionError), open_lab():
        pass
    assert list(tmp_path.iterdir()) == []


_CHILD = """
import time
from wcsdiag.lab.lab import open_lab
with open_lab() as lab:
    print(lab.root, *lab.pids, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_a_lab_that_is_interrupted_or_killed(ending: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        root, *pids = child.stdout.readline().split()
        child.send_signal(ending)
        child.wait(TIMEOUT_S)
    assert pids
    assert all(has_ended(int(pid)) for pid in pids)
    if ending is signal.SIGINT:
        assert not Path(root).exists()
    else:
        subprocess.run(["rm", "-r", root], check=True)


def test_several_labs_at_once_keep_apart() -> None:
    with contextlib.ExitStack() as stack:
        labs = [stack.enter_context(open_lab()) for _ in range(4)]
        assert len({lab.target.host for lab in labs}) == 4
        homes = [on_host(lab, f"ls -d {lab.home}").stdout.strip() for lab in labs]
        assert homes == [str(lab.home) for lab in labs]


def test_addresses_whose_ports_are_taken_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = iter(["127.77.1.2"] * 3)
    real = "wcsdiag.lab.addresses._random_address"
    from wcsdiag.lab import addresses

    choose = addresses._random_address
    monkeypatch.setattr(real, lambda: next(taken, None) or choose())
    with socket.create_server(("127.77.1.2", 8080)), open_lab() as lab:
        assert lab.addresses.public != "127.77.1.2"


def test_what_the_operator_says_comes_from_the_scenario() -> None:
    with open_lab("echo-app-left") as lab, open_lab("no-methods") as silent:
        assert lab.intent.expect_url == f"http://{lab.addresses.web_server}:9091/hooks"
        assert silent.intent.rest is RestIntent.ON
    with open_lab("unknown-app-key") as lab:
        assert lab.target.app_key == "noSuchApp"


def test_a_fault_can_be_switched_on_in_a_variant() -> None:
    with open_lab("log-missing", variant="wcs-with-manager") as lab:
        assert lab.scenario.has_manager
        assert not lab.log.exists()


def test_ssh_that_is_closed_refuses_connections() -> None:
    with open_lab("ssh-closed") as lab:
        assert not accepts(lab.target.host, 2222)
        assert accepts(lab.target.host, 8080)


def test_a_dead_core_has_no_process_and_no_ports() -> None:
    with open_lab("core-dead") as lab:
        assert lab.pids == ()
        assert not accepts(lab.target.host, 8080)
        assert not (lab.home / "bin/FlashphonerMainWebCallServer.pid").exists()


def test_names_are_kebab_case_and_causes_are_codes() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert re.fullmatch(r"(HST|FWL|URL|WEB|RST|LOG|HKS)1\d\d", fault.cause)
        assert fault.summary


def test_an_unknown_name_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(LabError) as caught, open_lab("web-server-dwn"):
        pass
    assert "web-server-down" in caught.value.hint
    with pytest.raises(LabError) as caught, open_lab(variant="zzz"):
        pass
    assert "wcs52" in caught.value.hint


def test_a_strict_umask_hides_nothing_from_the_host() -> None:
    before = os.umask(0o077)
    try:
        with open_scenario(replace(Scenario(), version="5.2.1")) as lab:
            assert on_host(lab, f"cat {lab.home}/conf/WCS.version").stdout.startswith("5.2.1-")
            assert on_host(lab, f"head -c 2 {lab.log}").status == 0
    finally:
        os.umask(before)
