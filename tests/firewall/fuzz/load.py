"""Loads a rule set into the namespace of this process, and reads it back as wcsdiag does."""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import dataclass

from tests.firewall.fuzz.source import Source, text_of, without
from tests.firewall.fuzz.wire import OBSERVER

_LEGACY_TABLES = ("filter", "mangle", "raw", "nat")
_LEGACY_CHAINS = {
    "filter": "INPUT FORWARD OUTPUT",
    "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING",
    "raw": "PREROUTING OUTPUT",
    "nat": "PREROUTING INPUT OUTPUT POSTROUTING",
}


class RefusedError(Exception):
    """A tool or the kernel did not take some lines of a part of the source; numbers from 0."""

    def __init__(self, part: str, lines: set[int], message: str) -> None:
        super().__init__(message)
        self.part, self.lines = part, lines


@dataclass(frozen=True)
class Listing:
    """What the tools print of the loaded rule set."""

    nft: str
    ip4: str
    ip6: str
    ipset: str


class Loader:
    """Keeps in mind what has to be taken away before the next rule set."""

    def __init__(self) -> None:
        self._legacy = self._ipset = False

    def load(self, source: Source) -> None:
        """Replace all rules and ipsets; raises RefusedError, and the old rules are gone."""
        self._clear()
        if source.ipset:
            self._ipset = True
            _load_part("ipset", ["ipset", "restore"], text_of(source.ipset))
        # iptables first: where both are in use its chains then come from the older tables.
        suffix = "legacy" if source.legacy else "nft"
        self._legacy = self._legacy or source.legacy
        for part, command in (("ip4", "iptables"), ("ip6", "ip6tables")):
            lines = source.ip4 if part == "ip4" else source.ip6
            if lines:
                _load_part(part, [f"{command}-{suffix}-restore"], text_of(lines))
        _load_part("nft", ["nft", "-f", "-"], text_of(source.nft) + OBSERVER)

    def load_most(self, source: Source) -> tuple[Source, int]:
        """Load it without the lines that are refused; the source as loaded, how many were."""
        refused = 0
        for _ in range(100):
            try:
                self.load(source)
            except RefusedError as error:
                refused += len(error.lines)
                source = _without_refused(source, error)
            else:
                return source, refused
        raise RuntimeError("the kernel refused a hundred lines of one rule set")

    def listing(self, source: Source) -> Listing:
        """What the tools say of the rules in the kernel."""
        suffix = "legacy" if source.legacy else "nft"
        ip4 = _run([f"iptables-{suffix}-save", "-c"]) if source.ip4 else ""
        ip6 = _run([f"ip6tables-{suffix}-save", "-c"]) if source.ip6 else ""
        ipset = _run(["ipset", "save"]) if source.ipset else ""
        return Listing(_run(["nft", "-j", "list", "ruleset"]), ip4, ip6, ipset)

    def _clear(self) -> None:
        _run(["nft", "flush", "ruleset"])
        if self._legacy:
            for command in ("iptables", "ip6tables"):
                _run([f"{command}-legacy-restore"], _empty_legacy())
            self._legacy = False
        if self._ipset:
            _destroy_ipsets()
            self._ipset = False


def _destroy_ipsets() -> None:
    """The kernel lets go of the rules that use them a moment after they are gone."""
    _run(["ipset", "flush"])  # lists of sets use their sets, too
    for _ in range(400):
        if subprocess.run(["ipset", "destroy"], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.005)
    raise RuntimeError("ipsets are in use without rules")


def _without_refused(source: Source, error: RefusedError) -> Source:
    lines = getattr(source, error.part)
    if not error.lines or not all(n < len(lines) and lines[n].rule for n in error.lines):
        raise error
    return without(source, error.part, error.lines)


def _empty_legacy() -> str:
    parts = []
    for table in _LEGACY_TABLES:
        chains = [f":{chain} ACCEPT [0:0]" for chain in _LEGACY_CHAINS[table].split()]
        parts.append("\n".join([f"*{table}", *chains, "COMMIT\n"]))
    return "".join(parts)


def _load_part(part: str, command: list[str], text: str) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    found = re.findall(r"/dev/stdin:(\d+):|line:? (\d+)", done.stderr)
    numbers = {int(one or other) - 1 for one, other in found}
    raise RefusedError(part, numbers, f"{done.stderr}\n{text}")


def _run(command: list[str], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr}\n{text}")
    return done.stdout
