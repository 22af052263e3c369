"""Secrets in hook traffic: no command shows one, whatever it reads, sends, serves or records."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.capture.build import Talk, answer, cut, pcap, request
from tests.e2e.program import Ended, Program, finish, on_lab
from tests.e2e.test_canary import forms
from tests.receiver.test_serve import serve
from tests.support_web import answer as answering
from tests.support_web import serving
from wcsdiag.cli.main import main
from wcsdiag.hooks.collector import TrafficCollector
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.lab.lab import open_scenario
from wcsdiag.lab.scenario import LabApp, LabSettings, Scenario
from wcsdiag.receiver.recording import Recorder, read_recording

FORMATS = ("text", "json", "html", "mermaid")

SIP_PASSWORD = 'canary-sip/a+b&c"d'
AUTH_TOKEN = "canary-token/a+b&c"
CUSTOM_TOKEN = "canary-custom/a+b&c"
NESTED_KEY = "canary-nested/a+b"
USERINFO = "canary-userinfo"
QUERY_TOKEN = "canary-query-a"
BASIC = "canary-basic/a+b&c"
BEARER = "canary-bearer.a-b"
COOKIE = "canary-cookie-a"
HMAC_KEY = "canary-hmac/a+b&c"
ANSWERED = "canary-answered/a+b"
SECRETS = (
    *(SIP_PASSWORD, AUTH_TOKEN, CUSTOM_TOKEN, NESTED_KEY, USERINFO, QUERY_TOKEN),
    *(BASIC, BEARER, COOKIE, HMAC_KEY, ANSWERED),
)
BODY = {
    "nodeId": "n@192.0.2.1",
    "appKey": "defaultApp",
    "sessionId": "s-1",
    "sipPassword": SIP_PASSWORD,
    "authToken": AUTH_TOKEN,
    "custom": {
        "token": CUSTOM_TOKEN,
        "list": [{"apiKey": NESTED_KEY, "user_pwd": NESTED_KEY, "pin": NESTED_KEY}],
        "nested": {"accessKey": NESTED_KEY, "jwt": NESTED_KEY, "userPwd": NESTED_KEY},
        "page": f"http://user:{USERINFO}@web.example/?token={QUERY_TOKEN}",
    },
}
VARIABLES = {
    "WCSDIAG_HOOK_HASH_KEY": HMAC_KEY,
    "WCSDIAG_REST_USER": "user",
    "WCSDIAG_REST_PASSWORD": BASIC,
}


def shown(*outputs: bytes) -> list[bytes]:
    """The canaries in outputs, also where a line was broken in one."""
    found = []
    for output in outputs:
        joined = b"".join(output.split())
        for secret in SECRETS:
            found += [
                form for form in forms(secret) if form in output or b"".join(form.split()) in joined
            ]
    return found


def basic() -> str:
    return base64.b64encode(f"user:{BASIC}".encode()).decode()


def told_by_the_web_server() -> str:
    """An error page of a web server that says all that it knows."""
    return (
        f'{{"password": "{ANSWERED}", "nested": {{"token": "{ANSWERED}"}},\n'
        f'"sent": {json.dumps(BODY)}}}\npassword={ANSWERED}\nAuthorization: Basic {basic()}\n'
    )


HEADERS = (
    f"Authorization: Basic {basic()}\r\nCookie: id={COOKIE}\r\nX-Auth: Bearer {BEARER}\r\n"
    f"Proxy-Authorization: Bearer {BEARER}\r\n"
)


def capture(file: Path) -> Path:
    """Hooks that were answered, declined, met a broken server, and were cut off; all with secrets.

    The last one is cut by the snap length in the middle of a secret.
    """
    content = json.dumps(BODY).encode()
    talk = Talk().open(0)
    cookie = f"Set-Cookie: id={COOKIE}\r\n"
    page = told_by_the_web_server().encode()
    for at, reply in enumerate(
        (
            answer(content, head=cookie),
            answer(page, status="500 Oops", head=cookie),
            answer(page, status=f"403 token={ANSWERED}"),
            f"password={ANSWERED}\r\nis not HTTP\r\n".encode(),
        )
    ):
        asked = request("connect", content, head=HEADERS)
        if at == 1:
            asked = asked.replace(b"/connect", f"/connect?token={QUERY_TOKEN}".encode(), 1)
        talk.exchange(at + 0.1, asked, reply)
    other = Talk(client=("127.0.0.1", 40_000)).open(5)
    other.exchange(5.1, request("connect", content), b"", size=4_000)
    frames = other.packets
    place = next(i for i, each in enumerate(frames) if SIP_PASSWORD[:10].encode() in each.data)
    inside = frames[place].data.index(SIP_PASSWORD[:10].encode()) + len(SIP_PASSWORD) - 3
    frames[place] = cut(frames[place], inside)
    file.write_bytes(pcap([*talk.packets, *frames]))
    return file


def log(file: Path) -> Path:
    """A log whose hooks hold secrets in URL, body, answer and exception."""
    stamp = time.strftime("%H:%M:%S")
    head = f"{stamp},500 INFO            RestClient - API-ASYNC-pool-1-thread-1 "
    url = f"http://user:{USERINFO}@web.example/hooks/connect?token={QUERY_TOKEN}"
    pretty = json.dumps(BODY, indent=2)
    sent = f"{head}SEND REST OBJECT ==>\nURL:{url}\nOBJECT:\n{pretty}\n"
    file.write_text(
        f"{sent}{head}RECEIVED REST OBJECT <==\nURL:{url}\nOBJECT:\n{pretty}\n"
        f"{sent}{head}RECEIVED REST OBJECT <==\nURL:{url}\nOBJECT:\n{told_by_the_web_server()}"
        f"{sent}{head}Got exception in REST \n"
        f'org.x.ResourceAccessException: I/O error on POST request for "{url}": '
        f"authToken={AUTH_TOKEN} refused; Authorization: Basic {basic()}\n\tat a.b.C(D.java:1)\n"
        # What a rotation left over: a block that begins, and never ends.
        f"{head}SEND REST OBJECT ==>\nURL:{url}\nOBJECT:\n{pretty[:200]}\n"
    )
    return file


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, (), VARIABLES)


def in_every_format(program: Program, *arguments: str) -> list[Ended]:
    """What it says in each format: with --debug on stdout, and without it into a file."""
    written = {name: program.home / f"written.{name}" for name in FORMATS}
    running = [
        program.start(*arguments, "--format", name, *more)
        for name in FORMATS
        for more in (("--debug",), ("--output", str(written[name])))
    ]
    ended = [finish(process) for process in running]
    assert {each.code for each in ended} <= {0, 1, 3}, ended
    return [*ended, *(Ended(0, file.read_bytes(), b"") for file in written.values())]


@pytest.mark.parametrize("expected", [(), ("--expect", "call")], ids=["", "expecting"])
def test_trace_shows_no_secret(expected: tuple[str, ...], program: Program) -> None:
    file = capture(program.home / "hooks.pcap")
    for ended in in_every_format(program, "trace", str(file), *expected):
        assert shown(ended.out, ended.err) == []
    assert (
        len(json.loads(program.run("trace", str(file), "--format", "json").out)["exchanges"]) == 5
    )


def test_logs_show_no_secret(program: Program) -> None:
    file = log(program.home / "flashphoner.log")
    for ended in in_every_format(program, "logs", str(file)):
        assert shown(ended.out, ended.err) == []
    assert len(json.loads(program.run("logs", str(file), "--format", "json").out)["exchanges"]) == 4


@pytest.mark.parametrize("write", [capture, log])
def test_replay_shows_no_secret_of_the_file_nor_of_the_answers(
    write: Callable[[Path], Path], program: Program
) -> None:
    file = write(program.home / "hooks")
    behaviour = answering("500 Oops", body=told_by_the_web_server().encode(), X_Seen=ANSWERED)
    with serving(behaviour) as server:
        for ended in in_every_format(program, "replay", str(file), "--url", server.url()):
            assert shown(ended.out, ended.err) == []
    assert server.requests


def tells_what_it_was_sent(connection: socket.socket, request: bytes) -> None:
    """An answer in whose status, headers and body the credentials are sent back."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = {name: value for name, _, value in (x.partition(b": ") for x in head.split(b"\r\n"))}
    seen = lines.get(b"Authorization", b"").decode()
    page = f"{told_by_the_web_server()}{head.decode()}{body.decode()}".encode()
    answering(f"500 {seen}", body=page, X_Seen=seen)(connection, request)


