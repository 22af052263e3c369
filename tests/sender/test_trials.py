"""What a second connection and wrong signatures show."""

from __future__ import annotations

import itertools
import socket

from tests.sender.web import KEY, destination
from tests.support_web import Behaviour, answer, serving, silent
from wcsdiag.hooks.signature import hash_header
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Secret
from wcsdiag.sender.remarks import Remark, Tone
from wcsdiag.sender.trials import tried
from wcsdiag.wcs.credentials import Credentials

HASH_KEY = Secret("the-right-key")


def verifying(
    key: Secret = HASH_KEY, refusal: str = "403 Forbidden", others: str = "200 OK"
) -> Behaviour:
    """A web server that checks the signature."""

    def behave(connection: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        right = f"Authorization: {hash_header(body, key).reveal()}".encode() in head.split(b"\r\n")
        answer(others if right else refusal)(connection, request)

    return behave


def alternately(*behaviours: Behaviour) -> Behaviour:
    turns = itertools.cycle(behaviours)

    def behave(connection: socket.socket, request: bytes) -> None:
        next(turns)(connection, request)

    return behave


def remarks(behaviour: Behaviour, lifetime: Lifetime, *, signed: bool = False) -> list[Remark]:
    key = Credentials(hash_key=HASH_KEY if signed else None)
    with serving(behaviour) as server:
        there = destination(server.url(), lifetime, credentials=key, answer_limit_s=0.5)
        return list(tried(there, KEY, lifetime))


def test_a_web_server_that_verifies_is_right(lifetime: Lifetime) -> None:
    second, wrong, none = remarks(verifying(), lifetime, signed=True)
    assert second.text == "the same connect gets the same answer"
    assert [(each.tone, each.text) for each in (wrong, none)] == [
        (Tone.GOOD, "403 where it is wrong"),
        (Tone.GOOD, "403 where it is missing"),
    ]


def test_a_web_server_that_does_not_verify_is_found(lifetime: Lifetime) -> None:
    _, wrong, none = remarks(answer(), lifetime, signed=True)
    assert wrong.tone is none.tone is Tone.WRONG
    assert "does not verify" in wrong.text


def test_a_web_server_with_another_key_is_no_proof(lifetime: Lifetime) -> None:
    _, wrong, none = remarks(verifying(Secret("other")), lifetime, signed=True)
    assert wrong.tone is none.tone is Tone.UNKNOWN
    assert "compare rest_hook_secret_key" in wrong.mend


def test_a_refusal_with_another_status_is_named(lifetime: Lifetime) -> None:
    _, wrong, _ = remarks(verifying(refusal="500 Oops"), lifetime, signed=True)
    assert (wrong.tone, wrong.text) == (Tone.WRONG, "500 where it is wrong; expected is 403")


def test_without_a_key_no_signature_is_tried(lifetime: Lifetime) -> None:
    assert [remark.subject for remark in remarks(answer(), lifetime)] == ["second connection"]


def test_machines_that_answer_differently_are_found(lifetime: Lifetime) -> None:
    (second,) = remarks(alternately(answer(), answer("500 Oops")), lifetime)
    assert second.tone is Tone.WRONG
    assert "status 200, then 500" in second.text


def test_other_values_are_worth_a_note(lifetime: Lifetime) -> None:
    tokens = (answer(body=b'{"token":1}'), answer(body=b'{"token":2,"more":3}'))
    (second,) = remarks(alternately(*tokens), lifetime)
    assert second.tone is Tone.NOTE
    assert "fields added: more; fields changed: token" in second.text


def test_a_second_connection_without_answer_is_wrong(lifetime: Lifetime) -> None:
    (second,) = remarks(alternately(answer(), silent), lifetime)
    assert second.tone is Tone.WRONG


def test_without_any_answer_nothing_is_told(lifetime: Lifetime) -> None:
    (second,) = remarks(silent, lifetime)
    assert second.tone is Tone.UNKNOWN
