"""A hook as the judgement of its session needs it: light, without bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from operator import attrgetter

from wcsdiag.hooks.exchange import Exchange, JsonObject, Outcome
from wcsdiag.hooks.known_fields import COMMON_FIELDS
from wcsdiag.hooks.rest_client_config import ClientConfig, client_config
from wcsdiag.hooks.synthetic import is_probe

_KEPT = (
    *("source", "method", "url", "sent_at", "status", "content_type", "seconds", "error"),
    *("failure", "first_byte_s", "request_bytes", "answer_bytes", "place", "connection"),
    "closed_in_use",
)
_kept_of = attrgetter(*_KEPT)

# What tells sequences apart and whether they have ended (wcs.md 3.8, 12).
_TEXTS = {"callId": "call_id", "mediaSessionId": "media_id", "name": "stream", "status": "status"}
_FLAGS = {"published": "published", "incoming": "incoming", "sipRegisterRequired": "wants_sip"}
_LONGEST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REGISTERS = re.compile(r'"sipRegisterRequired"\s*:\s*"?(true|false)')


class SeenHook:
    """One hook. `key` is its REST method in lower case, `at` seconds since 1970, if known.

    `body` is a number that equal bodies have, None where the body was not whole, and for a probe
    of wcsdiag, which may be sent again on purpose. `is_bare`: the
    body holds no more than what all hooks of the session hold. `config` is what the answer to
    `connect` sets for the session; None where it is not known, and for other hooks.
    """

    __slots__ = (
        *("at", "body", "closed_in_use", "config", "exchange_parts", "is_bare", "is_refused"),
        *("key", "outcome", "registers", "seconds"),
        *("call_id", "media_id", "stream", "status", "published", "incoming", "wants_sip"),
    )

    def __init__(
        self,
        exchange: Exchange,
        key: str,
        at: float | None,
        outcome: Outcome,
        session_id: str | None,
    ) -> None:
        request = exchange.request
        self.key = key
        self.at = at
        self.outcome = outcome
        self.is_refused = outcome is Outcome.ANSWERED and exchange.status == 403
        self.body = None if is_probe(session_id) else body_number(exchange)
        self.is_bare = 0 < len(request) <= len(COMMON_FIELDS)
        self.call_id, self.media_id, self.stream, self.status = [
            value[:_LONGEST] if isinstance(value, str) else "" for value in map(request.get, _TEXTS)
        ]
        self.published, self.incoming, self.wants_sip = [
            value if isinstance(value, bool) else None for value in map(request.get, _FLAGS)
        ]
        is_connect = key == "connect"
        self.registers = _registers(exchange) if is_connect else None
        self.config = _config(exchange) if is_connect else None
        self.seconds = exchange.seconds
        self.closed_in_use = exchange.closed_in_use
        self.exchange_parts = _kept_of(exchange)

    @property
    def method(self) -> str:
        """The REST method as it was seen."""
        return str(self.exchange_parts[1])

    @property
    def why(self) -> str:
        """Why the hook failed, in a few words; empty where it did not."""
        status, error, failure = (self.exchange_parts[number] for number in (4, 7, 8))
        if status is not None:
            return f"answered {status}"
        said = error[:_LONGEST] if isinstance(error, str) else ""
        if failure is None:
            return said
        return f"{failure.value} ({said})" if said and said != failure.value else failure.value

    def exchange(self, app_key: str | None, session_id: str | None) -> Exchange:
        """The exchange again, its body but for what tells left out."""
        ids = {"appKey": app_key, "sessionId": session_id}
        request: JsonObject = {
            **{name: value for name, value in ids.items() if value is not None},
            **self._telling(),
        }
        parts = dict(zip(_KEPT, self.exchange_parts, strict=True))
        # A log says no status: there an answer's text, kept or not, says that an answer came.
        is_told_by_text = self.outcome is Outcome.ANSWERED and parts["status"] is None
        answer = "" if is_told_by_text else None
        return Exchange(
            request=request, answer_text=answer, answer_truncated=is_told_by_text, **parts
        )

    def _telling(self) -> JsonObject:
        texts = {name: getattr(self, slot) for name, slot in _TEXTS.items()}
        flags = {name: getattr(self, slot) for name, slot in _FLAGS.items()}
        return {
            **{name: text for name, text in texts.items() if text},
            **{name: flag for name, flag in flags.items() if flag is not None},
        }


def moment_of(at: datetime | None) -> float | None:
    """Seconds since 1970; a moment without a zone is taken for UTC."""
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def body_number(exchange: Exchange) -> int | None:
    """Equal for equal bodies of one REST method; None where the body was cut or is not known."""
    if exchange.request_truncated:
        return None
    if exchange.request_text is not None:
        return hash(exchange.request_text)
    try:
        return hash(repr(exchange.request)) if exchange.request else None
    except RecursionError:
        return None


def _config(exchange: Exchange) -> ClientConfig | None:
    if not exchange.answer_text or exchange.answer_truncated:
        return None
    return client_config(exchange.answer_text)


def _registers(exchange: Exchange) -> bool | None:
    """Whether SIP registration is required: what the answer says goes before the request."""
    said = _REGISTERS.search(exchange.answer_text or "")
    if said:
        return said[1] == "true"
    request: Mapping[str, object] = exchange.request
    value = request.get("sipRegisterRequired")
    return None if value is None else value is True or value == "true"
