"""A hook is answered as the contract wants, whichever client sends it and however."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.receiver.support import (
    BODY,
    HOOK,
    JSON_TYPE,
    everything,
    hook_bytes,
    post,
    receiving,
)
from tests.support import require_tool
from wcsdiag.hooks.contract import judge
from wcsdiag.hooks.exchange import Outcome
from wcsdiag.hooks.signature import hash_header
from wcsdiag.receiver.hook_site import HookSite
from wcsdiag.receiver.reply import Admission
from wcsdiag.redact import Secret


def test_a_hook_comes_back_as_it_was_and_keeps_the_contract() -> None:
    with receiving() as receiver:
        answer = post(receiver.client())
        seen = receiver.hook()

    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    exchange = seen.exchange
    assert (exchange.method, exchange.app_key, exchange.request) == ("connect", "defaultApp", HOOK)
    assert exchange.outcome is Outcome.ANSWERED
    assert judge(exchange) == ()
    assert seen.notes == ()


@pytest.mark.parametrize("path", ["/connect", "/a/b/c/connect", "/hooks?key=1/connect"])
def test_the_method_is_what_follows_the_last_slash(path: str) -> None:
    with receiving() as receiver:
        assert post(receiver.client(), path).status == 200
        assert receiver.hook().exchange.method == "connect"


def test_curl_gets_the_same_with_chunks_and_an_expectation() -> None:
    with receiving() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hooks/connect"
        command = [require_tool("curl"), "-s", "--expect100-timeout", "60"]
        command += ["-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"]
        command += ["-H", "Content-Type: application/json", "--data-binary", "@-", url]
        ran = subprocess.run(command, input=BODY, capture_output=True, timeout=30, check=True)
    assert ran.stdout == BODY


def test_http_1_0_is_answered_and_closed() -> None:
    with receiving() as receiver, receiver.connect() as connection:
        connection.sendall(hook_bytes().replace(b"HTTP/1.1", b"HTTP/1.0"))
        answer = everything(connection)
    assert b"Connection: close" in answer
    assert answer.endswith(BODY)


def test_one_connection_carries_many_hooks() -> None:
    with receiving() as receiver:
        client = receiver.client()
        for _ in range(5):
            assert post(client).status == 200
        assert len({receiver.hook().exchange.connection for _ in range(5)}) == 1


def test_pipelined_hooks_are_answered_in_order_after_the_client_sent_its_end() -> None:
    bodies = [json.dumps({"appKey": str(number)}).encode() for number in range(3)]
    with receiving() as receiver, receiver.connect() as connection:
        connection.sendall(b"".join(hook_bytes("call", body) for body in bodies))
        connection.shutdown(1)
        answer = everything(connection)
    places = [answer.find(body) for body in bodies]
    assert places == sorted(places)
    assert answer.count(b"HTTP/1.1 200 OK") == 3


def test_chunks_with_extensions_and_trailers_are_put_together() -> None:
    head = b"POST /hooks/connect HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    chunks = b'5;name=value\r\n{"a":\r\n3\r\n 1}\r\n0\r\nTrailer: x\r\n\r\n'
    with receiving() as receiver, receiver.connect() as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + chunks)
        assert everything(connection).endswith(b'{"a": 1}')


def test_a_get_is_not_a_hook_and_learns_what_is() -> None:
    with receiving() as receiver:
        client = receiver.client()
        client.request("GET", "/hooks")
        response = client.getresponse()
        contact = receiver.contact()
    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert contact.failure is None
    assert "GET /hooks" in contact.detail


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"text", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_is_a_hook_that_failed(body: bytes) -> None:
    with receiving() as receiver:
        assert post(receiver.client(), body=body).status == 400
        assert receiver.hook().exchange.outcome is Outcome.FAILED


def test_a_packed_body_is_not_taken_for_a_hook() -> None:
    with receiving() as receiver:
        assert post(receiver.client(), headers={"Content-Encoding": "gzip"}).status == 415


def test_another_content_type_is_answered_and_told() -> None:
    with receiving() as receiver:
        assert post(receiver.client(), headers={"Content-Type": "text/plain"}).status == 200
        (note,) = receiver.hook().notes
    assert "text/plain" in note


@pytest.mark.parametrize(
    ("authorization", "status", "words"),
    [
        (hash_header(BODY, Secret("key")).reveal(), 200, None),
        (hash_header(b"{}", Secret("key")).reveal(), 403, "wrongly signed"),
        ("", 403, "not signed"),
        ("WCS \xe9", 403, "wrongly signed"),
    ],
)
def test_a_signature_is_verified_where_there_is_a_key(
    authorization: str, status: int, words: str | None
) -> None:
    with receiving(HookSite(Admission(hash_key=Secret("key")))) as receiver:
        signed = {"Authorization": authorization} if authorization else {}
        assert post(receiver.client(), headers={**JSON_TYPE, **signed}).status == status
        notes = receiver.hook().notes
    assert [note for note in notes if words and words in note] or (notes == () and not words)
