"""`wcsdiag send` and `wcsdiag replay` as a user starts them."""

from __future__ import annotations

import json
import signal
import socket
import threading
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.e2e.hooks import captured, web_server
from tests.e2e.program import Program, finish, on_lab, on_target
from tests.e2e.real_target import echoing, real_target
from tests.sender.test_trials import HASH_KEY, verifying
from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_web import answer, drip, json_answer, serving
from wcsdiag.cli.sending_schema import SENDING_SCHEMA, sending_schema_text
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.lab.lab import open_scenario
from wcsdiag.lab.scenario import LabSettings, Scenario
from wcsdiag.receiver.recording import Recorder

CANARY = "canary/rest+password"


ROOT = Path(__file__).parent.parent.parent


def program(home: Path, **variables: str) -> Program:
    return Program(home, (), variables)


def test_a_right_answer_is_right_in_every_format(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/hooks"
    with running_nginx(tmp_path, echoing(port), port):
        running = {
            name: program(tmp_path).start("send", "--url", url, "--format", name)
            for name in ("text", "json", "html", "mermaid")
        }
        ended = {name: finish(process) for name, process in running.items()}
    assert {each.code for each in ended.values()} == {0}, ended["text"].out
    assert ended["text"].out.startswith(b"HEALTHY  1 hook")
    document = json.loads(ended["json"].out)
    as_published(document)
    assert document["judgement"]["verdict"] == "healthy"
    assert document["traffic"]["count"] == 1
    assert b"less than 0.1%" in ended["html"].out or b"rest_request_timeout" in ended["html"].out
    assert b"sequenceDiagram" in ended["mermaid"].out
    assert b"the web server may act on them" in ended["text"].err


def as_published(document: object) -> None:
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(SENDING_SCHEMA, format_checker=checker).validate(document)


def test_the_published_schema_is_valid_and_current() -> None:
    Draft202012Validator.check_schema(SENDING_SCHEMA)
    assert (ROOT / "docs" / "sending.schema.json").read_text() == sending_schema_text()


def test_connect_alone_is_sent_unless_more_is_asked_for(tmp_path: Path) -> None:
    with serving(answer()) as server:
        assert program(tmp_path).run("send", "--url", server.url(), "--plain").code == 0
        (request,) = server.requests
    assert request.startswith(b"POST /hooks/connect ")


def test_a_violation_is_wrong_and_mended(tmp_path: Path) -> None:
    with serving(json_answer({"nodeId": "x"})) as server:
        ended = program(tmp_path).run("send", "--url", server.url())
    text = " ".join(ended.out.decode().split())
    assert ended.code == 1
    assert text.startswith("UNHEALTHY ")
    assert "fields that cannot be redefined come back changed: nodeId" in text
    assert "To do: Send back every field" in text


def test_many_hooks_are_measured(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/hooks"
    many = ("--count", "25", "--rate", "1000", "--connections", "2", "--format", "json")
    with running_nginx(tmp_path, echoing(port), port):
        ended = program(tmp_path).run("send", "message", *many, "--url", url)
    document = json.loads(ended.out)
    assert ended.code == 0, ended.out
    assert sum(each["count"] for each in document["traffic"]["numbers"]) == 100
    latency = next(r for r in document["judgement"]["remarks"] if r["subject"] == "latency")
    assert latency["text"].startswith("100 answers: p50 ")


def test_from_the_host_its_own_app_is_used(tmp_path: Path) -> None:
    with real_target(tmp_path) as real:
        ended = on_target(real.target, tmp_path).run("send", "connection", "--format", "json")
    document = json.loads(ended.out)
    assert ended.code == 0, ended.out
    assert document["traffic"]["place"] == f"{real.url}, from {real.target.host}"
    assert document["traffic"]["count"] == 2


def test_the_hosts_own_key_signs_and_is_not_shown(tmp_path: Path) -> None:
    key = "canary-hmac/a+b&c"
    settings = {"rest_hook_send_hash": "true", "rest_hook_secret_key": key}
    with open_scenario(Scenario(settings=LabSettings(settings))) as lab:
        ended = on_lab(lab, tmp_path).run("send", "--format", "json")
    remarks = json.loads(ended.out)["judgement"]["remarks"]
    told = [remark["text"] for remark in remarks if remark["subject"] == "signature"]
    assert ended.code == 1, ended.out
    assert told[0] == "200 although it is wrong: the web server does not verify it"
    assert b"canary" not in ended.out + ended.err


def test_a_host_that_cannot_be_reached_is_no_verdict(tmp_path: Path) -> None:
    given = ("--host", "127.0.0.1", "--ssh-port", str(free_port()), "--ssh-user", "nobody")
    ended = program(tmp_path).run("send", *given)
    assert ended.code == 3
    assert b"no way onto the host" in ended.err


def test_signatures_of_the_environments_key_are_tried(tmp_path: Path) -> None:
    key = HASH_KEY.reveal()
    with serving(verifying()) as server:
        ended = program(tmp_path, WCSDIAG_HOOK_HASH_KEY=key).run("send", "--url", server.url())
    assert ended.code == 0, ended.out
    assert b"403 where it is wrong" in ended.out
    assert key.encode() not in ended.out + ended.err


def test_no_secret_is_shown_though_the_web_server_sends_it_back(tmp_path: Path) -> None:
    def tell(connection: socket.socket, request: bytes) -> None:
        head = request.partition(b"\r\n\r\n")[0].decode()
        answer("500 Oops", body=f"{head} {CANARY}".encode(), X_Seen=CANARY)(connection, request)

    given = {"WCSDIAG_REST_USER": "user", "WCSDIAG_REST_PASSWORD": CANARY}
    with serving(tell) as server:
        for kind in ("text", "json", "html", "mermaid"):
            ended = program(tmp_path, **given).run(
                "send", "--url", server.url(), "--format", kind, "--debug"
            )
            shown = ended.out + ended.err
            assert ended.code == 1
            assert CANARY.encode() not in shown
            assert b"dXNlcjpjYW5hcnkv" not in shown


def test_an_interrupted_sending_shows_what_was_measured(tmp_path: Path) -> None:
    reached = threading.Event()
    turns = iter(range(3))

    def behave(connection: socket.socket, request: bytes) -> None:
        if next(turns, None) is not None:
            answer()(connection, request)
            return
        reached.set()
        connection.recv(1)

    with serving(behave) as server:
        process = program(tmp_path).start(
            "send", "--count", "1000", "--rate", "1000", "--url", server.url(), "--format", "json"
        )
        assert reached.wait(60)
        process.send_signal(signal.SIGINT)
        ended = finish(process)
    document = json.loads(ended.out)
    assert ended.code == 130
    as_published(document)
    assert document["judgement"]["interrupted"] is True
    assert document["traffic"]["count"] >= 2


def test_a_web_server_that_drips_ends_by_the_deadline(tmp_path: Path) -> None:
    with serving(drip) as server:
        ended = program(tmp_path).run("send", "--url", server.url(), "--deadline", "1s")
    assert ended.code == 3
    assert b"COULD NOT TELL" in ended.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("send", "conection", "--url", "http://web/"), "did you mean 'connection'?"),
        (("send", "--url", "web/hooks"), "--url: 'web/hooks' is not a URL that hooks can go to"),
        (("send", "--url", "http://w/", "--count", "0"), "--count: '0' is not a whole number"),
        (("send", "--url", "http://w/", "--count", "100001"), "from 1 to 100000"),
        (("send", "--url", "http://w/", "--rate", "nan"), "--rate: 'nan' is not a number"),
        (("send", "--url", "http://w/", "--rate", "1001"), "up to 1000"),
        (("send", "--url", "http://w/", "--connections", "x"), "--connections: 'x'"),
        (("send",), "no host"),
        (("replay", "/nonexistent", "--url", "http://w/"), "/nonexistent: No such file"),
        (("replay", "/", "--url", "http://w/"), "/: Is a directory"),
        (("replay", "/dev/null", "--url", "http://w/"), "the file is empty"),
        (("replay", "x", "--url", "http://w/", "--speed", "2"), "--speed: '2' is not one of"),
        (("replay", "x", "--url", "w"), "--url: 'w' is not a URL"),
    ],
)
def test_wrong_input_is_named_and_sends_nothing(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    ended = program(tmp_path).run(*arguments)
    assert ended.code == 2
    assert told in ended.err.decode()
    assert ended.out == b""


def test_a_mistyped_variable_is_refused(tmp_path: Path) -> None:
    ended = program(tmp_path, WCSDIAG_HOOK_HASHKEY="x").run("send", "--url", "http://127.0.0.1:1/")
    assert ended.code == 2
    assert b"did you mean WCSDIAG_HOOK_HASH_KEY?" in ended.err


def test_a_recording_is_replayed(tmp_path: Path) -> None:
    body = '{"appKey":"k","sessionId":"s"}'
    file = tmp_path / "hooks.jsonl"
    recorder = Recorder(file, keep_secrets=True)
    for method in ("connect", "ConnectionStatusEvent"):
        url = f"http://old.example/{method}"
        request = json.loads(body)
        recorder.write(Exchange(Source.RECORDING, method, url, request, request_text=body))
    recorder.close()
    with serving(answer()) as server:
        ended = program(tmp_path).run("replay", str(file), "--url", server.url())
    assert ended.code == 0, ended.out
    assert [each.split(b" ")[1] for each in server.requests] == [
        b"/hooks/connect",
        b"/hooks/ConnectionStatusEvent",
    ]


def test_a_log_is_replayed(tmp_path: Path) -> None:
    file = tmp_path / "flashphoner.log"
    head = "13:39:39,893 INFO            RestClient - API-ASYNC-pool-1-thread-3 "
    file.write_text(
        f"{head}SEND REST OBJECT ==>\nURL:http://old.example/hooks/connect\nOBJECT:\n"
        '{\n  "appKey" : "k",\n  "sessionId" : "s"\n}\n'
        f"{head}RECEIVED REST OBJECT <==\nURL:http://old.example/hooks/connect\nOBJECT:\n"
        '{\n  "appKey" : "k",\n  "sessionId" : "s"\n}\n'
    )
    with serving(answer()) as server:
        ended = program(tmp_path).run("replay", str(file), "--url", server.url())
    assert ended.code == 0, ended.out + ended.err
    (request,) = server.requests
    assert request.endswith(b'\r\n\r\n{"appKey":"k","sessionId":"s"}')


def test_what_tcpdump_saw_of_a_sending_is_replayed(tmp_path: Path) -> None:
    file = tmp_path / "hooks.pcap"
    with web_server(tmp_path / "web") as port:
        url = f"http://127.0.0.1:{port}/hooks"
        with captured(file, port):
            sent = program(tmp_path).run("send", "registration", "--plain", "--url", url)
        again = program(tmp_path).run("replay", str(file), "--url", url, "--format", "json")
    assert sent.code == 0, sent.out
    assert again.code == 0, again.out
    document = json.loads(again.out)
    assert document["traffic"]["count"] == 3
    as_published(document)
    remarks = {remark["text"]: remark["count"] for remark in document["judgement"]["remarks"]}
    assert remarks["the same answer as in the trace"] == 3


def test_a_file_that_is_nothing_of_ours_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello\n" * 10)
    ended = program(tmp_path).run("replay", str(file), "--url", "http://127.0.0.1:1/")
    assert ended.code == 2
    assert b"neither a capture, nor a recording, nor a log" in ended.err
