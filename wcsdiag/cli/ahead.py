"""Loading heavy libraries where nobody waits for them."""

from __future__ import annotations

import contextlib
import importlib
import threading


def load_ahead() -> None:
    """Have what speaks HTTP loaded by the time the apps are known: SSH answers come slower."""
    threading.Thread(target=_load, args=("wcsdiag.net.http",), daemon=True).start()


def _load(name: str) -> None:
    # Whoever needs the module meets the same error again, and can say so.
    with contextlib.suppress(Exception):
        importlib.import_module(name)
