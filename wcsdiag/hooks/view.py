"""What is known around a session: the trace's ends, the app's REST methods, WCS's limit."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from wcsdiag.hooks.sequences import Step


@dataclass(frozen=True)
class View:
    """How far the trace lets see. Moments are seconds since 1970, None where nothing says them.

    `methods` are the REST methods of the app, None where they are not known; `seen` those of its
    hooks in the trace. All names are in lower case. `is_continued`: hooks of the session before
    these were seen and given up. `is_strict`: the trace ought to hold the whole sequence.
    """

    began: float | None = None
    ended: float | None = None
    limit_s: float | None = None
    methods: AbstractSet[str] | None = None
    seen: AbstractSet[str] = frozenset()
    is_continued: bool = False
    is_strict: bool = False

    def is_sent(self, step: Step) -> bool | None:
        """Whether WCS sends hooks of the step's REST method; None where that is not known."""
        keys = step.keys
        if self.methods is not None:
            return not self.methods.isdisjoint(keys)
        return True if not self.seen.isdisjoint(keys) else None
