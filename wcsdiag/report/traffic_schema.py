"""The published JSON Schema of hook traffic."""

from __future__ import annotations

import json

from wcsdiag.hooks.exchange import Failure, Outcome, Source
from wcsdiag.hooks.traffic import Fault, Flow, State
from wcsdiag.report.json_format import Json

SCHEMA_VERSION = 1

_Schema = dict[str, Json]

_TEXT: _Schema = {"type": "string"}
_TEXT_OR_NULL: _Schema = {"type": ["string", "null"]}
_COUNT: _Schema = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL: _Schema = {"type": ["integer", "null"], "minimum": 0}
_FLAG: _Schema = {"type": "boolean"}
_MOMENT: _Schema = {"type": ["string", "null"], "format": "date-time"}
_SECONDS: _Schema = {"type": ["number", "null"]}
_BODY: _Schema = {"type": ["object", "null"], "description": "Values of secrets are masked."}
_FAULTS: _Schema = {"enum": [fault.name.lower() for fault in Fault]}
_STATES: _Schema = {"enum": [state.value for state in State]}
_SOURCES: _Schema = {"enum": [source.value for source in Source]}
_FAILURES: _Schema = {"enum": [*(failure.name.lower() for failure in Failure), None]}

_STEP: _Schema = {
    "method": {**_TEXT, "description": "The REST method as it was seen."},
    "url": _TEXT,
    "source": _SOURCES,
    "place": {**_TEXT, "description": "Where it was seen: a frame, a byte of a log."},
    "connection": {**_TEXT, "description": "The TCP connection, where it is known."},
    "app_key": _TEXT_OR_NULL,
    "session_id": _TEXT_OR_NULL,
    "sent_at": _MOMENT,
    "outcome": {"enum": [outcome.value for outcome in Outcome]},
    "status": {"type": ["integer", "null"], "description": "Null where none was seen, as in logs."},
    "failure": _FAILURES,
    "error": {**_TEXT_OR_NULL, "description": "Why it failed, in literal words."},
    "first_byte_s": {**_SECONDS, "description": "From the request to the answer's first byte."},
    "seconds": {**_SECONDS, "description": "From the request to the whole answer."},
    "request_bytes": {**_COUNT_OR_NULL, "description": "The message with its header."},
    "answer_bytes": _COUNT_OR_NULL,
    "closed_in_use": _FLAG,
}
_BODIES: _Schema = {
    "request": _BODY,
    "request_text": {**_TEXT_OR_NULL, "description": "A body that is no JSON object."},
    "request_truncated": _FLAG,
    "content_type": _TEXT_OR_NULL,
    "answer": _BODY,
    "answer_text": {**_TEXT_OR_NULL, "description": "An answer that is no JSON object."},
    "answer_truncated": _FLAG,
}


def closed(properties: _Schema) -> _Schema:
    """An object with these properties, all of them, and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _list_of(name: str) -> _Schema:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}


_FAULT: _Schema = {
    "fault": _FAULTS,
    "step": _TEXT,
    "detail": _TEXT,
    "is_certain": {**_FLAG, "description": "False: the trace allows another reading."},
    "position": {**_COUNT_OR_NULL, "description": "How many steps come before a missing one."},
    "exchange": {"oneOf": [{"$ref": "#/$defs/step"}, {"type": "null"}]},
}
_NUMBERS: _Schema = {
    "app_key": _TEXT_OR_NULL,
    "method": _TEXT,
    "count": _COUNT,
    "failed": _COUNT,
    "refused": {**_COUNT, "description": "Declined with 403, as the contract allows."},
    "unknown": {**_COUNT, "description": "Those whose end is not in the trace."},
    "sent_again": _COUNT,
    "p50_s": _SECONDS,
    "p95_s": _SECONDS,
    "p99_s": _SECONDS,
    "max_s": _SECONDS,
    "last_seen": _MOMENT,
    "failures": {"type": "array", "items": closed({"reason": _TEXT, "count": _COUNT})},
}
_DEFINITIONS: _Schema = {
    "step": closed(_STEP),
    "exchange": closed({**_STEP, **_BODIES}),
    "fault": closed(_FAULT),
    "sequence": closed(
        {
            "name": _TEXT,
            "subject": _TEXT,
            "state": _STATES,
            "steps": _list_of("step"),
            "omitted_steps": {**_COUNT, "description": "So many more follow the last of `steps`."},
            "faults": _list_of("fault"),
        }
    ),
    "session": closed(
        {
            "app_key": _TEXT_OR_NULL,
            "session_id": _TEXT_OR_NULL,
            "state": _STATES,
            "sequences": _list_of("sequence"),
        }
    ),
    "numbers": closed(_NUMBERS),
    "broken_step": closed(
        {
            "sequence": _TEXT,
            "step": _TEXT,
            "fault": _FAULTS,
            "count": {**_COUNT, "description": "In so many sessions."},
            "session_id": _TEXT_OR_NULL,
            "example": {"$ref": "#/$defs/fault"},
        }
    ),
    "contact": closed(
        {
            "peer": _TEXT,
            "failure": _FAILURES,
            "detail": _TEXT,
            "at": _MOMENT,
            "place": _TEXT,
            "count": _COUNT,
        }
    ),
}
_TRAFFIC: _Schema = {
    "schema_version": {"const": SCHEMA_VERSION},
    "source": _SOURCES,
    "place": {**_TEXT, "description": "The file, or the host and the file."},
    "flow": {"enum": [flow.value for flow in Flow]},
    "began": _MOMENT,
    "ended": _MOMENT,
    "zone": {**_TEXT, "description": "The zone of moments that carried none in the trace."},
    "limit_s": {**_SECONDS, "description": "The limit for an answer that steps were judged by."},
    "count": {**_COUNT, "description": "All exchanges; `exchanges` holds those that were kept."},
    "failed": _COUNT,
    "refused": {**_COUNT, "description": "Declined with 403, as the contract allows."},
    "omitted": {**_COUNT, "description": "Exchanges that were counted and not kept."},
    "session_count": _COUNT,
    "broken_count": _COUNT,
    "broken_steps": _list_of("broken_step"),
    "contacts": _list_of("contact"),
    "violations": {
        "type": "array",
        "description": "Answers that break the contract; WCS cannot work with unusable ones.",
        "items": closed({"text": _TEXT, "count": _COUNT, "unusable": {"type": "boolean"}}),
    },
    "numbers": _list_of("numbers"),
    "sessions": _list_of("session"),
    "exchanges": _list_of("exchange"),
    "notes": {"type": "array", "items": _TEXT},
}
TRAFFIC_SCHEMA: _Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"urn:wcsdiag:traffic:{SCHEMA_VERSION}",
    "title": "Hook traffic read by wcsdiag",
    "description": "Times are ISO 8601 with a time zone; durations are seconds.",
    **closed(_TRAFFIC),
    "$defs": _DEFINITIONS,
}


def traffic_schema_text() -> str:
    """The schema as text."""
    return json.dumps(TRAFFIC_SCHEMA, indent=2) + "\n"
