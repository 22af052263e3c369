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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wcsdiag.logs.dates import DatedRecord
from wcsdiag.logs.excerpt import without_secrets, without_userinfo
from wcsdiag.logs.java import JavaException, exceptions
from wcsdiag.logs.known import Known, explain

SENT = "SEND REST OBJECT"
ANSWERED = "RECEIVED REST OBJECT"
HOOK_FAILED = "got exception in rest"
HOOK_LOGGER = "RestClient"

_ERROR_LEVELS = frozenset({"ERROR", "FATAL", "SEVERE"})
_WARN_LEVELS = frozenset({"WARN", "WARNING"})
_URL_LINES = 3
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


def look(records: Sequence[DatedRecord]) -> Seen:
    """Read the errors and the hooks out of dated records."""
    errors: list[LoggedError] = []
    answers, answered = 0, None
    sent: dict[str | None, list[str]] = {}
    answered_urls: dict[str, datetime] = {}
    for dated in records:
        record = dated.record
        if SENT in record.message:
            _remember(sent, dated)
        elif ANSWERED in record.message:
            answers, answered = answers + 1, dated.at
            url = _url(dated)
            _forget(sent, record.thread, url)
            if url in answered_urls or (url and len(answered_urls) < _URLS):
                answered_urls[url] = dated.at
        error = _error(dated)
        if error is not None:
            failed_url = _failed_url(sent, record.thread) if error.is_hook else None
            errors.append(error if failed_url is None else replace(error, url=failed_url))
    return Seen(tuple(errors), answers, answered, answered_urls)


def _error(dated: DatedRecord) -> LoggedError | None:
    record = dated.record
    if SENT in record.message or ANSWERED in record.message:
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
    return replace(dated, record=replace(dated.record, message=message))


def _told(exception: JavaException | None) -> JavaException | None:
    return exception and replace(exception, text=without_secrets(exception.text))


def _url(dated: DatedRecord) -> str:
    for line in dated.record.lines[:_URL_LINES]:
        if line.startswith("URL:"):
            return without_userinfo(line[4:])
    return ""


def _remember(sent: dict[str | None, list[str]], dated: DatedRecord) -> None:
    """With a thread, its last request; without, all that wait for an answer."""
    thread, url = dated.record.thread, _url(dated)
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
