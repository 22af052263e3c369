"""What is said of the answers to hooks that were sent: what is wrong, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

_MOST = 200


class Tone(Enum):
    """What a remark says: all is well, worth knowing, could not tell, against the contract."""

    GOOD = "good"
    NOTE = "note"
    UNKNOWN = "could not tell"
    WRONG = "wrong"


@dataclass(frozen=True)
class Remark:
    """One observation. `text` is a sentence, `mend` what to do, empty where there is nothing.

    `subject` is the REST method, or what was tried; `count` hooks gave the same remark.
    """

    tone: Tone
    subject: str
    text: str
    mend: str = ""
    count: int = 1


class Remarks:
    """Remarks in the order in which each was first made, the same ones counted together.

    Bounded: beyond 200 different ones, more are only counted.
    """

    def __init__(self) -> None:
        self._made: dict[Remark, int] = {}
        self.left_out = 0

    def add(self, remarks: Iterable[Remark]) -> None:
        """Some more."""
        for remark in remarks:
            one = replace(remark, count=1)
            if one in self._made:
                self._made[one] += remark.count
            elif len(self._made) < _MOST:
                self._made[one] = remark.count
            else:
                self.left_out += 1

    @property
    def has_wrong(self) -> bool:
        """True where something is against the contract."""
        return any(remark.tone is Tone.WRONG for remark in self._made)

    def all(self) -> tuple[Remark, ...]:
        """Those that are wrong first, then what could not be told, what is right, and notes."""
        order = (Tone.WRONG, Tone.UNKNOWN, Tone.GOOD, Tone.NOTE)
        made = [replace(remark, count=count) for remark, count in self._made.items()]
        if self.left_out:
            made.append(Remark(Tone.NOTE, "judgement", f"{self.left_out} more are not shown"))
        return tuple(sorted(made, key=lambda remark: order.index(remark.tone)))


def as_data(remarks: Iterable[Remark]) -> list[Mapping[str, str | int]]:
    """The remarks as JSON has them."""
    return [
        {
            "tone": remark.tone.value,
            "subject": remark.subject,
            "text": remark.text,
            "mend": remark.mend,
            "count": remark.count,
        }
        for remark in remarks
    ]
