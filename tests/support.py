"""What several tests need: programs of the machine, and free ports."""

from __future__ import annotations

import os
import shutil
import socket

import pytest

_SBIN = "/usr/sbin:/sbin"


def in_ci() -> bool:
    """True where a missing tool is a failure, not a reason to skip."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def require(condition: object, reason: str) -> None:
    """Skip the test for `reason` unless the condition holds; with CI=true that is a failure."""
    if condition:
        return
    if in_ci():
        pytest.fail(f"CI lacks what this test needs: {reason}")
    pytest.skip(reason)


def require_tool(name: str) -> str:
    """The path of a program, or the test is skipped with the reason."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":" + _SBIN)
    require(path, f"{name} is not installed")
    assert path is not None
    return path


def require_root() -> None:
    """Skip the test unless it runs as root."""
    require(os.geteuid() == 0, "this test needs root")


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port on which nothing listens at this moment."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
    return port
