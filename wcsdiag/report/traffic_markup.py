"""HTML and SVG that cannot be broken by what stands in it."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

from wcsdiag.report.visible import visible_line

_VOID = frozenset({"meta"})


@dataclass(frozen=True)
class Markup:
    """Text that is markup already; every other text is escaped."""

    text: str


Inside = Markup | str


def tag(name: str, /, *inside: Inside, **attributes: str | float | None) -> Markup:
    """An element. Attributes that are None or empty are left out; `class_` is `class`, and
    `aria_label` is `aria-label`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(inside).text}</{name}>")


def joined(inside: Iterable[Inside]) -> Markup:
    """Pieces one after another."""
    return Markup(
        "".join(each.text if isinstance(each, Markup) else _safe(each) for each in inside)
    )


def _value(value: str | float) -> str:
    return _safe(value) if isinstance(value, str) else f"{value:g}"


def _safe(text: str) -> str:
    return html.escape(visible_line(text), quote=True)
