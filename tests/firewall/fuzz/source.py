"""The text of a rule set before it is loaded, line by line, so that lines can be taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Line:
    """`rule` says that the text stays valid without this line."""

    text: str
    rule: bool = False


@dataclass(frozen=True)
class Source:
    """What is loaded: ipsets first, then nftables, then both iptables (legacy where said)."""

    nft: tuple[Line, ...] = ()
    ip4: tuple[Line, ...] = ()
    ip6: tuple[Line, ...] = ()
    ipset: tuple[Line, ...] = ()
    legacy: bool = False

    def __str__(self) -> str:
        suffix = " (legacy)" if self.legacy else ""
        parts = (
            ("ipset restore", self.ipset),
            ("nft -f", self.nft),
            (f"iptables-restore{suffix}", self.ip4),
            (f"ip6tables-restore{suffix}", self.ip6),
        )
        return "\n".join(f"# {name}\n{text_of(lines)}" for name, lines in parts if lines)


PARTS = ("nft", "ip4", "ip6")
"""The fields of a Source that have rules."""


def text_of(lines: tuple[Line, ...]) -> str:
    """The lines as one text."""
    return "".join(f"{line.text}\n" for line in lines)


def without(source: Source, part: str, numbers: set[int]) -> Source:
    """The source without some lines of a part; numbers count from 0."""
    lines: tuple[Line, ...] = getattr(source, part)
    kept = tuple(line for number, line in enumerate(lines) if number not in numbers)
    changes: dict[str, tuple[Line, ...]] = {part: kept}
    return replace(source, **changes)  # type: ignore[arg-type]


def shrunk(source: Source, fails: Callable[[Source], bool]) -> Source:
    """A smaller source that still fails: without rules, then without what they needed."""
    for part in PARTS:
        size = max(1, len(getattr(source, part)) // 2)
        while size:
            source = _without_rules(source, part, size, fails)
            size //= 2
    for part in (*PARTS, "ipset"):
        source = _without_blocks(source, part, fails)
    return source


def _without_rules(source: Source, part: str, size: int, fails: Callable[[Source], bool]) -> Source:
    start = 0
    while True:
        lines: tuple[Line, ...] = getattr(source, part)
        rules = [number for number, line in enumerate(lines) if line.rule]
        if start >= len(rules):
            return source
        tried = without(source, part, set(rules[start : start + size]))
        if fails(tried):
            source = tried
        else:
            start += size


def _without_blocks(source: Source, part: str, fails: Callable[[Source], bool]) -> Source:
    start = 0
    while start < len(getattr(source, part)):
        tried = without(source, part, _block(getattr(source, part), start))
        if fails(tried):
            source = tried
        else:
            start += 1
    return source


def _block(lines: tuple[Line, ...], start: int) -> set[int]:
    """A line, or all lines from the head of a table or chain to its end."""
    head = lines[start].text
    indent = head[: len(head) - len(head.lstrip())]
    is_head = head.startswith("*") or ("{" in head and not head.endswith("}"))
    end = start
    while is_head and end + 1 < len(lines) and lines[end].text not in {f"{indent}}}", "COMMIT"}:
        end += 1
    return set(range(start, end + 1))
