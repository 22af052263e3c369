"""`wcsdiag serve` as a person and a pipeline use it."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.program import Ended, Program, controls_in, finish
from tests.receiver.support import JSON_TYPE, PATIENCE_S, post
from tests.support_web import answer, serving
from wcsdiag.hooks.synthetic import ids_of, scenario_hooks
from wcsdiag.receiver.behaviour import FAULTS
from wcsdiag.receiver.recording import read_recording

SECRET = "canary-of-the-test"


@dataclass
class Served:
    """A `wcsdiag serve` that runs; `ended` is set once it was waited for."""

    process: subprocess.Popen[bytes]
    port: int
    said: bytes

    def post(self, method: str, body: object) -> int:
        """Send it a hook."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(client):
            return post(client, f"/hooks/{method}", json.dumps(body).encode(), JSON_TYPE).status

    def end(self, by: signal.Signals | None = None) -> Ended:
        """Wait for its end, after a signal if one is given."""
        if by is not None:
            self.process.send_signal(by)
        ended = finish(self.process)
        return Ended(ended.code, ended.out, self.said + ended.err)


@contextlib.contextmanager
def serve(home: Path, *arguments: str, **variables: str) -> Iterator[Served]:
    """`wcsdiag serve` on a free port, once it says that it listens."""
    process = Program(home, (), variables).start("serve", "--port", "0", *arguments)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(rb"http://127\.0\.0\.1:(\d+)", said)
        assert found is not None, said
        yield Served(process, int(found[1]), said)
    finally:
        process.kill()
        with process:
            process.wait()


HOOKS = scenario_hooks("connection", "defaultApp", ids_of("test"))


def test_each_hook_is_a_line_as_it_comes_and_ctrl_c_is_the_normal_end(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        for method, body in HOOKS:
            assert served.post(method, body) == 200
        assert served.process.stdout is not None
        first = served.process.stdout.readline().decode()
        ended = served.end(signal.SIGINT)
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3}  connect +defaultApp .* 200 ", first)
    assert ended.code == 0
    assert b"connection: complete" in ended.out


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_end_before_what_was_awaited_is_an_interruption(
    tmp_path: Path, by: signal.Signals
) -> None:
    with serve(tmp_path, "--count", "5") as served:
        served.post(*HOOKS[0])
        assert served.end(by).code == 130


@pytest.mark.parametrize(
    ("arguments", "sent", "code"),
    [
        (("--count", "2", "--expect", "connection"), HOOKS, 0),
        (("--count", "1", "--expect", "connection"), HOOKS[:1], 1),
        (("--count", "5", "--duration", "2s"), HOOKS, 1),
        (
            (
                "--duration",
                "1s",
            ),
            (),
            3,
        ),
        (("--duration", "1s", "--expect", "connection"), (), 1),
        (("--count", "2", "--fault", "status-500"), HOOKS, 1),
    ],
)
def test_a_pipeline_reads_the_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], sent: tuple[tuple[str, object], ...], code: int
) -> None:
    with serve(tmp_path, *arguments) as served:
        for method, body in sent:
            served.post(method, body)
        ended = served.end()
    assert ended.code == code, ended.out.decode()


def test_json_is_one_document_on_stdout_and_the_lines_are_elsewhere(tmp_path: Path) -> None:
    with serve(tmp_path, "--count", "2", "--format", "json") as served:
        for hook in HOOKS:
            served.post(*hook)
        ended = served.end()
    assert json.loads(ended.out)
    assert b"ConnectionStatusEvent" in ended.err


def test_the_recording_holds_the_hooks_and_no_secret_is_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    body = {"appKey": "defaultApp", "sipPassword": SECRET, "custom": {"token": SECRET}}
    with serve(tmp_path, "--record", str(file), "--count", "1", "--verbose") as served:
        served.post("connect", body)
        ended = served.end()
    assert [each.app_key for each in read_recording(file)] == ["defaultApp"]
    assert b'"sipPassword": "[redacted]"' in ended.out
    assert SECRET.encode() not in ended.out + ended.err + file.read_bytes()


def test_a_full_disk_ends_the_recording_and_not_the_service(tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    with serve(tmp_path, "--record", str(file)) as served:
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (300, 300))
        assert [served.post(*HOOKS[0]) for _ in range(3)] == [200, 200, 200]
        ended = served.end(signal.SIGINT)
    assert ended.code == 0
    assert ended.err.count(b"the recording ends here, it takes no more: File too large") == 1


def test_a_signed_hook_passes_with_the_key_of_the_environment(tmp_path: Path) -> None:
    with serve(tmp_path, "--count", "1", WCSDIAG_HOOK_HASH_KEY=SECRET) as served:
        assert served.post(*HOOKS[0]) == 403
        ended = served.end()
    assert ended.code == 1
    assert b"not signed" in ended.out
    assert SECRET.encode() not in ended.out + ended.err


def test_with_forward_both_sides_are_shown(tmp_path: Path) -> None:
    forgetful = answer(body=b'{"appKey": "defaultApp"}')
    with contextlib.ExitStack() as stack:
        web = stack.enter_context(serving(forgetful))
        forward = ("--count", "1", "--forward", web.url())
        served = stack.enter_context(serve(tmp_path, *forward))
        assert served.post(*HOOKS[0]) == 200
        ended = served.end()
    out = ended.out.decode()
    assert "the web server answered 200 in" in out
    assert "fields of the hook do not come back: nodeId" in out


def test_what_comes_cannot_command_the_terminal(tmp_path: Path) -> None:
    hostile = "\x1b[2J\u202e\r\nx"
    with serve(tmp_path, "--count", "1", "--verbose") as served:
        served.post("connect", {"appKey": hostile, "sessionId": hostile, hostile: hostile})
        ended = served.end()
    assert controls_in(ended.out) == []


def test_a_reader_that_goes_away_does_not_end_the_service(tmp_path: Path) -> None:
    with serve(tmp_path) as served:
        assert served.process.stdout is not None
        served.process.stdout.close()
        assert [served.post(*HOOKS[0]) for _ in range(3)] == [200, 200, 200]
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(PATIENCE_S) == 0


def run(home: Path, *arguments: str) -> Ended:
    return finish(Program(home, ()).start("serve", *arguments))


def test_a_port_that_is_taken_is_a_usage_error_and_leaves_no_recording(tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(tmp_path, "--port", port, "--record", str(file))
    assert ended.code == 2
    assert f"port {port} of 127.0.0.1 is taken" in ended.err.decode()
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fault", "statsu-500"), "did you mean status-500?"),
        (("--fault-every", "2"), "--fault NAME"),
        (("--fault", "html", "--delay", "1s"), "--delay goes with --fault slow"),
        (("--fault", "slow", "--delay", "soon"), "--delay: "),
        (("--forward", "ftp://x"), "--forward: "),
        (("--forward", f"http://user:{SECRET}@x"), "no credentials"),
        (("--timeout", "3s"), "--timeout goes with --forward"),
        (("--append",), "--record FILE"),
        (("--expect", "conection"), "connection"),
        (("--duration", "0s"), "--duration: "),
        (("--port", "70000"), "70000"),
        (("--bind", "192.0.2.1"), "192.0.2.1"),
        (("--record", "/absent/r"), "--record /absent/r"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = run(tmp_path, "--port", "0", *arguments)
    assert ended.code == 2
    assert words in ended.err.decode()
    assert SECRET not in ended.err.decode()
    assert ended.out == b""


def test_the_faults_are_listed(tmp_path: Path) -> None:
    ended = run(tmp_path, "--list-faults")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.decode().splitlines()] == list(FAULTS)