@pytest.mark.parametrize("credentials", ["HMAC", "Basic"])
def test_send_shows_no_secret(credentials: str, tmp_path: Path) -> None:
    kept = {
        name: each
        for name, each in VARIABLES.items()
        if ("HASH" in name) == (credentials == "HMAC")
    }
    program = Program(tmp_path, (), kept)
    with serving(tells_what_it_was_sent) as server:
        for ended in in_every_format(program, "send", "registration", "--url", server.url()):
            assert shown(ended.out, ended.err) == []
    assert server.requests


def test_send_shows_no_userinfo_of_a_url(program: Program) -> None:
    url = f"http://user:{USERINFO}@127.0.0.1:1/hooks?token={QUERY_TOKEN}"
    for command in (("send",), ("replay", str(log(program.home / "x.log")))):
        ended = program.run(*command, "--url", url, "--debug")
        assert ended.code in {1, 2, 3}, ended
        assert shown(ended.out, ended.err) == []


@pytest.mark.parametrize("hashed", [True, False], ids=["HMAC", "Basic"])
def test_send_from_the_host_shows_no_secret_of_its_wcs(hashed: bool, tmp_path: Path) -> None:
    signs = {"rest_hook_send_hash": "true", "rest_hook_secret_key": HMAC_KEY}
    app = LabApp(rest_username="user", rest_password=BASIC)
    settings = LabSettings(signs if hashed else {})
    with open_scenario(Scenario(apps=(app,), settings=settings)) as lab:
        for ended in in_every_format(on_lab(lab, tmp_path), "send", "connection"):
            assert shown(ended.out, ended.err) == []


