"""Names of scenarios on the command line."""

from __future__ import annotations

import difflib

from wcsdiag.errors import UsageError
from wcsdiag.hooks.synthetic import SCENARIOS


def known_scenario(name: str, known: tuple[str, ...] = SCENARIOS, *, option: str = "") -> str:
    """The name, if it is one of `known`. Raises `UsageError` with the nearest that is."""
    if name in known:
        return name
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(known)}"
    raise UsageError(f"{f'{option}: ' if option else ''}there is no scenario {name!r}: {hint}")
