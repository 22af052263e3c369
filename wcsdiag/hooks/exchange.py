"""An exchange: one hook with its answer or its failure, wherever it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

JsonObject = Mapping[str, object]


class Source(Enum):
    """Where an exchange was seen."""

    PROBE = "probe"
    LOG = "log"
    CAPTURE = "capture"


@dataclass(frozen=True)
class Exchange:
    """One hook and what became of it.

    `method` is the REST method as it was seen (case kept); `url` the full URL of the request.
    `status` is None where no HTTP answer came; then `error` says why. `answer_text` is the body
    as text, cut at the reader's limit. `seconds` run from request to whole answer.
    """

    source: Source
    method: str
    url: str
    request: JsonObject
    sent_at: datetime | None = None
    status: int | None = None
    content_type: str | None = None
    answer_text: str | None = None
    answer_truncated: bool = False
    seconds: float | None = None
    error: str | None = None
