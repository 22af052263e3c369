"""A fault before it is shown: light, so that very many can be judged and few kept."""

from __future__ import annotations

from typing import NamedTuple

from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.traffic import BREAKING, Fault


class FoundFault(NamedTuple):
    """As `SequenceFault`, with the light hook. A remark never breaks its sequence."""

    fault: Fault
    step: str
    detail: str
    hook: SeenHook | None = None
    is_certain: bool = True
    is_remark: bool = False
    position: int | None = None

    @property
    def breaks(self) -> bool:
        """True where the sequence is not whole by it."""
        return self.fault in BREAKING and not self.is_remark
