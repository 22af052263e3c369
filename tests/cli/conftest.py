"""What the tests of the command line share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wcsdiag.cli.debug import current_redactor

LOOSE_CHECKS = '''
import logging
import sys
import threading
import time
from wcsdiag.model import Evidence, Fix, failed, passed, undetermined, warned
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target


@check("HKS901", "It passes")
def passes() -> Observations:
    """It always does."""
    yield passed("seen", Evidence("text", "host: here"))


@check("HKS902", "It does not warn")
def warns() -> Observations:
    """It always does."""
    yield warned("seen")


@check("HKS903", "It does not fail")
def fails() -> Observations:
    """It always does.

    Fix
    ---
    Nothing helps::

        true
    """
    yield failed("seen", fix=Fix("Nothing helps.", ("true",)))


@check("HKS904", "It can be judged")
def cannot_tell() -> Observations:
    """It cannot."""
    yield undetermined("not seen")


@check("HKS905", "It does not break")
def breaks(target: Target) -> Observations:
    """It does, with a secret in its traceback."""
    raise ZeroDivisionError(target.cli_password.reveal() if target.cli_password else "")
    yield passed("never")


@check("HKS906", "It keeps secrets")
def leaks(target: Target) -> Observations:
    """It does not: neither in its findings nor in the log."""
    import base64, json, urllib.parse
    secret = target.cli_password.reveal()
    forms = [
        secret,
        urllib.parse.quote(secret, safe=""),
        json.dumps(secret),
        base64.b64encode(f"admin:{secret}".encode()).decode(),
    ]
    logging.getLogger("paramiko").debug("sent %s", forms)
    logging.getLogger("paramiko").error("broke", exc_info=ValueError(secret))
    crash = threading.Thread(target=int, args=(secret,))
    crash.start()
    crash.join()
    text = "\\n".join(forms)
    yield failed(text, Evidence(text, secret), fix=Fix(text, tuple(forms)), subject=secret)


@check("HKS907", "It ends")
def waits() -> Observations:
    """It does not, for a minute."""
    sys.stderr.write("waiting\\n")
    sys.stderr.flush()
    time.sleep(60)
    yield passed("never")
'''


@pytest.fixture
def checks_dir(tmp_path: Path) -> Path:
    """A directory of loose checks, one for each way that a check can end."""
    directory = tmp_path / f"loose_{tmp_path.name}"
    directory.mkdir()
    (directory / "ends.py").write_text(LOOSE_CHECKS, encoding="utf-8")
    return directory


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No variable and no config file of whoever runs the tests; a redactor of their own."""
    for name in os.environ:
        if name.startswith("WCSDIAG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
    current_redactor.cache_clear()
    monkeypatch.setattr("threading.excepthook", threading.excepthook)
    yield
    current_redactor.cache_clear()
