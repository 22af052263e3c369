"""Sessions that go on, in bounded memory: of too many, those that have ended are given up first,
then those without hooks for longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from wcsdiag.hooks.failings import is_again, may_come_again
from wcsdiag.hooks.seen import SeenHook
from wcsdiag.hooks.sessions import Subject
from wcsdiag.hooks.view import ends_connection

MOST_SESSIONS = 5000
MOST_HOOKS = 15_000
MOST_HOOKS_OF_SESSION = 500

_MOST_BODIES = 64
_MOST_REMEMBERED = 100_000


class HeldSession:
    """The hooks of a session that are not yet judged.

    `is_continued`: hooks before them were judged already. `was_broken`: and found broken.
    """

    __slots__ = ("_bodies", "hooks", "is_continued", "was_broken")

    def __init__(self, *, is_continued: bool = False, was_broken: bool = False) -> None:
        self.hooks: list[SeenHook] = []
        self.is_continued = is_continued
        self.was_broken = was_broken
        self._bodies: dict[tuple[str, int], SeenHook] = {}

    @property
    def is_too_long(self) -> bool:
        """True where it has to be given up."""
        return len(self.hooks) >= MOST_HOOKS_OF_SESSION

    def add(self, hook: SeenHook) -> bool:
        """One more hook; True where the same was sent before."""
        self.hooks.append(hook)
        if hook.body is None:
            return False
        key = (hook.key, hook.body)
        earlier = self._bodies.pop(key, None)
        if may_come_again(hook):
            self._bodies[key] = hook
            if len(self._bodies) > _MOST_BODIES:
                del self._bodies[next(iter(self._bodies))]
        return earlier is not None and is_again(hook, earlier)


class HeldSessions:
    """All sessions that go on."""

    def __init__(self) -> None:
        self._held: OrderedDict[Subject, HeldSession] = OrderedDict()
        self._given_up: dict[Subject, bool] = {}
        self._ended: dict[Subject, None] = {}
        self._hooks = 0
        self.has_forgotten = False
        self.count = 0
        """Of all sessions that there ever were; one that was given up and forgotten counts anew."""

    def of(self, subject: Subject) -> HeldSession:
        """The session, the newest from now on; a new one where there is none."""
        held = self._held.get(subject)
        if held is not None:
            self._held.move_to_end(subject)
            return held
        was_broken = self._given_up.get(subject)
        self.count += was_broken is None
        is_continued = was_broken is not None or self.has_forgotten
        held = HeldSession(is_continued=is_continued, was_broken=bool(was_broken))
        self._held[subject] = held
        return held

    def add(self, subject: Subject, held: HeldSession, hook: SeenHook) -> bool:
        """One more hook of a session that is held; True where the same was sent before."""
        self._hooks += 1
        if ends_connection(hook):
            self._ended[subject] = None
        elif self._ended:
            self._ended.pop(subject, None)
        return held.add(hook)

    @property
    def are_too_many(self) -> bool:
        """True where some have to be given up."""
        return self._hooks > MOST_HOOKS or len(self._held) > MOST_SESSIONS

    def over(self, newest: Subject) -> Iterator[tuple[Subject, HeldSession]]:
        """The sessions that are too many or too long, taken out."""
        if self._held[newest].is_too_long:
            yield newest, self._take(newest)
        while self.are_too_many:
            first = next(iter(self._ended or self._held))
            yield first, self._take(first)

    def remember(self, subject: Subject, *, was_broken: bool) -> None:
        """That a session was given up, so that it is known when it goes on."""
        self._given_up[subject] = was_broken
        if len(self._given_up) > _MOST_REMEMBERED:
            del self._given_up[next(iter(self._given_up))]
            self.has_forgotten = True

    def __iter__(self) -> Iterator[tuple[Subject, HeldSession]]:
        return iter(self._held.items())

    def _take(self, subject: Subject) -> HeldSession:
        self._ended.pop(subject, None)
        held = self._held.pop(subject)
        self._hooks -= len(held.hooks)
        return held
