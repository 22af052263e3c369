"""The two generations of WCS, and what differs between them (wcs.md, sections 0 to 4)."""

from __future__ import annotations

import re
from enum import Enum


class Generation(Enum):
    """With a separate WCS Manager process, or without."""

    WITH_MANAGER = "WCS with Manager (4, 5.0)"
    WITHOUT_MANAGER = "WCS 5.1 and later"

    @property
    def cli_port(self) -> int:
        """The documented SSH port of the CLI (wcs.md 1.1)."""
        return 2000 if self is Generation.WITH_MANAGER else 2001

    @property
    def echo_app_url(self) -> str:
        """The URL of the built-in EchoApp (wcs.md 3.1)."""
        if self is Generation.WITH_MANAGER:
            return "http://localhost:9091/EchoApp"
        return "http://localhost:8081/apps/EchoApp"

    @property
    def hook_log(self) -> str:
        """The log that holds the hooks, relative to WCS's home (wcs.md 2.1, 2.2)."""
        if self is Generation.WITH_MANAGER:
            return "logs/flashphoner_manager.log"
        return "logs/server_logs/flashphoner.log"


_VERSION = re.compile(r"\D{0,40}?(\d{1,3})(?:\.(\d{1,4}))?(?![\w])")


def generation_of_version(text: str) -> Generation | None:
    """The generation that conf/WCS.version tells: `<version>-<hash>`, as in "5.2.1475-0a1b2c3".

    None where the text does not begin with a version that is known: 5 alone decides nothing.
    """
    found = _VERSION.match(text.strip())
    if found is None:
        return None
    major = int(found[1])
    minor = None if found[2] is None else int(found[2])
    if major == 4 or (major, minor) == (5, 0):
        return Generation.WITH_MANAGER
    if major > 5 or (major == 5 and minor is not None):
        return Generation.WITHOUT_MANAGER
    return None
