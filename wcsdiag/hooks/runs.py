"""The hooks of one session, sorted into runs through sequences.

Ids tell runs apart: a call's id, a media session's id or a stream's name. Bodies that do not hold
them are told apart by order.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from wcsdiag.hooks.catalogue import CATALOGUE, Scenario
from wcsdiag.hooks.failings import is_again
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sequences import (
    AFTER_SIP_S,
    AT_ONCE_S,
    CONNECTION,
    INCOMING_CALL,
    MESSAGE,
    OTHER,
    OUTGOING_CALL,
    PLAYING,
    PUBLISHING,
    RECEIVED_MESSAGE,
    REGISTRATION,
    STREAM,
    Sequence,
)
from wcsdiag.hooks.view import NOT_CONNECTED


class Family(Enum):
    """Sequences whose hooks can be mistaken for each other's."""

    CONNECTION = "connection"
    CALL = "call"
    MESSAGE = "message"
    STREAM = "stream"
    OTHER = "other"

    # The members' own is written in Python, and every hook is looked up by it.
    __hash__ = object.__hash__


_OF_SCENARIO = {
    Scenario.CALL: Family.CALL,
    Scenario.MESSAGE: Family.MESSAGE,
    Scenario.STREAMING: Family.STREAM,
}
_FAMILIES = {
    **{
        method.name.lower(): _OF_SCENARIO.get(method.scenario, Family.OTHER) for method in CATALOGUE
    },
    **dict.fromkeys(
        ("connect", "connectionstatusevent", "registrationstatusevent"), Family.CONNECTION
    ),
}
_STARTS = frozenset(
    {"connect", "call", "oncallevent", "sendmessage", "onmessageevent"}
    | {"publishstream", "playstream", "playhls", "playrtsp"}
)
_ENDS = frozenset({"hangup", "unpublishstream", "stopstream"})
_PUBLISHES = {"publishstream", "unpublishstream"}
_PLAYS = {"playstream", "playhls", "playrtsp", "stopstream"}


class Run:
    """One run through a sequence that is not yet known by name. `keys` are the methods seen."""

    __slots__ = ("call_id", "family", "hooks", "is_published", "keys", "media_id", "stream")

    def __init__(self, family: Family) -> None:
        self.family = family
        self.hooks: list[SeenHook] = []
        self.keys: set[str] = set()
        self.call_id = self.media_id = self.stream = ""
        self.is_published: bool | None = None

    @property
    def subject(self) -> str:
        """What tells the run from others: the call's id, the stream's name or media session."""
        return self.call_id or self.stream or self.media_id

    @property
    def has_start(self) -> bool:
        """True where a hook that begins such a run was seen."""
        return not self.keys.isdisjoint(_STARTS)

    @property
    def is_over(self) -> bool:
        """True where a hook that ends such a run was seen."""
        return not self.keys.isdisjoint(_ENDS) or not self.statuses().isdisjoint(NOT_CONNECTED)

    def is_of_direction(self, hook: SeenHook) -> bool:
        """False where the run is of a stream that is published and the hook of a played one, or
        the other way round."""
        mine = self.is_published
        if mine is None:
            return True
        published = _published(hook)
        return published is None or published == mine

    def take(self, hook: SeenHook) -> None:
        """The next hook of the run."""
        self.hooks.append(hook)
        self.keys.add(hook.key)
        if self.family is Family.CALL:
            self.call_id = self.call_id or hook.call_id
        elif self.family is Family.STREAM:
            self.media_id = self.media_id or hook.media_id
            self.stream = self.stream or hook.stream
        if self.is_published is None:
            self.is_published = _published(hook)

    def sequence(self) -> Sequence:
        """The sequence that the run goes through, as far as its hooks tell."""
        if self.family is Family.CONNECTION:
            return REGISTRATION if self._registers() else CONNECTION
        if self.family is Family.CALL:
            return INCOMING_CALL if self._comes_in() else OUTGOING_CALL
        if self.family is Family.MESSAGE:
            return MESSAGE if self.hooks[0].key != "onmessageevent" else RECEIVED_MESSAGE
        return self._stream() if self.family is Family.STREAM else OTHER

    def comes_in(self) -> set[bool | None]:
        """What the bodies say of the call's direction."""
        return {hook.incoming for hook in self.hooks}

    def statuses(self) -> set[str]:
        """All statuses that the bodies name."""
        return {hook.status for hook in self.hooks if hook.status}

    def _registers(self) -> bool:
        if "registrationstatusevent" in self.keys:
            return True
        answers = [hook.registers for hook in self.hooks if hook.registers is not None]
        return (
            answers[-1]
            if answers
            else "connect" not in self.keys and (any(hook.wants_sip for hook in self.hooks))
        )

    def _comes_in(self) -> bool:
        return "call" not in self.keys and ("oncallevent" in self.keys or True in self.comes_in())

    def _stream(self) -> Sequence:
        if not self.keys.isdisjoint(_PUBLISHES):
            return PUBLISHING
        if not self.keys.isdisjoint(_PLAYS):
            return PLAYING
        said = {hook.published for hook in self.hooks}
        if True in said:
            return PUBLISHING
        return PLAYING if False in said else STREAM


