"""What every format of the report has in common."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from wcsdiag.hooks.traffic import Traffic
from wcsdiag.model import Report

DOCS = "docs/checks"
"""Where the page of each check is, relative to the project's root."""


class Format(Enum):
    """The formats of `--format`."""

    TERMINAL = "terminal"
    JSON = "json"
    JUNIT = "junit"


class TrafficFormat(Enum):
    """The formats in which hook traffic is shown."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MERMAID = "mermaid"


class TrafficRenderer(Protocol):
    """One format of hook traffic. Pure, like `Renderer`."""

    @property
    def spoken(self) -> str:
        """The format's fixed vocabulary."""

    def render(self, traffic: Traffic) -> str:
        """The whole traffic as one text that ends in a newline; bodies with secrets masked."""


class Renderer(Protocol):
    """One format. Pure: the same report gives the same text, and nothing is printed."""

    @property
    def spoken(self) -> str:
        """The format's fixed vocabulary: what stands in every report, whatever was found."""

    def render(self, report: Report) -> str:
        """The whole report as one text that ends in a newline."""


def docs_url(code: str) -> str:
    """Where the check of that code is explained."""
    return f"{DOCS}/{code}.md"
