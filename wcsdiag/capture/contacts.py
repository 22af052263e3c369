"""Which failed attempts, TLS connections and names of a capture can concern hooks.

A capture of a whole machine holds much that has nothing to do with hooks. Named ports decide;
else the ports to which hooks went; else those that hooks commonly go to (wcs.md 4).
"""

from __future__ import annotations

from collections.abc import Iterator

from wcsdiag.capture.attempts import Attempts
from wcsdiag.capture.dns import FailedName, Questions
from wcsdiag.capture.hook import moment
from wcsdiag.capture.seen import Seen, peer_text
from wcsdiag.hooks.exchange import Failure
from wcsdiag.hooks.traffic import Contact

_COMMON_PORTS = frozenset((80, 443, 8080, 8081, 8444, 8888, 9091))


class Contacts:
    """Gives the contacts at a capture's end. `notes` are of what may concern hooks, or not."""

    def __init__(
        self,
        attempts: Attempts,
        questions: Questions,
        seen: Seen,
        ports: frozenset[int] | None,
        names: frozenset[str] | None,
    ) -> None:
        self._attempts = attempts
        self._questions = questions
        self._seen = seen
        self._ports = ports
        self._names = None if names is None else frozenset(name.lower() for name in names)
        self.notes: list[str] = []

    def all(self, at: int) -> Iterator[Contact]:
        """Each kind of attempt once, with how often it was seen."""
        ports = self._ports or self._seen.hook_ports or _COMMON_PORTS
        for failed in self._attempts.failed(at):
            if int.from_bytes(failed.server[-2:]) in ports:
                yield Contact(
                    peer_text(failed.server),
                    failed.failure,
                    failed.detail,
                    moment(failed.at),
                    f"frame {failed.number}",
                    failed.count,
                )
        for (server, _), other in self._seen.others.items():
            is_wanted = other.is_tls or self._ports is not None
            if is_wanted and int(server.rpartition(":")[2]) in ports:
                yield Contact(
                    server,
                    other.failure,
                    other.detail,
                    moment(other.at),
                    f"frame {other.number}" if other.number else "",
                    other.count,
                )
        for name in self._questions.failed(at):
            if self._concerns_hooks(name):
                detail, place = name.detail, f"frame {name.number}"
                yield Contact(
                    name.name, Failure.NAME_NOT_FOUND, detail, moment(name.at), place, name.count
                )

    def _concerns_hooks(self, failed: FailedName) -> bool:
        """Where hooks went elsewhere, a name that nobody asked about may be anything."""
        if self._names is not None:
            return failed.name in self._names
        hosts = self._seen.hook_hosts
        if not hosts or failed.name in hosts:
            return True
        if len(self.notes) < 20:
            self.notes.append(
                f"DNS: {failed.name} failed ({failed.detail}); this concerns hooks only if a"
                " REST URL names it"
            )
        return False
