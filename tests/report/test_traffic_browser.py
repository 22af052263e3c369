"""The page of hook traffic in a real browser: drawn, quiet, and whole on paper."""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.test_traffic_html import Page
from tests.report.traffic_samples import ALL, UNHEALTHY, session
from tests.support import require_tool
from wcsdiag.report.traffic_html import TrafficHtmlRenderer

DEADLINE_S = 60
INNER_WIDTH = "data-inner-width"


def browse(directory: Path, page: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Chromium on the page, with a profile of its own and no name that resolves."""
    browser = require_tool("chromium")
    source = directory / "page.html"
    source.write_text(page, encoding="utf-8")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        "--virtual-time-budget=2000",
        f"--user-data-dir={directory / 'profile'}",
        *options,
        source.as_uri(),
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        out, log = process.communicate(timeout=DEADLINE_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 0, log
    return subprocess.CompletedProcess(command, 0, out, log)


def colours(picture: Path) -> tuple[int, int, set[bytes]]:
    """Width, height and the distinct bytes per pixel of a PNG of 8 bits, not interlaced."""
    data = picture.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) in {(8, 2), (8, 6)}
    size = 3 if kind == 2 else 4
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    raw = zlib.decompress(packed)
    step = width * size + 1
    rows = {raw[row * step + 1 : (row + 1) * step] for row in range(height)}
    return width, height, rows


@pytest.mark.parametrize("name", ["unhealthy", "hostile", "empty"])
def test_the_page_that_the_browser_builds_is_the_page_that_was_written(
    tmp_path: Path, name: str
) -> None:
    written = TrafficHtmlRenderer().render(ALL[name])

    seen = browse(tmp_path, written, "--dump-dom")

    built = Page(seen.stdout)
    given = Page(written)
    assert "".join(built.texts).split() == "".join(given.texts).split()
    assert [tag for tag, _ in built.tags] == [tag for tag, _ in given.tags]
    assert "CONSOLE" not in seen.stderr


@pytest.mark.parametrize("name", ["unhealthy", "hostile"])
def test_the_page_asks_for_nothing_from_the_network(tmp_path: Path, name: str) -> None:
    log = tmp_path / "net.json"

    browse(tmp_path, TrafficHtmlRenderer().render(ALL[name]), "--dump-dom", f"--log-net-log={log}")

    asked = set(re.findall(r'"(?:https?|wss?|ftp)://[^"]*"', log.read_text(encoding="utf-8")))
    ours = [url for url in asked if "evil" in url or "backend.example.com" in url]
    assert json.loads(log.read_text(encoding="utf-8"))["events"] is not None
    assert ours == []


@pytest.mark.parametrize("width", [1280, 500])
def test_a_picture_of_the_page_is_not_blank(tmp_path: Path, width: int) -> None:
    picture = tmp_path / "page.png"

    browse(
        tmp_path,
        TrafficHtmlRenderer().render(UNHEALTHY),
        f"--screenshot={picture}",
        f"--window-size={width},2400",
    )

    wide, high, rows = colours(picture)
    assert (wide, high) == (width, 2400)
    assert len(rows) > 200


@pytest.mark.parametrize("name", ["unhealthy", "hostile", "long-names", "huge"])
def test_the_page_is_no_wider_than_a_telephone(tmp_path: Path, name: str) -> None:
    """In a frame of 360 px, measured by a script of the test around the page."""
    inner = tmp_path / "inner.html"
    inner.write_text(TrafficHtmlRenderer().render(ALL[name]), encoding="utf-8")
    around = f"""<!doctype html>
    <iframe id=f width=360 height=800 style="border:0" src="{inner.as_uri()}"></iframe>
    <script>onload = () => document.body.setAttribute(
    "{INNER_WIDTH}", f.contentDocument.documentElement.scrollWidth)</script>"""

    seen = browse(tmp_path, around, "--dump-dom", "--allow-file-access-from-files")

    assert f'{INNER_WIDTH}="360"' in seen.stdout


def test_the_page_prints_with_everything_unfolded(tmp_path: Path) -> None:
    many = tuple(session(number) for number in range(2, 12))
    page = TrafficHtmlRenderer().render(replace(UNHEALTHY, sessions=many))

    as_written = pages_of(tmp_path, page)
    all_open = pages_of(tmp_path, page.replace("<details>", "<details open>"))
    without_rule = pages_of(tmp_path, page.replace("::details-content", "::none"))

    assert without_rule < as_written == all_open


def pages_of(directory: Path, page: str) -> int:
    paper = directory / "page.pdf"
    browse(directory, page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    return paper.read_bytes().count(b"/Type /Page\n")
