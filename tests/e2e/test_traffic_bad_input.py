"""Bad captures and bad logs: what could be read is shown, in bounded memory, without a crash."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.build import SYN, Packet, Talk, answer, body, ip, pcap, request, tcp
from tests.capture.page import page_packets
from tests.e2e.program import Ended, Program, controls_in, on_target
from tests.e2e.real_target import real_target
from tests.support import require_tool
from wcsdiag.lab.scenario import Scenario

MUCH_MEMORY = 600 << 20
"""Bytes of address space: many times what a small capture takes, far less than a large one is."""

LARGE = 24 << 20
"""Bytes of a log that is not sent through SSH whole where the host can leave lines out."""

HEAD = "%s,%03d INFO            RestClient - API-ASYNC-pool-1-thread-%d "
URL = "URL:http://web.example/hooks/%s\nOBJECT:\n"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, ())


def in_little_memory(program: Program, *arguments: str) -> Ended:
    """A run that may take no more than so much."""
    ended = subprocess.run(
        [sys.executable, "-m", "wcsdiag", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=program.environment,
        timeout=100,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MUCH_MEMORY, MUCH_MEMORY)),
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def exchanges_in(ended: Ended) -> list[tuple[str, str | None]]:
    found = json.loads(ended.out)["exchanges"]
    return [(each["method"], each["session_id"]) for each in found]


def many_syns(count: int) -> Iterator[Packet]:
    """That many clients, a millisecond after one another, and no answer to any."""
    for i in range(count):
        client = f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"
        segment = tcp((1024 + i % 60_000, 9091), i, 0, SYN)
        yield Packet(i / 1_000, ip(client, "192.0.2.9", 6, segment))


def many_connections(count: int) -> Iterator[Packet]:
    """That many connections, of which each carries a hook and none is ever closed."""
    for i in range(count):
        client = (f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}", 2_000)
        talk = Talk(client=client).open(i / 1_000)
        hook = request("StreamStatusEvent", body(sessionId=f"s-{i}"))
        talk.exchange(i / 1_000 + 0.0001, hook, answer(body()))
        yield from talk.packets


def test_as_many_connections_as_there_may_be_are_read_in_bounded_memory(program: Program) -> None:
    file = program.home / "many.pcap"
    file.write_bytes(pcap(many_syns(150_000), "ethernet"))
    ended = in_little_memory(program, "trace", str(file), "--format", "json")
    assert (ended.code, ended.err) == (1, b""), ended
    (contact,) = json.loads(ended.out)["contacts"]
    assert contact["failure"] == "connect_timed_out"
    assert contact["count"] > 100_000


def test_connections_that_are_never_closed_are_all_counted(program: Program) -> None:
    file = program.home / "open.pcap"
    file.write_bytes(pcap(many_connections(15_000), "ethernet"))
    ended = in_little_memory(program, "trace", str(file), "--format", "json")
    assert ended.err == b"", ended
    assert json.loads(ended.out)["count"] == 15_000


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_capture_is_read_as_far_as_it_goes(seed: int, program: Program) -> None:
    chance = random.Random(seed)
    damaged = bytearray(pcap(page_packets("call")))
    for _ in range(chance.choice((1, 5, 50))):
        damaged[chance.randrange(24, len(damaged))] = chance.randrange(256)
    file = program.home / "damaged.pcap"
    file.write_bytes(damaged)
    for name in ("text", "json"):
        ended = program.run("trace", str(file), "--format", name)
        assert ended.code in {0, 1, 2, 3}, ended
        assert b"Traceback" not in ended.err
        assert b"a bug" not in ended.err
        assert not controls_in(ended.out)
        assert ended.out or ended.code == 2


@pytest.mark.parametrize("size", [24, 30, 40, 100, 1_000])
def test_a_capture_that_ends_anywhere_is_no_error(size: int, program: Program) -> None:
    file = program.home / "cut.pcap"
    file.write_bytes(pcap(page_packets("connection"))[:size])
    ended = program.run("trace", str(file))
    assert ended.code in {0, 1, 3}, ended
    assert ended.out


def block(method: str, at: str, session: str, *, thread: int = 1, answers: bool = False) -> str:
    """One block of a log, as the generations since 5.1 write it."""
    arrow = "RECEIVED REST OBJECT <==" if answers else "SEND REST OBJECT ==>"
    head = HEAD % (at, 5 if answers else 0, thread)
    content = json.dumps({"appKey": "k", "sessionId": session}, indent=2)
    return f"{head}{arrow}\n{URL % method}{content}\n"


def hook(method: str, at: str, session: str, *, thread: int = 1) -> str:
    return block(method, at, session, thread=thread) + block(
        method, at, session, thread=thread, answers=True
    )


GOOD = hook("connect", "10:00:00", "good") + hook("ConnectionStatusEvent", "10:00:01", "good")
AFTER = hook("connect", "10:00:05", "after")
BETWEEN = {
    "half a block at the beginning": ('  "sessionId" : "x"\n}\n' + GOOD, ""),
    "half a block at the end": (GOOD, block("connect", "10:00:06", "x")[:110]),
    "no JSON": (GOOD, (HEAD % ("10:00:02", 0, 2)) + "SEND REST OBJECT ==>\n" + URL % "x" + "{{{\n"),
    "a line of 10 MB": (GOOD, (HEAD % ("10:00:02", 0, 2)) + "x" * (10 << 20) + "\n"),
    "a body of 10 MB": (GOOD, block("publishStream", "10:00:02", "y" * (10 << 20), thread=2)),
    "bytes of no text": (GOOD, "\udcff\udcfe\x00\x1b[2J\n" * 100),
    "a stack without an end": (GOOD, "\tat a.b.C(D.java:1)\n" * 20_000),
    "no line end": (GOOD, "10:00:02,000 INFO cut"),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_what_is_bad_in_a_log_spoils_only_itself(name: str, program: Program) -> None:
    before, bad = BETWEEN[name]
    file = program.home / "flashphoner.log"
    text = before + bad + ("" if bad.endswith("\n") or not bad else "\n") + AFTER
    if name in {"half a block at the end", "no line end"}:
        text = AFTER.replace("10:00:05", "09:59:00") + before + bad
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    ended = in_little_memory(program, "logs", str(file), "--format", "json")
    assert ended.code in {0, 1}, ended
    assert ended.err == b""
    expected = {("connect", "good"), ("ConnectionStatusEvent", "good"), ("connect", "after")}
    assert expected <= set(exchanges_in(ended))
    assert not controls_in(program.run("logs", str(file)).out)


def test_interleaved_threads_are_told_apart(program: Program) -> None:
    sent = [block("connect", "10:00:00", f"s{i}", thread=i) for i in range(20)]
    came = [block("connect", "10:00:01", f"s{i}", thread=i, answers=True) for i in range(20)]
    random.Random(1).shuffle(came)
    file = program.home / "flashphoner.log"
    file.write_text("".join(sent + came))
    ended = program.run("logs", str(file), "--format", "json")
    assert ended.code == 0, ended
    assert sorted(exchanges_in(ended)) == sorted(("connect", f"s{i}") for i in range(20))
    assert {each["outcome"] for each in json.loads(ended.out)["exchanges"]} == {"answered"}


def test_a_clock_that_jumps_back_is_borne(program: Program) -> None:
    file = program.home / "flashphoner.log"
    times = ("10:00:00", "09:59:58", "10:00:03")
    file.write_text("".join(hook("connect", at, f"s{i}") for i, at in enumerate(times)))
    ended = program.run("logs", str(file), "--format", "json")
    assert ended.code == 0, ended
    moments = [str(each["sent_at"])[:10] for each in json.loads(ended.out)["exchanges"]]
    assert len(moments) == 3
    assert len(set(moments)) == 1


FEW = (
    *("sh", "bash", "id", "cat", "date", "ls", "stat", "readlink", "tail", "head", "dd", "tr"),
    *("wc", "sed", "find", "timeout", "ps", "getent", "test", "env", "uname", "sleep"),
)


@pytest.mark.parametrize("lacking", ["nothing", "grep", "awk", "grep and awk and gzip"])
def test_a_host_that_cannot_filter_its_log_is_read_in_part_and_says_so(
    lacking: str, tmp_path: Path
) -> None:
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in {*FEW, "grep", "awk", "gzip", "zcat"} - set(lacking.split(" and ")):
        (directory / name).symlink_to(require_tool(name))
    with real_target(tmp_path, sshd_options=(f"SetEnv PATH={directory}",)) as real:
        make_large(real.home.path / Scenario().generation.hook_log)
        program = on_target(real.target, tmp_path)
        ended = program.run("logs", "--since", "2h", "--format", "json")
    assert (ended.code, ended.err) == (0, b""), ended
    assert {"connect", "publishStream"} <= {method for method, _ in exchanges_in(ended)}
    notes = " ".join(json.loads(ended.out)["notes"])
    assert ("the host could not filter its log" in notes) == (lacking != "nothing")
    assert ("older ones were not read" in notes) == (lacking != "nothing")


def make_large(log: Path) -> None:
    """Lines of no interest before the hooks, so many that a host is asked to leave them out."""
    hooks = log.read_bytes()
    at = hooks[:8].decode()
    line = (HEAD % (at, 0, 99)) + "nothing of interest" + "." * 100 + "\n"
    log.write_bytes(line.encode() * (LARGE // len(line)) + hooks)
