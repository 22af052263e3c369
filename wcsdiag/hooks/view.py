"""What is known around a session: the trace's ends, the app's REST methods, WCS's limit."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from wcsdiag.hooks.rest_client_config import DEFAULTS, ClientConfig
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sequences import CONNECT, Step

NOT_CONNECTED = frozenset({"FAILED", "DISCONNECTED"})
"""What a ConnectionStatusEvent says of a connection that is none (wcs.md 3.5)."""


@dataclass(frozen=True)
class View:
    """How far the trace lets see. Moments are seconds since 1970, None where nothing says them.

    `methods` are the REST methods of the app, None where they are not known; `seen` those of its
    hooks in the trace. All names are in lower case. `is_continued`: hooks of the session before
    these were seen and given up. `is_mixed`: the bodies name no session, so that the hooks may be
    of several. `is_strict`: the trace ought to hold the whole sequence.

    Of the session: when its first `connect` was sent, when its connection was `lost`, and what the
    answers to `connect` set for it, None where the trace does not show that.
    """

    began: float | None = None
    ended: float | None = None
    limit_s: float | None = None
    methods: AbstractSet[str] | None = None
    seen: AbstractSet[str] = frozenset()
    is_continued: bool = False
    is_mixed: bool = False
    is_strict: bool = False
    connected: float | None = None
    lost: tuple[float, ...] = ()
    config: ClientConfig | None = None

    def of_session(self, hooks: list[SeenHook]) -> View:
        """The same with what a session's hooks say, which come in the order of time."""
        connects = [hook for hook in hooks if hook.key == CONNECT]
        configs = [hook.config for hook in connects if hook.config is not None]
        without = self.methods is not None and CONNECT not in self.methods
        lost = (hook.at for hook in hooks if ends_connection(hook))
        return replace(
            self,
            connected=connects[0].at if connects else None,
            lost=tuple(at for at in lost if at is not None),
            config=configs[-1] if configs else DEFAULTS if without else None,
        )

    def is_sent(self, step: Step) -> bool | None:
        """Whether WCS sends hooks of the step's REST method; None where that is not known."""
        keys = step.keys
        if self.config is not None and self.config.disabled.issuperset(keys):
            return False
        if self.methods is not None and self.methods.isdisjoint(keys):
            return False
        if not self.seen.isdisjoint(keys):
            return True
        is_known = self.methods is not None and (self.config is not None or CONNECT in keys)
        return True if is_known else None

    def was_lost(self, since: float | None, until: float) -> bool:
        """True where the session's connection ended in that time."""
        return since is not None and any(since <= at <= until for at in self.lost)


def ends_connection(hook: SeenHook) -> bool:
    """True for the event after which a session has no connection any more."""
    return hook.key == "connectionstatusevent" and hook.status in NOT_CONNECTED


def is_not_connected(hook: SeenHook) -> bool:
    """True for an event which says that the connection is none."""
    return hook.status in NOT_CONNECTED
