"""The statistics page of WCS, asked twice from the host: its pool of connections for hooks."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.host.interface import Host, HostError, HostFailure, Stream
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import NotApplicable, Unavailable
from wcsdiag.net.host_tools import connect_by_tool
from wcsdiag.net.http_get import get
from wcsdiag.registry import fact
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.settings import Settings

PATH = "/?action=stat"
PENDING = "ports_rest_api_pending"
LEASED = "ports_rest_api_leased"
AVAILABLE = "ports_rest_api_available"

_ADDRESS = "127.0.0.1"
_PAUSE_S = 1.0
_LIMIT = 256 * 1024
_COUNTER = re.compile(r"^[ \t]*([A-Za-z]\w{0,79})[ \t]*=[ \t]*([0-9]{1,18})[ \t\r]*$", re.MULTILINE)
_TIMEOUT_S = 2.0
"""The page is small and local: where it takes longer, WCS is past answering."""

_NO_PAGE = frozenset({HostFailure.CLOSED_EARLY, HostFailure.FAILED})


@dataclass(frozen=True)
class PoolReading:
    """How many connections to web servers are in use, unused, and waited for (wcs.md 13)."""

    leased: int
    available: int
    pending: int

    def __str__(self) -> str:
        """As the page has it, on one line."""
        return f"{LEASED}={self.leased} {AVAILABLE}={self.available} {PENDING}={self.pending}"


@dataclass(frozen=True)
class PoolCounters:
    """Two readings of the pool, `apart_s` seconds from one another; `where` names the page."""

    first: PoolReading
    second: PoolReading
    apart_s: float
    where: str


@fact
def pool_counters(
    access: HostAccess,
    installation: Installation,
    settings: Settings | Unavailable,
    lifetime: Lifetime,
) -> PoolCounters:
    """The second reading follows after a second where hooks are waiting, else at once."""
    if installation.generation is Generation.WITH_MANAGER:
        raise NotApplicable("the Manager sends the hooks; counters of its pool are not documented")
    known = settings if isinstance(settings, Settings) else Settings({}, {}, ())
    page = _Page(access.host, known.http_port, lifetime)
    first, started = page.read(), time.monotonic()
    if first.pending:
        time.sleep(min(_PAUSE_S, lifetime.remaining() / 4))
    return PoolCounters(first, page.read(), time.monotonic() - started, page.where)


def parse_statistics(text: str) -> Mapping[str, int]:
    """Read `key=value` lines whose value is a whole number; headings and others are passed over.

    The literal form of the page is wcs.md 5 and 13. A key that occurs twice has its last value.
    """
    return {name: int(value) for name, value in _COUNTER.findall(text)}


def reading_of(counters: Mapping[str, int]) -> PoolReading | None:
    """The pool among all counters; None where the build does not count it."""
    if not {LEASED, AVAILABLE, PENDING} <= counters.keys():
        return None
    return PoolReading(counters[LEASED], counters[AVAILABLE], counters[PENDING])


@dataclass(frozen=True)
class _Page:
    host: Host
    port: int
    lifetime: Lifetime

    @property
    def where(self) -> str:
        return f"host: http://{_ADDRESS}:{self.port}{PATH}"

    def read(self) -> PoolReading:
        """One reading. Raises `NotApplicable` where no such page or no such counters are there."""
        try:
            status, text = get(
                self._connect(),
                f"{_ADDRESS}:{self.port}",
                PATH,
                seconds=min(_TIMEOUT_S, self.lifetime.timeout()),
                limit=_LIMIT,
            )
        except HostError as error:
            if error.reason in _NO_PAGE:
                reason = f"port {self.port} of the host gives no statistics: {error}"
                raise NotApplicable(reason) from error
            raise self._unavailable(error) from error
        if status != 200:
            raise NotApplicable(f"port {self.port} of the host gives no statistics: HTTP {status}")
        found = reading_of(parse_statistics(text))
        if found is None:
            raise NotApplicable("this build does not count its pool of connections for hooks")
        return found

    def _connect(self) -> Stream:
        timeout_s = min(_TIMEOUT_S, self.lifetime.timeout())
        try:
            stream = self.host.open_tcp(_ADDRESS, self.port, timeout_s=timeout_s)
        except HostError as error:
            if error.reason is not HostFailure.CHANNEL_REFUSED:
                raise
            relayed = connect_by_tool(self.host, _ADDRESS, self.port, timeout_s)
            if relayed is None or relayed.stream is None:
                raise
            stream = relayed.stream
        self.lifetime.on_end(stream.close)
        return stream

    def _unavailable(self, error: HostError) -> Unavailable:
        refused = error.reason is HostFailure.REFUSED
        because = "FWL102" if refused else "HKS109"
        if error.reason is HostFailure.CHANNEL_REFUSED:
            because = "WEB102"
        return Unavailable(f"{self.where.removeprefix('host: ')}: {error}", because=because)