def runs_of(hooks: Iterable[SeenHook]) -> list[Run]:
    """The runs of one session's hooks, which come in the order of time."""
    runs: dict[Family, list[Run]] = {}
    every: list[Run] = []
    for hook in hooks:
        family = _FAMILIES.get(hook.key, Family.OTHER)
        known = runs.setdefault(family, [])
        run = _run_of(hook, family, known) if known else None
        if run is None:
            run = Run(family)
            known.append(run)
            every.append(run)
        run.take(hook)
    return every


def _run_of(hook: SeenHook, family: Family, runs: list[Run]) -> Run | None:
    if family is Family.OTHER:
        return runs[0]
    if family is Family.CALL and hook.call_id:
        return _by_id(hook, runs, "call_id", hook.call_id)
    if family is Family.STREAM and hook.media_id:
        return _by_id(hook, runs, "media_id", hook.media_id)
    if family is Family.STREAM and hook.stream:
        named = _by_id(hook, runs, "stream", hook.stream)
        return _begun_again(hook, named) if named and hook.key in _STARTS else named
    if family is Family.MESSAGE:
        return _message_of(hook, runs)
    if hook.key in _STARTS:
        return _begun_again(hook, runs[-1])
    return next((run for run in reversed(runs) if run.is_of_direction(hook)), runs[-1])


def _by_id(hook: SeenHook, runs: list[Run], name: str, value: str) -> Run | None:
    latest = runs[-1]
    if getattr(latest, name) == value and latest.is_of_direction(hook):
        return latest
    same = [run for run in reversed(runs) if getattr(run, name) == value]
    if same:
        # A session may publish a stream and play it.
        return next((run for run in same if run.is_of_direction(hook)), same[0])
    if hook.key in _STARTS:
        return None
    # A body without an id may have begun what one with an id goes on with.
    begun = (run for run in reversed(runs) if not getattr(run, name) and run.has_start)
    return next((run for run in begun if run.is_of_direction(hook)), None)


def _begun_again(hook: SeenHook, latest: Run) -> Run | None:
    """The run that a first step belongs to though others of it were seen before, or it itself."""
    if not latest.has_start:
        return latest if _apart(latest.hooks[-1], hook) <= AT_ONCE_S else None
    first = next(seen for seen in latest.hooks if seen.key in _STARTS)
    is_same = first.body is not None and (first.key, first.body) == (hook.key, hook.body)
    return latest if is_same and not latest.is_over and is_again(hook, first) else None


def _message_of(hook: SeenHook, runs: list[Run]) -> Run | None:
    latest = runs[-1]
    if hook.key == "sendmessage":
        return _begun_again(hook, latest)
    if hook.key == "onmessageevent":
        is_near = _apart(latest.hooks[-1], hook) <= AFTER_SIP_S
        return latest if is_near and hook.key not in latest.keys else None
    if hook.key != "messagestatusevent":
        return latest
    waiting = (run for run in runs if run.has_start and hook.key not in run.keys)
    return next((run for run in waiting if "sendmessage" in run.keys), latest)


def _published(hook: SeenHook) -> bool | None:
    """Whether the hook is of a stream that the web client publishes; None where it may be both."""
    if hook.key in _PUBLISHES:
        return True
    return False if hook.key in _PLAYS else hook.published


def _apart(one: SeenHook, other: SeenHook) -> float:
    return 0.0 if one.at is None or other.at is None else abs(other.at - one.at)