def post(port: int, path: str, headers: dict[str, str]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(client):
        client.request("POST", path, json.dumps(BODY), headers)
        client.getresponse().read()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("fault", ["", "status-500", "fields-lost"])
def test_serve_shows_and_records_no_secret(name: str, fault: str, tmp_path: Path) -> None:
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Basic {basic()}",
        "Cookie": f"id={COOKIE}",
        "X-Auth": f"Bearer {BEARER}",
    }
    file = tmp_path / "recording.jsonl"
    options = ("--count", "2", "--verbose", "--record", str(file), "--format", name, "--debug")
    faulty = ("--fault", fault) if fault else ()
    key = {"WCSDIAG_HOOK_HASH_KEY": HMAC_KEY}
    with serve(tmp_path, *options, *faulty, **key) as served:
        post(served.port, "/hooks/connect", headers)
        post(served.port, f"/hooks/connect?token={QUERY_TOKEN}", headers)
        ended = served.end()
    assert shown(ended.out, ended.err, file.read_bytes()) == []
    assert len(list(read_recording(file))) == 2


def test_what_a_forwarding_server_shows_and_records_has_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {basic()}"}
    with serving(tells_what_it_was_sent) as web:
        options = ("--count", "1", "--verbose", "--record", str(file), "--forward", web.url())
        with serve(tmp_path, *options, "--debug") as served:
            post(served.port, "/hooks/connect", headers)
            ended = served.end()
    assert shown(ended.out, ended.err, file.read_bytes()) == []


def test_a_recording_that_keeps_secrets_is_replayed_without_showing_them(program: Program) -> None:
    file = program.home / "recording.jsonl"
    recorder = Recorder(file, keep_secrets=True)
    url = f"http://user:{USERINFO}@web.example/hooks/connect?token={QUERY_TOKEN}"
    recorder.write(
        Exchange(
            Source.RECEIVED,
            "connect",
            url,
            BODY,
            request_text=json.dumps(BODY),
            answer_text=told_by_the_web_server(),
            status=500,
        )
    )
    recorder.close()
    assert shown(file.read_bytes())
    with serving(tells_what_it_was_sent) as server:
        for ended in in_every_format(program, "replay", str(file), "--url", server.url()):
            assert shown(ended.out, ended.err) == []
    assert SIP_PASSWORD in json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["sipPassword"]


@pytest.mark.parametrize("command", ["trace", "logs"])
def test_a_traceback_of_our_own_shows_no_secret(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def breaks(_self: TrafficCollector, seen: Exchange) -> None:
        raise RuntimeError(
            f"{seen.request_text} {seen.answer_text} {seen.url} {dict(seen.request)!r}"
        )

    monkeypatch.setattr(TrafficCollector, "add", breaks)
    file = (capture if command == "trace" else log)(tmp_path / "hooks")
    assert main((command, str(file), "--debug")) == 4
    out, err = capfd.readouterr()
    assert "a bug in wcsdiag: RuntimeError" in err
    assert "Traceback" in err
    assert shown(out.encode(), err.encode()) == []
