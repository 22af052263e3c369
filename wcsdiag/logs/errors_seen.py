"""What a stretch of log says: errors, hooks that failed, hooks that were answered.

A hook's request and answer are two records (wcs.md 2.1 and 2.2)::

    13:39:39,893 INFO  RestClient - API-ASYNC-pool-13-thread-3 SEND REST OBJECT ==>
    URL:http://localhost:8081/apps/EchoApp/StreamStatusEvent
    OBJECT:
    {
    13:39:39,902 INFO  RestClient - API-ASYNC-pool-13-thread-3 RECEIVED REST OBJECT <==

and its failure is `Got exception in REST` on the same thread, with an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from wcsdiag.logs.blocks import Marker, marker_of, url_of
from wcsdiag.logs.dates import DatedRecord
from wcsdiag.logs.excerpt import without_secrets
from wcsdiag.logs.java import JavaException, exceptions
from wcsdiag.logs.known import Known, explain

HOOK_FAILED = "got exception in rest"
HOOK_LOGGER = "RestClient"

_ERROR_LEVELS = frozenset({"ERROR", "FATAL", "SEVERE"})
_WARN_LEVELS = frozenset({"WARN", "WARNING"})
_THREADS = 10_000
_URLS = 10_000


@dataclass(frozen=True)
class LoggedError:
    """A record that tells of trouble, and the exception in it that says most.

    `url` is that of the hook, where its request was seen before it on the same thread.
    `is_warning` says that there is neither an error's level nor an exception.
    """

    dated: DatedRecord
    exception: JavaException | None
    known: Known | None
    is_hook: bool
    is_warning: bool
    url: str | None = None

    @property
    def at(self) -> datetime:
        """When it was logged; aware."""
        return self.dated.at


@dataclass(frozen=True)
class Seen:
    """Errors in the log's order, and how many hooks were answered, the last one at `answered`.

    `answered_urls` has the same moment for each URL that a hook was sent to.
    """

    errors: tuple[LoggedError, ...]
    answers: int
    answered: datetime | None
    answered_urls: Mapping[str, datetime] = field(default_factory=dict)


class Watch:
    """Reads the errors and the hooks out of dated records, as they come."""

    def __init__(self) -> None:
        self._errors: list[LoggedError] = []
        self._answers = 0
        self._answered: datetime | None = None
        self._answered_urls: dict[str, datetime] = {}
        self._sent: dict[str | None, list[str]] = {}

    def feed(self, records: Iterable[DatedRecord]) -> None:
        """More records, in the log's order."""
        for dated in records:
            marker = marker_of(dated.record)
            if marker is Marker.SENT:
                _remember(self._sent, dated)
            elif marker is Marker.ANSWERED:
                self._answer(dated)
            else:
                self._error(dated)

    def seen(self) -> Seen:
        """What was read so far."""
        return Seen(tuple(self._errors), self._answers, self._answered, dict(self._answered_urls))

    def _answer(self, dated: DatedRecord) -> None:
        self._answers, self._answered = self._answers + 1, dated.at
        url = url_of(dated.record.lines)
        _forget(self._sent, dated.record.thread, url)
        if url in self._answered_urls or (url and len(self._answered_urls) < _URLS):
            self._answered_urls[url] = dated.at

    def _error(self, dated: DatedRecord) -> None:
        error = error_of(dated)
        if error is None:
            return
        url = _failed_url(self._sent, dated.record.thread) if error.is_hook else None
        self._errors.append(error if url is None else replace(error, url=url))


def look(records: Iterable[DatedRecord]) -> Seen:
    """Read the errors and the hooks out of dated records that are all there."""
    watch = Watch()
    watch.feed(records)
    return watch.seen()


def error_of(dated: DatedRecord) -> LoggedError | None:
    """The trouble that a record tells of; None for the block of a hook, and where there is none."""
    record = dated.record
    if marker_of(record) is not None:
        return None
    is_error, is_warning = record.level in _ERROR_LEVELS, record.level in _WARN_LEVELS
    found = exceptions(record)
    says_so = HOOK_FAILED in record.message.lower()
    if not (is_error or is_warning or found or says_so):
        return None
    exception, known = explain(found) or (None, None)
    by_logger = record.logger == HOOK_LOGGER and known is not None and known.is_network
    is_hook = says_so or by_logger
    warning = is_warning and not found and not is_hook
    return LoggedError(_without_secrets(dated), _told(exception), known, is_hook, warning)


def _without_secrets(dated: DatedRecord) -> DatedRecord:
    """The same with a message that can be shown."""
    message = without_secrets(dated.record.message)
    return dated._replace(record=dated.record._replace(message=message))


def _told(exception: JavaException | None) -> JavaException | None:
    return exception and replace(exception, text=without_secrets(exception.text))


def _remember(sent: dict[str | None, list[str]], dated: DatedRecord) -> None:
    """With a thread, its last request; without, all that wait for an answer."""
    thread, url = dated.record.thread, url_of(dated.record.lines)
    waiting = sent.get(thread, []) if thread is None else []
    if len(sent) < _THREADS and len(waiting) < _THREADS:
        sent[thread] = [*waiting[-9:], url]


def _forget(sent: dict[str | None, list[str]], thread: str | None, url: str) -> None:
    waiting = sent.get(thread, [])
    if url in waiting:
        waiting.remove(url)


def _failed_url(sent: dict[str | None, list[str]], thread: str | None) -> str | None:
    """The request that failed, where there is no doubt which it was: it is then done with."""
    waiting = sent.get(thread, [])
    if len(waiting) != 1:
        return None
    return waiting.pop() or None
