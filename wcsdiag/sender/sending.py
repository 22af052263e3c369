"""A scenario's hooks, sent once or many times, over one connection or several."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import repeat

from wcsdiag.hooks.exchange import Exchange, JsonObject
from wcsdiag.hooks.synthetic import Ids, body_of, connect_hook, new_ids, scenario_hooks
from wcsdiag.lifetime import Lifetime
from wcsdiag.sender.background import results_of
from wcsdiag.sender.connection import HookConnection, OutgoingHook
from wcsdiag.sender.destination import Destination
from wcsdiag.sender.judgement import is_connect
from wcsdiag.sender.pacing import Pacer

CONNECT_ALONE = "connect"
"""The scenario that sends one hook."""

MOST_RUNS = 100_000
MOST_PER_SECOND = 1000.0
MOST_CONNECTIONS = 100

_GIVE_UP_AFTER = 10


@dataclass(frozen=True)
class Plan:
    """What is sent: a scenario's hooks, `runs` times, at most `rate` hooks per second in all."""

    scenario: str
    app_key: str
    runs: int = 1
    rate: float | None = None
    connections: int = 1


def hooks_of(scenario: str, app_key: str, ids: Ids) -> tuple[tuple[str, JsonObject], ...]:
    """The hooks of a scenario in order. Raises KeyError for an unknown one."""
    if scenario == CONNECT_ALONE:
        return ((CONNECT_ALONE, connect_hook(app_key, ids.probe_session_id)),)
    return scenario_hooks(scenario, app_key, ids)


def outgoing(destination: Destination, method: str, request: JsonObject) -> OutgoingHook:
    """The hook as WCS would send it there, credentials and all."""
    body = body_of(request)
    return OutgoingHook(method, request, body, destination.credentials.header(body))


class Sending:
    """One plan being carried out. Iterate once; the counts are whole afterwards.

    `gave_up` says that the web server was left alone after ten hooks in a row without an answer.
    """

    def __init__(self, plan: Plan, destination: Destination, lifetime: Lifetime) -> None:
        self._plan = plan
        self._destination = destination
        self._lifetime = lifetime
        self._pacer = Pacer(plan.rate, lifetime)
        self._left = iter(repeat(None, plan.runs))
        self._lock = threading.Lock()
        self._unanswered = 0
        count = min(plan.connections, plan.runs)
        self._connections = [HookConnection(destination, lifetime) for _ in range(count)]

    def __iter__(self) -> Iterator[Exchange]:
        """Each exchange as it ends. Raises `VantageLostError`."""
        works = [partial(self._work, connection) for connection in self._connections]
        yield from results_of(works, self._lifetime)

    @property
    def gave_up(self) -> bool:
        """True where the web server did not answer hook after hook."""
        return self._unanswered >= _GIVE_UP_AFTER

    @property
    def opened(self) -> int:
        """Connections that were made."""
        return sum(connection.opened for connection in self._connections)

    @property
    def closed_idle(self) -> int:
        """Connections that the web server closed between two hooks, unannounced."""
        return sum(connection.closed_idle for connection in self._connections)

    def _work(self, connection: HookConnection, give: Callable[[Exchange], None]) -> None:
        try:
            while self._takes_a_run():
                for exchange in self._run(connection):
                    give(exchange)
        finally:
            connection.close()

    def _takes_a_run(self) -> bool:
        with self._lock:
            if self.gave_up or not self._lifetime.remaining():
                return False
            return next(self._left, self) is None

    def _run(self, connection: HookConnection) -> Iterator[Exchange]:
        """One run through the scenario; WCS would not go on after a `connect` that failed."""
        for method, request in hooks_of(self._plan.scenario, self._plan.app_key, new_ids()):
            if not self._pacer.wait():
                return
            exchange = connection.post(outgoing(self._destination, method, request))
            with self._lock:
                self._unanswered = self._unanswered + 1 if exchange.failure else 0
            yield exchange
            if exchange.failure or (is_connect(method) and exchange.status != 200):
                return
