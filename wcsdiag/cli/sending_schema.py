"""The published JSON Schema of `send` and `replay`."""

from __future__ import annotations

import json

from wcsdiag.hooks.traffic import Flow
from wcsdiag.report.json_format import Json
from wcsdiag.report.traffic_schema import TRAFFIC_SCHEMA, closed
from wcsdiag.sender.remarks import Tone

_Schema = dict[str, Json]

_TEXT: _Schema = {"type": "string"}
_REMARK: _Schema = {
    "tone": {"enum": [tone.value for tone in Tone]},
    "subject": {**_TEXT, "description": "The REST method, or what was tried."},
    "text": _TEXT,
    "mend": {**_TEXT, "description": "What to do; empty where there is nothing."},
    "count": {"type": "integer", "minimum": 1, "description": "So many hooks gave this remark."},
}
_JUDGEMENT: _Schema = {
    "verdict": {"enum": [flow.value for flow in Flow]},
    "interrupted": {"type": "boolean", "description": "True: the verdict is of a part."},
    "exit_code": {"enum": [0, 1, 3, 130], "description": "That of the program."},
    "remarks": {"type": "array", "items": closed(_REMARK)},
}
SENDING_SCHEMA: _Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:wcsdiag:sending:1",
    "title": "Hooks sent by wcsdiag, and what is wrong with their answers",
    **closed({"judgement": closed(_JUDGEMENT), "traffic": {"$ref": str(TRAFFIC_SCHEMA["$id"])}}),
    "$defs": {"traffic": TRAFFIC_SCHEMA},
}


def sending_schema_text() -> str:
    """The schema as text."""
    return json.dumps(SENDING_SCHEMA, indent=2) + "\n"
