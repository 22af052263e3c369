"""A packet's walk through the rules, from one fork to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wcsdiag.firewall.matching import View
from wcsdiag.firewall.model import (
    AnyOf,
    Basic,
    Chain,
    Dnat,
    Either,
    Fate,
    Forget,
    InElements,
    InIpset,
    InSet,
    Jump,
    NotKnown,
    NotKnownEffect,
    NoTrack,
    Packet,
    Place,
    Rejected,
    RestoreMark,
    ReversePath,
    Ruleset,
    SetMark,
    Snat,
    Statement,
    UpdatesSet,
    Verdict,
    VerdictMap,
    Way,
    WithinLimit,
)
from wcsdiag.firewall.outcome import End, Fork, Node, Trail, as_seen
from wcsdiag.firewall.phrase import element_text, match_phrase
from wcsdiag.firewall.state import (
    State,
    forget,
    set_mark,
    translate_destination,
    translate_source,
)
from wcsdiag.firewall.stations import Itinerary, Station, device_applies

MAX_JUMPS = 256
MAX_STEPS = 400_000
MAX_FORKS = 20_000

_MATCHES = (AnyOf, InSet, InElements, InIpset, Either, ReversePath, WithinLimit, NotKnown)


@dataclass(frozen=True)
class Cursor:
    """Where the walk is: a base chain, the chain within it, a rule, a statement of it."""

    state: State
    station: int
    chain: str = ""
    rule: int = 0
    statement: int = 0
    returns: tuple[tuple[str, int, int], ...] = ()
    jumps: int = 0
    element: int = 0
    entered: bool = False
    verdict: Verdict | None = None


@dataclass(frozen=True)
class _Pause:
    """A match that is not known, and where to go on in either case."""

    text: str
    matched: Cursor
    unmatched: Cursor


Step = Cursor | _Pause | End


class Walk:
    """Follows one packet; `begin`, then `follow` each fork that comes up."""

    def __init__(self, ruleset: Ruleset, packet: Packet, way: Way) -> None:
        self._ruleset = ruleset
        self._packet = packet
        self._way = way
        self._itinerary = Itinerary(ruleset, packet, way)
        self._forks: dict[tuple[Cursor, Cursor], Fork] = {}
        self._ahead: dict[int, tuple[Cursor, Cursor]] = {}
        self._steps = 0
        self._trail: Trail | None = None
        self._view: View | None = None

    def begin(self) -> Node:
        """The first fork, or the end."""
        return self._run(Cursor(self._itinerary.start(self._packet), 0), None)

    def follow(self, fork: Fork) -> tuple[Node, Node]:
        """The nodes behind both branches of a fork."""
        matched, unmatched = self._ahead.pop(id(fork))
        trail = fork.trail
        if fork.place is not None and fork.place.rule is not None:
            trail = Trail(trail, fork.place, matched.jumps)
        return self._run(matched, trail), self._run(unmatched, fork.trail)

    def _run(self, cursor: Cursor, trail: Trail | None) -> Node:
        self._trail = trail
        while True:
            step = self._chain(cursor) if cursor.entered else self._station(cursor)
            if isinstance(step, End):
                return step
            if isinstance(step, _Pause):
                return self._fork(step)
            cursor = step
            if self._steps > MAX_STEPS:
                return self._depends(cursor.state, "more rules than are followed")

    def _fork(self, pause: _Pause) -> Node:
        key = (pause.matched, pause.unmatched)
        if key not in self._forks:
            if len(self._forks) >= MAX_FORKS:
                return self._depends(pause.matched.state, "more unknown matches than are followed")
            fork = Fork(pause.text, self._place(pause.matched), self._trail)
            self._forks[key] = fork
            self._ahead[id(fork)] = key
        return self._forks[key]

    def _place(self, cursor: Cursor) -> Place | None:
        station = self._station_of(cursor)
        chain = station.table.chains.get(cursor.chain)
        if chain is None or cursor.rule >= len(chain.rules):
            return None
        return Place(station.table, chain, chain.rules[cursor.rule])

    def _station_of(self, cursor: Cursor) -> Station:
        return self._itinerary.stations(cursor.state.hook)[cursor.station]

    def _depends(self, state: State, why: str, by: Place | None = None) -> End:
        return End(Fate.DEPENDS, state.packet, self._trail, by, why=why)

    def _station(self, cursor: Cursor) -> Step:
        """Enter the next base chain of the hook, or go to the next hook."""
        state = cursor.state
        stations = self._itinerary.stations(state.hook)
        if cursor.station >= len(stations):
            following = self._itinerary.after(state)
            if isinstance(following, str):
                return self._depends(state, following)
            if following is None:
                return End(Fate.ACCEPTED, state.packet, self._trail)
            return Cursor(following, 0)
        station = stations[cursor.station]
        beyond = Cursor(state, cursor.station + 1)
        applies = device_applies(station, state)
        if applies is False or station.passed_over(state):
            return beyond
        for problem in station.table.problems:
            return self._depends(state, problem)
        inside = Cursor(state, cursor.station, chain=station.chain.name, entered=True)
        if applies is None and (station.chain.rules or station.chain.policy is Basic.DROP):
            return _Pause(f"device {station.chain.device or '(not named)'}", inside, beyond)
        return inside if applies else beyond

    def _chain(self, cursor: Cursor) -> Step:
        """Go through the rules of a chain until one leads elsewhere."""
        station = self._station_of(cursor)
        chain = station.table.chains[cursor.chain]
        view = self._view_of(cursor.state, station)
        rules, number, statement = chain.rules, cursor.rule, cursor.statement
        first = cursor
        while number < len(rules):
            step = self._rule(first, chain, number, statement, view)
            self._steps += 1
            if step is not None:
                return step
            number, statement = number + 1, 0
            if first.verdict is not None or first.element:
                first = replace(first, verdict=None, element=0)
        return self._back(cursor, station)

    def _view_of(self, state: State, station: Station) -> View:
        view = self._view
        if (
            view is None
            or view.state is not state
            or view.table is not station.table
            or view.priority != station.priority
        ):
            view = View(state, self._way, station.priority, station.table, self._ruleset.ipsets)
            self._view = view
        return view

    def _rule(
        self, cursor: Cursor, chain: Chain, number: int, statement: int, view: View
    ) -> Step | None:
        """One rule; None where it has no say, so that the next one comes."""
        rule = chain.rules[number]
        statements = rule.statements
        unknown: list[str] = []
        while statement < len(statements):
            current = statements[statement]
            if isinstance(current, _MATCHES):
                met = view.meets(current)
                if met is False:
                    return None
                if met is None:
                    unknown.append(match_phrase(current))
                statement += 1
                continue
            here = replace(cursor, rule=number, statement=statement)
            if unknown:
                return _Pause(" ".join(unknown), here, _after(here))
            step = self._effect(here, current, Place(view.table, chain, rule), view)
            if step is not None:
                return step
            statement += 1
        return None

    def _effect(self, cursor: Cursor, current: Statement, place: Place, view: View) -> Step | None:
        if isinstance(current, VerdictMap):
            return self._mapped(cursor, current, place, view)
        if isinstance(current, Basic | Jump | Rejected):
            return self._verdict(cursor, current, place)
        if isinstance(current, NotKnownEffect):
            return self._depends(cursor.state, current.text, place)
        state = cursor.state
        if isinstance(current, Dnat | Snat):
            translate = (
                translate_destination(state, current)
                if isinstance(current, Dnat)
                else translate_source(state, current)
            )
            return self._leave(replace(cursor, state=translate), place)
        changed = _changed(state, current, view)
        if changed == state:
            return None
        return replace(cursor, state=changed, statement=cursor.statement + 1)

    def _mapped(self, cursor: Cursor, current: VerdictMap, place: Place, view: View) -> Step | None:
        if cursor.verdict is not None:
            return self._verdict(replace(cursor, verdict=None, element=0), cursor.verdict, place)
        entries = current.elements
        if current.name is not None:
            found = view.table.sets.get(current.name)
            if found is None or not found.understood or current.name in cursor.state.touched:
                return self._depends(cursor.state, f"vmap @{current.name}", place)
            entries = tuple(zip(found.elements, found.verdicts, strict=False))
        # The wildcard element stands for whatever no other element has.
        entries = tuple(sorted(entries, key=lambda entry: all(one == "*" for one in entry[0])))
        for index, (element, verdict) in enumerate(entries[cursor.element :], cursor.element):
            met = view.is_element(current.keys, element)
            if met:
                return self._verdict(replace(cursor, element=0), verdict, place)
            if met is None:
                chosen = replace(cursor, verdict=verdict)
                return _Pause(
                    element_text(current.keys, element), chosen, replace(cursor, element=index + 1)
                )
        # Without an element for the packet the rule ends here.
        return _after(cursor)

    def _verdict(self, cursor: Cursor, verdict: Verdict, place: Place) -> Step | None:
        state = cursor.state
        if isinstance(verdict, Jump):
            return self._jump(cursor, verdict, place)
        if isinstance(verdict, Rejected):
            kind = as_seen(verdict.kind, state.packet)
            trail = Trail(self._trail, place, cursor.jumps)
            return End(Fate.REJECTED, state.packet, trail, place, kind)
        if verdict is Basic.CONTINUE:
            return None
        if verdict is Basic.DROP:
            return End(Fate.DROPPED, state.packet, Trail(self._trail, place, cursor.jumps), place)
        if verdict is Basic.QUEUE:
            return self._depends(state, f"the program that is asked: {_rule_text(place)}", place)
        if verdict is Basic.RETURN:
            self._trail = Trail(self._trail, place, cursor.jumps)
            return self._back(cursor, self._station_of(cursor))
        return self._leave(cursor, place)

    def _jump(self, cursor: Cursor, jump: Jump, place: Place) -> Step:
        if jump.chain not in place.table.chains:
            return self._depends(cursor.state, f"chain {jump.chain}, which does not exist", place)
        if cursor.jumps >= MAX_JUMPS:
            why = f"chain {jump.chain}, which is jumped to in a circle"
            return self._depends(cursor.state, why, place)
        self._trail = Trail(self._trail, place, cursor.jumps)
        returns = cursor.returns
        if not jump.goto:
            returns = (*returns, (cursor.chain, cursor.rule + 1, cursor.jumps))
        return Cursor(
            cursor.state,
            cursor.station,
            chain=jump.chain,
            returns=returns,
            jumps=cursor.jumps + 1,
            entered=True,
        )

    def _back(self, cursor: Cursor, station: Station) -> Step:
        """The end of a chain: back to the caller, or to the policy of the base chain."""
        if cursor.returns:
            *rest, (chain, rule, jumps) = cursor.returns
            return Cursor(
                cursor.state,
                cursor.station,
                chain=chain,
                rule=rule,
                returns=tuple(rest),
                jumps=jumps,
                entered=True,
            )
        place = Place(station.table, station.chain, None)
        if station.chain.policy is Basic.DROP:
            trail = Trail(self._trail, place, 0, cursor.state.hook)
            return End(Fate.DROPPED, cursor.state.packet, trail, place)
        return self._leave(cursor, place)

    def _leave(self, cursor: Cursor, place: Place) -> Cursor:
        """Accepted by one base chain: on to the next."""
        kind = self._station_of(cursor).chain.kind
        self._trail = Trail(
            self._trail, place, cursor.jumps if place.rule else 0, cursor.state.hook, kind
        )
        return Cursor(cursor.state, cursor.station + 1)


def _after(cursor: Cursor) -> Cursor:
    return replace(cursor, rule=cursor.rule + 1, statement=0, element=0, verdict=None)


def _changed(state: State, current: Statement, view: View) -> State:
    if isinstance(current, SetMark | RestoreMark):
        return set_mark(state, current)
    if isinstance(current, Forget):
        return forget(state, current)
    if isinstance(current, NoTrack):
        early = view.ct_state == "invalid"
        return replace(state, untracked=True) if early else state
    if isinstance(current, UpdatesSet):
        return replace(state, touched=state.touched | {current.name})
    return state


def _rule_text(place: Place) -> str:
    return place.rule.text if place.rule is not None else ""
