"""Exchanges from the records of a log.

`SEND REST OBJECT ==>` opens an exchange, `RECEIVED REST OBJECT <==` closes it, `Got exception in
REST` with its exception fails it (wcs.md 2.1, 2.2). They are paired by thread and URL; with
Manager, whose lines name no thread, by URL, session and order. A log says no HTTP status but in
an exception, and no connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from wcsdiag.hooks.contract import FIXED_FIELDS
from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.hooks.traffic import Contact
from wcsdiag.logs.blocks import Block, Marker, marker_of, method_of, read_block
from wcsdiag.logs.dates import DatedRecord
from wcsdiag.logs.errors_seen import error_of
from wcsdiag.logs.failures import HookFailure, failure_of, is_failed_hook
from wcsdiag.logs.waiting import Sent, Waiting

UNANSWERED = "sent without answer: the log has neither an answer nor an exception"
"""How `error` begins where a hook has no end although the log goes on."""

_GRACE_S = 1.0
_RETRIES = 4
_UNLIMITED_S = 3600.0
_SAME_FAILURE_S = 1.0
_MOST_THREADS = 10_000
_MOST_CONTACTS = 100
_NO_FAILURE = HookFailure(None, None, "", "")
_NOT_SEEN = HookFailure(Failure.NOT_SEEN, None, "", "")
_NOBODY = "(a web server that the log does not name)"


class ExchangeReader:
    """Exchanges of one log, as their ends are read. Holds ten thousand open ones at the most.

    `name` is the file's, for `Exchange.place`. `limit_s` is `rest_request_timeout`, None where WCS
    waits without limit or it is not known. An exchange without end is given up after four times
    the limit, since WCS may try again (wcs.md 3.7). Hooks sent before `since` are left out. With
    `is_thinned` bodies hold the identifying fields alone.
    """

    def __init__(
        self,
        name: str = "",
        limit_s: float | None = None,
        since: datetime | None = None,
        *,
        is_thinned: bool = False,
    ) -> None:
        self.name = name
        self.is_thinned = is_thinned
        self.unreadable = 0
        """Blocks whose URL is missing: nobody can say what they were."""
        self._limit_s = limit_s
        self._since = None if since is None else since.timestamp()
        self._horizon_s = _UNLIMITED_S if not limit_s else _RETRIES * limit_s + _GRACE_S
        self._waiting = Waiting()
        self._contacts: dict[tuple[Failure | None, str], Contact] = {}
        self._failed: dict[str | None, float] = {}
        self._given_up: Counter[str | None] = Counter()
        self._count = 0
        self._latest: datetime | None = None
        self._latest_second = 0.0

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Failures so far whose hook is not in what was read, each kind once with its count."""
        return tuple(self._contacts.values())

    def feed(self, records: Iterable[DatedRecord]) -> Iterator[Exchange]:
        """More records, in the log's order: the exchanges that ended in them."""
        for dated in records:
            marker = marker_of(dated.record)
            second = dated.at.timestamp()
            ended = self._failure(dated) if marker is None else self._block(dated, second, marker)
            if ended is not None and self._is_wanted(ended.sent_at):
                yield ended
            self._reach(dated.at, second)
            if self._waiting.has_too_old(self._latest_second - self._horizon_s):
                yield from self._give_up(self._latest_second - self._horizon_s)

    def wait_until(self, moment: datetime) -> Iterator[Exchange]:
        """The log has come to that moment: the exchanges that waited too long."""
        self._reach(moment, moment.timestamp())
        yield from self._give_up(self._latest_second - self._horizon_s)

    def finish(self) -> Iterator[Exchange]:
        """The log ends here, or is broken off here: the exchanges that are still open."""
        yield from self._give_up(float("inf"))

    def _reach(self, moment: datetime, second: float) -> None:
        """Threads log a little out of order; what goes back further is another clock or file."""
        is_later = self._latest is None or second > self._latest_second
        if is_later or second < self._latest_second - _GRACE_S:
            self._latest, self._latest_second = moment, second

    def _give_up(self, before: float) -> Iterator[Exchange]:
        for sent in self._waiting.too_old(before):
            if len(self._given_up) >= _MOST_THREADS:
                self._given_up.clear()
            self._given_up[sent.thread] += 1
            if self._is_wanted(sent.at):
                yield self._unanswered(sent)

    def _is_wanted(self, moment: datetime | None) -> bool:
        return self._since is None or moment is None or moment.timestamp() >= self._since

    def _block(self, dated: DatedRecord, second: float, marker: Marker) -> Exchange | None:
        block = read_block(dated.record, marker)
        if not block.url:
            self.unreadable += 1
            return None
        if marker is Marker.ANSWERED:
            return self._answer(dated, second, block)
        self._count += 1
        if dated.record.thread is not None:
            self._given_up.pop(dated.record.thread, None)
        place = self._place(dated)
        self._waiting.add(Sent(self._count, dated.at, second, dated.record.thread, block, place))
        return None

    def _answer(self, dated: DatedRecord, second: float, block: Block) -> Exchange:
        sent = self._waiting.answered(dated.record.thread, block)
        if sent is None:
            return self._answer_alone(dated, block)
        self._waiting.remove(sent)
        return self._exchange(sent, seconds=_between(sent, second), answer=block)

    def _answer_alone(self, dated: DatedRecord, block: Block) -> Exchange:
        """Its request was logged before what was read. What cannot be redefined is known of it."""
        known = {name: block.fields[name] for name in FIXED_FIELDS if name in block.fields}
        return Exchange(
            Source.LOG,
            method_of(block.url),
            block.url,
            known,
            sent_at=dated.at,
            answer_text=self._text(block),
            answer_truncated=self.is_thinned or block.is_cut,
            request_truncated=True,
            place=f"{self._place(dated)} (the answer alone)",
        )

    def _failure(self, dated: DatedRecord) -> Exchange | None:
        error = error_of(dated)
        if error is None or not is_failed_hook(error):
            return None
        failure, thread = failure_of(error), dated.record.thread
        sent, is_certain = self._waiting.failed(thread, failure.url)
        if sent is None:
            self._remember_contact(dated, failure)
            return None
        self._waiting.remove(sent)
        if len(self._failed) >= _MOST_THREADS:
            self._failed.clear()
        self._failed[thread] = dated.at.timestamp()
        doubt = "" if is_certain else " (the log does not say of which hook: the oldest is taken)"
        seconds = None if failure.status is None else _between(sent, dated.at.timestamp())
        failed = replace(failure, error=f"{failure.error}{doubt}")
        return self._exchange(sent, seconds=seconds, failure=failed)

    def _remember_contact(self, dated: DatedRecord, failure: HookFailure) -> None:
        """A failure without a hook, unless it is the same as the one that was just logged.

        Nor is it one where the thread's hook was given up: that one is counted.
        """
        thread = dated.record.thread
        before = self._failed.get(thread)
        if self._given_up[thread]:
            self._given_up[thread] -= 1
            return
        if not self._is_wanted(dated.at):
            return
        if before is not None and 0 <= dated.at.timestamp() - before <= _SAME_FAILURE_S:
            return
        key = (failure.failure or Failure.OTHER, failure.error)
        known = self._contacts.get(key)
        if known is not None:
            self._contacts[key] = replace(known, count=known.count + 1)
        elif len(self._contacts) < _MOST_CONTACTS:
            peer, place = failure.url or _NOBODY, self._place(dated)
            self._contacts[key] = Contact(peer, *key, at=dated.at, place=place)

    def _exchange(
        self,
        sent: Sent,
        *,
        seconds: float | None = None,
        answer: Block | None = None,
        failure: HookFailure = _NO_FAILURE,
    ) -> Exchange:
        block = sent.block
        return Exchange(
            Source.LOG,
            method_of(block.url),
            block.url,
            block.fields,
            sent_at=sent.at,
            status=failure.status,
            answer_text=None if answer is None else self._text(answer),
            answer_truncated=answer is not None and (self.is_thinned or answer.is_cut),
            seconds=seconds,
            error=failure.error or None,
            failure=failure.failure,
            request_text=None if self.is_thinned else block.text,
            request_truncated=not block.is_whole,
            place=sent.place,
        )

    def _unanswered(self, sent: Sent) -> Exchange:
        exchange = self._exchange(sent, failure=_NOT_SEEN)
        return judged_unanswered(exchange, self._latest, self._limit_s)

    def _text(self, answer: Block) -> str:
        return "" if self.is_thinned else answer.text

    def _place(self, dated: DatedRecord) -> str:
        return self.name if self.is_thinned else f"{self.name}, byte {dated.record.offset}"


def judged_unanswered(
    exchange: Exchange, until: datetime | None, limit_s: float | None
) -> Exchange:
    """An exchange whose end was not seen, where the log goes on until `until`.

    It failed where WCS does not wait that long for an answer; else its end is not in the log yet,
    or WCS waits without limit. Any other exchange stays as it is.
    """
    if exchange.failure is not Failure.NOT_SEEN or exchange.sent_at is None or until is None:
        return exchange
    waited = until.timestamp() - exchange.sent_at.timestamp()
    if limit_s and waited > limit_s + _GRACE_S:
        error = f"{UNANSWERED}, and goes on for {waited:.0f} s; WCS waits {limit_s:g} s"
        return replace(exchange, failure=Failure.OTHER, error=error)
    error = f"no answer in the log, which goes on for {max(0.0, waited):.0f} s after it"
    return replace(exchange, error=error)


def _between(sent: Sent, ended: float) -> float | None:
    """None where the clock was set back in between."""
    seconds = round(ended - sent.second, 6)
    return seconds if seconds >= 0 else None
