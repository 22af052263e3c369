"""Each fault is seen by a client as what its name says, and told as done on purpose."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading

import pytest

from tests.receiver.support import (
    BODY,
    HOOK,
    PATIENCE_S,
    Receiver,
    everything,
    hook_bytes,
    post,
    receiving,
)
from wcsdiag.hooks.contract import Flaw, judge
from wcsdiag.hooks.exchange import Failure, Outcome
from wcsdiag.receiver.behaviour import FAULTS, Behaviour
from wcsdiag.receiver.conversation import Treatment
from wcsdiag.receiver.hook_site import FaultPlan, HookSite
from wcsdiag.receiver.incoming import Request

FLAWS = {
    "status-401": Flaw.STATUS,
    "status-403": Flaw.REFUSED,
    "status-404": Flaw.STATUS,
    "status-405": Flaw.STATUS,
    "status-500": Flaw.STATUS,
    "redirect": Flaw.STATUS,
    "escapes": Flaw.STATUS,
    "html": Flaw.CONTENT_TYPE,
    "empty": Flaw.EMPTY,
    "text-type": Flaw.CONTENT_TYPE,
    "json-array": Flaw.NOT_OBJECT,
    "not-json": Flaw.NOT_JSON,
    "fields-lost": Flaw.LOST_FIELDS,
    "fixed-fields-changed": Flaw.FIXED_FIELDS,
    "bad-client-config": Flaw.CLIENT_CONFIG,
}
UNANSWERED = {
    "closes-early": Failure.CLOSED_EARLY,
    "resets": Failure.RESET,
    "not-http": Failure.NOT_HTTP,
    "never-answers": Failure.TIMED_OUT,
}
WHOLE_BUT_WRONG_IN_TIME = {"slow", "drip", "huge", "closes-idle-connection"}


def faulty(name: str, delay_s: float = 0.0, every: int = 1, *methods: str) -> HookSite:
    return HookSite(fault=FaultPlan(FAULTS[name], delay_s, every, frozenset(methods)))


def test_every_behaviour_but_the_right_one_can_be_asked_for_and_is_tested() -> None:
    assert set(FAULTS.values()) == set(Behaviour) - {Behaviour.ECHO}
    assert set(FAULTS) == {*FLAWS, *UNANSWERED, *WHOLE_BUT_WRONG_IN_TIME}


@pytest.mark.parametrize("name", FLAWS)
def test_a_wrong_answer_breaks_the_contract_so(name: str) -> None:
    with receiving(faulty(name)) as receiver:
        answer = post(receiver.client())
        seen = receiver.hook()
    assert FLAWS[name] in {violation.flaw for violation in judge(seen.exchange)}
    assert seen.exchange.status == answer.status
    assert seen.notes == (f"on purpose: {FAULTS[name].value}",)


@pytest.mark.parametrize("name", sorted(set(UNANSWERED) - {"never-answers"}))
def test_what_ends_without_an_answer_failed_so(name: str) -> None:
    with receiving(faulty(name)) as receiver:
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            post(receiver.client())
        exchange = receiver.hook().exchange
    assert (exchange.status, exchange.failure) == (None, UNANSWERED[name])


def test_a_client_that_waits_in_vain_is_timed() -> None:
    with receiving(faulty("never-answers")) as receiver:
        connection = receiver.connect()
        connection.sendall(hook_bytes())
        assert receiver.saw_nothing()
        connection.close()
        exchange = receiver.hook().exchange
    assert exchange.failure is Failure.TIMED_OUT
    assert exchange.error is not None
    assert exchange.error.startswith("the client closed the connection after ")


def test_a_hook_that_is_never_answered_does_not_hold_up_the_end() -> None:
    came = threading.Event()

    class Site(HookSite):
        def treat(self, request: Request) -> Treatment:
            came.set()
            return super().treat(request)

    site = Site(fault=FaultPlan(Behaviour.NEVER_ANSWERS))
    with contextlib.ExitStack() as stack:
        with receiving(site) as receiver:
            connection = stack.enter_context(receiver.connect())
            connection.sendall(hook_bytes())
            assert came.wait(PATIENCE_S)
        assert receiver.hook().exchange.error == "never answered"


def test_a_client_that_gives_up_before_a_slow_answer_is_told() -> None:
    with receiving(faulty("slow", 0.5)) as receiver:
        connection = receiver.connect()
        connection.sendall(hook_bytes())
        connection.close()
        exchange = receiver.hook().exchange
    assert (exchange.failure, exchange.status) == (Failure.TIMED_OUT, None)


def test_a_client_that_sent_its_end_and_waits_gets_the_slow_answer() -> None:
    with receiving(faulty("slow", 0.3)) as receiver, receiver.connect() as connection:
        connection.sendall(hook_bytes())
        connection.shutdown(1)
        assert everything(connection).endswith(BODY)
        assert receiver.hook().exchange.outcome is Outcome.ANSWERED


def test_a_kept_connection_is_closed_against_the_promise() -> None:
    site = faulty("closes-idle-connection")
    with receiving(site) as receiver, receiver.connect() as connection:
        connection.sendall(hook_bytes())
        answer = everything(connection)
    assert answer.endswith(BODY)
    assert b"Connection: close" not in answer


def test_a_dripping_answer_comes_in_single_bytes() -> None:
    with receiving(faulty("drip")) as receiver, receiver.connect() as connection:
        connection.sendall(hook_bytes())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        assert len(connection.recv(4096)) < 3


def test_a_huge_answer_goes_on_until_the_client_leaves() -> None:
    with receiving(faulty("huge")) as receiver:
        with receiver.connect() as connection:
            connection.sendall(hook_bytes())
            taken = 0
            while taken < 2_000_000:
                taken += len(connection.recv(65536))
        assert receiver.hook().exchange.failure is Failure.CLOSED_EARLY


def test_only_each_nth_hook_of_the_named_methods_is_hit() -> None:
    def statuses(receiver: Receiver, method: str) -> list[int]:
        client = receiver.client()
        return [post(client, f"/hooks/{method}").status for _ in range(6)]

    with receiving(faulty("status-500", 0.0, 3, "connect")) as receiver:
        assert statuses(receiver, "CONNECT") == [200, 200, 500, 200, 200, 500]
        assert statuses(receiver, "call") == [200] * 6


def test_a_wrong_client_config_comes_with_connect_alone() -> None:
    with receiving(faulty("bad-client-config")) as receiver:
        client = receiver.client()
        assert "restClientConfig" in json.loads(post(client).body)
        assert json.loads(post(client, "/hooks/call").body) == HOOK
