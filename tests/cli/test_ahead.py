"""What is loaded while a run waits."""

from __future__ import annotations

import subprocess
import sys

_LOADED = """
import sys, threading
from wcsdiag.cli.ahead import load_ahead
load_ahead()
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join(60)
print("wcsdiag.net.http" in sys.modules)
"""


def test_what_speaks_http_is_loaded_meanwhile() -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True)
    assert done.stdout == "True\n"
