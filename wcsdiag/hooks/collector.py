"""From a stream of exchanges to `Traffic`, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from wcsdiag.hooks.contract import has_all_fields, is_json_type, is_unusable, judge
from wcsdiag.hooks.exchange import Exchange, Outcome, Source
from wcsdiag.hooks.expectation import Expectation
from wcsdiag.hooks.held import MOST_SESSIONS, HeldSession, HeldSessions
from wcsdiag.hooks.keeping import BoundedCounter, Spread, cut, shown
from wcsdiag.hooks.masking import masked_text
from wcsdiag.hooks.numbers import MOST_METHODS, Tallies
from wcsdiag.hooks.seen import SeenHook, moment_of
from wcsdiag.hooks.sequences import CONNECTION, named
from wcsdiag.hooks.sessions import SessionTally, Subject, judge_session
from wcsdiag.hooks.span import Span
from wcsdiag.hooks.synthetic import is_probe
from wcsdiag.hooks.traffic import BadAnswers, BrokenStep, Contact, Fault, SequenceFault, Traffic
from wcsdiag.hooks.view import View

DEFAULT_LIMIT_S = 15.0
"""WCS's own limit for an answer, unless its settings say otherwise (wcs.md 3.7)."""

MOST_EXCHANGES = 1000
MOST_CONTACTS = 200
_MOST_NOTES = 50
_MOST_VIOLATIONS = 100
_LONGEST_NAME = 200
_MOST_SPELLINGS = 20
_OTHER_PEERS = "other peers"
_ONLY_CONNECT = frozenset({"connect"})


@dataclass(frozen=True)
class Expected:
    """What is known of the target, where anything is.

    `methods` are the REST methods of each app key, lower-cased: a step whose method is not among
    them is not missed. An app key that is not there is not known. `limit_s` is
    `rest_request_timeout`, None where WCS waits without limit. `scenarios` are names of sequences
    (`wcsdiag.hooks.sequences.SEQUENCES`) or of their scenarios: of each, the trace must hold one
    run with every step.
    """

    methods: dict[str, frozenset[str]] | None = None
    limit_s: float | None = DEFAULT_LIMIT_S
    scenarios: tuple[str, ...] = ()


