"""What keeps a lab from opening."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from wcsdiag.errors import WcsdiagError


class LabError(WcsdiagError):
    """The lab cannot be opened on this machine, or there is no such fault or variant."""


def no_such(kind: str, name: str, known: Iterable[str]) -> LabError:
    """The error for a name that is not known, with the nearest ones or all of them."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(names)}."
    return LabError(f"there is no {kind} {name!r}", hint=hint)
