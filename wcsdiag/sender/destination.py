"""Where hooks are sent, from which vantage, and how WCS would speak to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wcsdiag.hooks.collector import DEFAULT_LIMIT_S
from wcsdiag.net.network import Network
from wcsdiag.net.probe import Vantage
from wcsdiag.net.prober import Tool
from wcsdiag.wcs.credentials import Credentials
from wcsdiag.wcs.rest_url import RestUrl


@dataclass(frozen=True)
class Destination:
    """One REST URL, seen from one vantage.

    `answer_limit_s` is WCS's `rest_request_timeout`, None where it waits without limit.
    `protocols` are the TLS versions that WCS offers in Java's names; empty where that is not
    known. `tool` connects where SSH forwards nothing. `ca_file` stands in for the operator's
    trust store.
    """

    url: RestUrl
    network: Network
    vantage: Vantage
    credentials: Credentials = field(default_factory=Credentials)
    answer_limit_s: float | None = DEFAULT_LIMIT_S
    protocols: tuple[str, ...] = ()
    ipv4_only: bool = False
    tool: Tool | None = None
    ca_file: Path | None = None
