"""A directory that may be WCS's home, as the survey's command prints it (`wcsdiag.facts.survey`).

Which files a home holds: wcs.md 2.1, 2.2 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

DEFAULT_HOME = "/usr/local/FlashphonerWebCallServer"
"""Where the vendor's installer puts WCS: a symbolic link to the version's own directory."""

MANAGER_LOG = "logs/flashphoner_manager.log"

_MARKS = frozenset(
    {
        "conf/WCS.version",
        "conf/flashphoner.properties",
        "conf/wcs-core.properties",
        "conf/database.yml",
        "bin/setenv.sh",
        "bin/webcallserver",
        MANAGER_LOG,
        "logs/server_logs",
    }
)


@dataclass(frozen=True)
class HomeCandidate:
    """One directory. `real` has no symbolic links; `listing` is what `ls -ld` said of it.

    `target` is where the path points to if it is a symbolic link. `closed` is the literal
    refusal where a directory could not be entered. `modified` has the settings files that are
    there, by their path in the home, and when each was changed last.
    """

    path: str
    real: str
    exists: bool
    target: str | None
    closed: str | None
    holds: frozenset[str]
    version: str | None
    listing: str
    modified: Mapping[str, datetime]

    @property
    def is_wcs(self) -> bool:
        """True where the directory holds files of WCS."""
        return bool(self.holds & _MARKS)


def parse_homes(text: str) -> tuple[HomeCandidate, ...]:
    """Read blocks of `key value` lines, each begun by `home PATH`."""
    blocks: list[list[tuple[str, str]]] = []
    for line in text.split("\n"):
        key, _, value = line.partition(" ")
        if key == "home":
            blocks.append([])
        if blocks:
            blocks[-1].append((key, value.strip()))
    return tuple(_candidate(block) for block in blocks)


def _candidate(block: list[tuple[str, str]]) -> HomeCandidate:
    first = dict(reversed(block))
    path, link, inside = first["home"], first.get("link", ""), first.get("dir", "")
    refusals = [
        first.get(key, "") for key in ("link", "dir", "conf") if "denied" in first.get(key, "")
    ]
    return HomeCandidate(
        path=path,
        real=first.get("real") or path,
        exists=inside.startswith("d"),
        target=link.rpartition(" -> ")[2] if link.startswith("l") and " -> " in link else None,
        closed=refusals[0] if refusals else None,
        holds=frozenset(value for key, value in block if key == "has"),
        version=first.get("version") or None,
        listing=link or inside,
        modified=dict(_modified(value) for key, value in block if key == "modified"),
    )


def _modified(value: str) -> tuple[str, datetime]:
    seconds, _, path = value.partition(" ")
    return path, datetime.fromtimestamp(int(seconds) if seconds.isdecimal() else 0, UTC)


def absolute(path: str) -> str:
    """A path from the user as the host should be asked for it: normal, without a final slash."""
    return str(PurePosixPath(path))
