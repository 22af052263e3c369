"""A picture of a report, the same for the same report whenever it is drawn."""

from __future__ import annotations

import io
import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar, cast

from wcsdiag.model import Report
from wcsdiag.report.page import Look
from wcsdiag.report.terminal import TerminalRenderer

Node = TypeVar("Node")

_WIDTH = 80
_HOST = "wcs1.example.com"
_WHEN = datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC)
_LOOPBACK = re.compile(r"\b127\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
_TEMPORARY = re.compile(r"(?:/[\w.-]+)*/wcsdiag-lab-\w+/wcs\b")
_MILLISECONDS = re.compile(r"\b\d+(?:\.\d+)? ms\b")
_SECONDS = re.compile(r"\b0\.\d+ s\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?")
_CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\b")
_HOME = "/usr/local/FlashphonerWebCallServer"


def report_svg(report: Report) -> str:
    """The terminal's report as SVG, with names, addresses and times that never change."""
    from rich.console import Console

    renderer = TerminalRenderer(Look(_WIDTH, colour=True))
    console = Console(
        file=io.StringIO(), record=True, width=_WIDTH, force_terminal=True, _environ={}
    )
    for line in renderer.page(normalised(report)).rich_lines():
        console.print(line, highlight=False, overflow="fold")
    return console.export_svg(title="wcsdiag all --host " + _HOST, unique_id="wcsdiag")


def normalised(report: Report) -> Report:
    """The report as if it had been made on a certain day about a certain host."""
    names = {report.target: _HOST, "00:00:00": f"{_WHEN:%H:%M:%S}"}
    return replace(_walk(report, names), target=_HOST, started=_WHEN, duration_s=1.2)


def _walk(node: Node, names: dict[str, str]) -> Node:
    if isinstance(node, str):
        return cast("Node", _text(node, names))
    if isinstance(node, datetime):
        return cast("Node", _WHEN)
    if isinstance(node, tuple):
        return cast("Node", tuple(_walk(item, names) for item in node))
    if is_dataclass(node) and not isinstance(node, type):
        changed = {field.name: _walk(getattr(node, field.name), names) for field in fields(node)}
        return cast("Node", replace(node, **changed))
    return node


def _text(text: str, names: dict[str, str]) -> str:
    def renamed(found: re.Match[str]) -> str:
        if found[0] in {"127.0.0.1", "127.0.0.2"}:
            return found[0]
        return names.setdefault(found[0], f"192.0.2.{len(names) - 1}")

    def moment(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"23:{10 + len(names) % 50}:05")

    moved = _TEMPORARY.sub(_HOME, _SECONDS.sub("0.005 s", _MILLISECONDS.sub("5 ms", text)))
    dated = _TIME.sub(f"{_WHEN:%Y-%m-%d} 00:00:00", _LOOPBACK.sub(renamed, moved))
    return _CLOCK.sub(moment, dated)
