"""`decide` against the kernel: the same packets, decided from the listing and sent for real."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import require, require_tool

_ROOT = Path(__file__).parents[2]
_TOOLS = ("nft", "iptables-nft-restore", "ip6tables-nft-restore", "ipset", "ip", "unshare")
_NO_NAMESPACES = 3
_PAIRS = "300"


def _fuzz(*options: str) -> subprocess.CompletedProcess[str]:
    for tool in _TOOLS:
        require_tool(tool)
    command = [sys.executable, "-m", "tests.firewall.fuzz", *options, "--seed", "1000"]
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env=environment,
        timeout=100,
    )
    require(done.returncode != _NO_NAMESPACES, f"no network namespace: {done.stderr.strip()}")
    return done


@pytest.mark.parametrize("kind", ["nft", "iptables", "both"])
def test_decides_every_packet_as_the_kernel_does(kind: str) -> None:
    done = _fuzz("--kind", kind, "--pairs", _PAIRS, "--show", "2")

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{_PAIRS} pairs (" in done.stdout


def test_decides_what_was_once_decided_wrongly_as_the_kernel_does() -> None:
    done = _fuzz("--known", "--packets", "60")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "rule sets" in done.stdout