class TrafficCollector:
    """Takes exchanges in the order of time, one trace, and gives its `Traffic` at the end.

    Memory is bounded, however many come: 1,000 exchanges are kept, the failed ones first and
    beyond that spread evenly; 200 sessions, the broken ones first; 5,000 sessions and 15,000 hooks
    are followed at once, the others judged when they are given up, ended sessions first.
    Percentiles are exact for 4,096 latencies of a REST method, then within 1 percent. Exchanges
    may come slightly out of the order of time.
    """

    def __init__(
        self, source: Source, place: str, expected: Expected | None = None, *, zone: str = ""
    ) -> None:
        """Raises KeyError where an expected scenario does not exist."""
        self._source = source
        self._place = place
        self._zone = zone
        self._expected = expected or Expected()
        self._expectation = Expectation(map(named, self._expected.scenarios))
        self._tallies = Tallies()
        self._held = HeldSessions()
        self._judged = SessionTally()
        self._failed: Spread[Exchange] = Spread(MOST_EXCHANGES)
        self._others: Spread[Exchange] = Spread(MOST_EXCHANGES)
        self._contacts: dict[tuple[str, object, str], Contact] = {}
        self._violations: BoundedCounter[tuple[bool, str]] = BoundedCounter(_MOST_VIOLATIONS)
        self._json_types: set[str | None] = set()
        self._notes: dict[str, None] = {}
        self._span = Span()

    def add(self, exchange: Exchange) -> None:
        """One more exchange."""
        at = moment_of(exchange.sent_at)
        outcome = exchange.outcome
        app_key = _bounded(exchange.app_key)
        method = exchange.method[:_LONGEST_NAME]
        tally = self._tallies.of(app_key, method)
        tally.add(exchange, at, outcome)
        self._span.stretch(exchange, at)
        is_whole = exchange.answer_text is not None and exchange.failure is None
        if is_whole and not self._is_right(exchange):
            self._count_violations(exchange)
        kept = self._failed if outcome is Outcome.FAILED else self._others
        if kept.wants_next():
            kept.add(cut(exchange))
        session_id = exchange.session_id
        subject = (app_key, _bounded(session_id))
        hook = SeenHook(exchange, method.lower(), at, outcome, session_id)
        held = self._held.of(subject)
        tally.sent_again += self._held.add(subject, held, hook)
        if self._held.are_too_many or held.is_too_long:
            for over, given_up in self._held.over(subject):
                self._give_up(over, given_up)

    def add_contact(self, contact: Contact) -> None:
        """An attempt that no hook is seen of; the same again is counted."""
        key = (contact.peer, contact.failure, contact.detail)
        known = self._contacts.get(key)
        if known is not None:
            self._contacts[key] = replace(known, count=known.count + contact.count)
        elif len(self._contacts) < MOST_CONTACTS:
            self._contacts[key] = contact
        elif contact.peer != _OTHER_PEERS:
            self.note(f"more than {MOST_CONTACTS} kinds of contacts: wcsdiag lists no more")
            self.add_contact(replace(contact, peer=_OTHER_PEERS, detail="not listed"))
        else:
            self._contacts[key] = contact

    def note(self, text: str) -> None:
        """A limit that was met; the same note is kept once."""
        if len(self._notes) < _MOST_NOTES:
            self._notes[text] = None

    def traffic(self, began: datetime | None = None, ended: datetime | None = None) -> Traffic:
        """What came so far, judged; `began` and `ended` are the trace's, if it says.

        More may be added after it.
        """
        span = self._span.stretched_to(began, ended)
        sessions, expectation = self._judged.copy(), self._expectation.copy()
        for subject, held in self._held:
            self._judge(subject, held, span, sessions, expectation)
        for before, now in expectation.unmet(View(limit_s=self._expected.limit_s)):
            if before is None:
                sessions.add(now, was_broken=True)
            else:
                sessions.replace(before, now)
        exchanges = self._kept_exchanges()
        return Traffic(
            source=self._source,
            place=self._place,
            began=span.began,
            ended=span.ended,
            exchanges=exchanges,
            omitted=self._failed.count + self._others.count - len(exchanges),
            numbers=tuple(self._tallies),
            sessions=sessions.sessions(),
            session_count=self._held.count,
            broken_count=sessions.broken_count,
            broken_steps=(*self._declined(), *sessions.broken_steps()),
            contacts=tuple(self._contacts.values()),
            notes=self._all_notes(),
            zone=self._zone,
            limit_s=self._expected.limit_s,
            violations=self._bad_answers(),
        )

    def _give_up(self, subject: Subject, held: HeldSession) -> None:
        is_broken = self._judge(subject, held, self._span, self._judged, self._expectation)
        self._held.remember(subject, was_broken=is_broken or held.was_broken)

    def _judge(
        self,
        subject: Subject,
        held: HeldSession,
        span: Span,
        sessions: SessionTally,
        expectation: Expectation,
    ) -> bool:
        methods = self._expected.methods or {}
        app_key, session_id = subject
        view = View(
            began=moment_of(span.began),
            ended=moment_of(span.ended),
            limit_s=self._expected.limit_s,
            methods=_ONLY_CONNECT if is_probe(session_id) else methods.get(app_key or ""),
            seen=self._tallies.methods_of(app_key),
            is_continued=held.is_continued,
            is_mixed=subject[1] is None,
        )
        judged = judge_session(subject, held.hooks, view)
        expectation.look_at(judged)
        return sessions.add(judged, was_broken=held.was_broken)

    def _is_right(self, exchange: Exchange) -> bool:
        """The common cases, told at little cost; False says only that more has to be looked at."""
        if exchange.source is Source.LOG or exchange.content_type in self._json_types:
            is_answer = exchange.status == 200 or exchange.status is None
            return is_answer and bool(exchange.request) and has_all_fields(exchange)
        if is_json_type(exchange.content_type) and len(self._json_types) < _MOST_SPELLINGS:
            self._json_types.add(exchange.content_type)
        return False

    def _count_violations(self, exchange: Exchange) -> None:
        try:
            violations = judge(exchange)
        except RecursionError:
            return
        for violation in violations:
            kind = violation.flaw.value
            detail = masked_text(violation.detail, _LONGEST_NAME)
            unusable = is_unusable(violation, exchange.method)
            text = f"{kind}: {detail}" if detail else kind
            self._violations.add((unusable, text), (unusable, kind))

    def _bad_answers(self) -> tuple[BadAnswers, ...]:
        counts = self._violations.counts.items()
        found = [BadAnswers(text, count, unusable) for (unusable, text), count in counts]
        return tuple(sorted(found, key=lambda each: (not each.are_unusable, -each.count)))

    def _kept_exchanges(self) -> tuple[Exchange, ...]:
        failed = self._failed.kept(MOST_EXCHANGES)
        kept = [*failed, *self._others.kept(MOST_EXCHANGES - len(failed))]
        kept.sort(key=lambda exchange: moment_of(exchange.sent_at) or 0.0)
        return tuple(map(shown, kept))

    def _declined(self) -> Iterator[BrokenStep]:
        """A web server that declines some clients does its work. One that lets nobody in is in
        doubt, whatever it means by it."""
        for tally, refused in self._tallies.refused_of_all():
            detail = (
                "the web server refuses every connect with 403: no web client gets in. See why in "
                "its own log: tokens, or the key of a signature (rest_hook_secret_key)"
            )
            fault = SequenceFault(Fault.FAILED, tally.method, detail, shown(refused))
            session = refused.session_id
            yield BrokenStep(
                CONNECTION.name, tally.method, Fault.FAILED, tally.refused, fault, session
            )

    def _all_notes(self) -> tuple[str, ...]:
        notes = list(self._notes)
        if self._tallies.is_full:
            notes.append(f"wcsdiag tells {MOST_METHODS} REST methods of apps apart: more were seen")
        if self._held.has_forgotten:
            notes.append(
                f"wcsdiag follows {MOST_SESSIONS} sessions at once: of more, some are counted twice"
            )
        return tuple(notes)


def collect(
    exchanges: Iterable[Exchange],
    source: Source,
    place: str,
    expected: Expected | None = None,
) -> Traffic:
    """The traffic of exchanges that are all there."""
    collector = TrafficCollector(source, place, expected)
    for exchange in exchanges:
        collector.add(exchange)
    return collector.traffic()


def _bounded(name: str | None) -> str | None:
    return name if name is None or len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME]
