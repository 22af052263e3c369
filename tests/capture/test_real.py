"""Real captures of real traffic: tcpdump, loopback, nginx and a server of our own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.capture.build import Talk, answer, body, chunked, pcap, request, write_large
from tests.capture.live import captured, send_hooks
from tests.capture.reading import exchanges_of, read_all
from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_web import answer as answering
from tests.support_web import serving

SIZES = (10, 900, 6_000, 70_000, 10)
_NGINX = """
server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{{"from": "nginx"}}'; }}
}}
"""


@pytest.mark.parametrize(
    ("interface", "options"),
    [("any", ()), ("lo", ()), ("any", ("-y", "LINUX_SLL")), ("any", ("-y", "LINUX_SLL2"))],
)
def test_each_hook_on_loopback_is_one_exchange(
    tmp_path: Path, interface: str, options: tuple[str, ...]
) -> None:
    port, path = free_port(), tmp_path / "wcs.pcap"
    with (
        running_nginx(tmp_path, _NGINX.format(port=port), port),
        captured(path, port, *options, interface=interface),
    ):
        texts = send_hooks(port, SIZES)
    exchanges = exchanges_of(path.read_bytes())
    assert [exchange.request_text for exchange in exchanges] == texts
    assert {exchange.answer_text for exchange in exchanges} == {'{"from": "nginx"}'}
    assert {exchange.failure for exchange in exchanges} == {None}
    assert len({exchange.connection for exchange in exchanges}) == 1


def test_one_connection_for_each_hook_and_an_echo(tmp_path: Path) -> None:
    path = tmp_path / "wcs.pcap"
    with serving(answering()) as server, captured(path, server.port):
        texts = send_hooks(server.port, SIZES, keep_alive=False)
    exchanges, contacts, _ = read_all(path.read_bytes())
    assert [exchange.answer_text for exchange in exchanges] == texts
    assert not any(exchange.closed_in_use for exchange in exchanges)
    assert contacts == []


def test_the_snap_length_of_the_vendors_page(tmp_path: Path) -> None:
    path = tmp_path / "wcs.pcap"
    with serving(answering()) as server, captured(path, server.port, "-s", "4096"):
        texts = send_hooks(server.port, SIZES, keep_alive=False)
    exchanges = exchanges_of(path.read_bytes())
    assert [exchange.status for exchange in exchanges] == [200] * len(SIZES)
    for exchange, text in zip(exchanges, texts, strict=True):
        assert text.startswith(exchange.request_text or "") or exchange.request_truncated
        assert exchange.request_truncated == (len(text) > 4096)
        assert exchange.session_id == "s-1"


def test_tshark_sees_the_same(tmp_path: Path) -> None:
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed, and is no part of the test set-up")
    path = tmp_path / "many.pcap"
    with path.open("wb") as file:
        write_large(file, 300, connections=7)
    asked = [exchange.url for exchange in exchanges_of(path.read_bytes())]
    fields = ["-T", "fields", "-e", "http.request.full_uri", "-e", "http.response.code"]
    command = [program, "-r", str(path), "-Y", "http", *fields]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.split("\n")
    assert sorted(asked) == sorted(line.strip() for line in lines if line.startswith("http"))
    assert len(asked) == sum(line.strip() == "200" for line in lines)


def test_tshark_sees_the_same_framings(tmp_path: Path) -> None:
    program = shutil.which("tshark")
    if program is None:
        pytest.skip("tshark is not installed, and is no part of the test set-up")
    talk = Talk().open(0)
    for i, reply in enumerate((answer(body()), chunked(body()), chunked(b"{", b"}"), answer(b""))):
        talk.exchange(i + 0.1, request("call", body(count=i)), reply, size=50)
    path = tmp_path / "framings.pcap"
    path.write_bytes(pcap(talk.packets))
    command = [program, "-r", str(path), "-Y", "http.response", "-T", "fields"]
    command += ["-e", "http.file_data", "-e", "http.time"]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.splitlines()
    exchanges = exchanges_of(path.read_bytes())
    assert len(lines) == len(exchanges)
