"""How a case went: what was said first, held against what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from benchmarks.diagnosis.cases import Case


class Outcome(Enum):
    """What an answer is worth. MISSED: a fault, and nothing was found."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDETERMINED = "undetermined"
    MISSED = "missed"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True)
class Said:
    """What wcsdiag said: its verdict, and the codes of the causes in their order."""

    verdict: str
    causes: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((*self.causes, *(f"({code})" for code in self.warnings))) or self.verdict


@dataclass(frozen=True)
class Done:
    """A case with what wcsdiag said, and the word of the script."""

    case: Case
    said: Said
    word: str

    @property
    def outcome(self) -> Outcome:
        """What wcsdiag's answer is worth."""
        if self.case.cause is None:
            return _of_healthy(self.said)
        if self.said.causes[:1] == (self.case.cause,):
            return Outcome.RIGHT
        named = {"undetermined": Outcome.UNDETERMINED, "healthy": Outcome.MISSED}
        return named.get(self.said.verdict, Outcome.WRONG)

    @property
    def script(self) -> Outcome:
        """What the script's word is worth."""
        names, leaves_open = _WORDS.get(self.word, ((), ()))
        if self.word == "ok":
            return Outcome.MISSED if self.case.cause else Outcome.RIGHT
        if self.case.cause is None:
            return Outcome.FALSE_ALARM if names or leaves_open else Outcome.UNDETERMINED
        if self.case.cause in names:
            return Outcome.RIGHT
        open_to_all = not names and not leaves_open
        in_question = open_to_all or self.case.cause in leaves_open
        return Outcome.UNDETERMINED if in_question else Outcome.WRONG


def _of_healthy(said: Said) -> Outcome:
    if said.verdict == "healthy":
        return Outcome.RIGHT
    return Outcome.UNDETERMINED if said.verdict == "undetermined" else Outcome.FALSE_ALARM


_DROPS = ("FWL105", "FWL107", "FWL112", "WEB114", "WEB115")
_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ssh-timed-out": (("HST101",), ()),
    "ssh-refused": (("HST101",), ()),
    "ssh-denied": (("HST101",), ()),
    "ssh-failed": (("HST101",), ()),
    "wcs-filtered": (("FWL103",), ("FWL105",)),
    "wcs-closed": (("HST103", "FWL102"), ("FWL103", "HST104")),
    "private-open": (("FWL104",), ()),
    "url-malformed": (("URL107",), ()),
    "name-not-found": (("WEB101",), ("WEB114", "URL114")),
    "dropped": (("FWL101",), (*_DROPS, "FWL106")),
    "dropped-for-the-host": (("FWL101",), (*_DROPS, "FWL106")),
    "no-route": ((), ("FWL101", "FWL106", *_DROPS)),
    "no-network": (("FWL106",), ("FWL101", *_DROPS)),
    "refused": (("WEB102",), ("FWL101", "FWL108", "URL111", "URL112", *_DROPS)),
    "tls-failed": (("WEB103",), ("WEB104", "WEB105", "WEB106")),
    "tls-expired": (("WEB106",), ()),
    "tls-wrong-name": (("WEB105",), ()),
    "tls-untrusted": (("WEB104",), ()),
    "empty-reply": (("WEB107",), ()),
    "not-http": (("WEB107",), ()),
    "slow": (("WEB112",), ()),
    "wrong-type": (("WEB109",), ("WEB110",)),
    "not-json": (("WEB110",), ()),
    "fields-lost": (("WEB111",), ()),
    "failed": ((), ()),
    # WCS takes a 403 for the web server's refusal of this client, which is no fault.
    "http-403": ((), ()),
    **{f"http-{status}": (("WEB108",), ("URL110",)) for status in (301, 302, 400, 401, 404, 405)},
    **{f"http-{status}": (("WEB108",), ()) for status in (500, 502, 503, 504)},
}
"""Of each word of the script: the causes that it names, and those that it leaves open."""
