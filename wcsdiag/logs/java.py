"""Java exceptions in the text of a record.

Literal forms, as `Throwable.printStackTrace` of the JDK writes them::

    java.net.SocketTimeoutException: Read timed out
        at java.net.SocketInputStream.socketRead0(Native Method)
    Caused by: java.net.ConnectException: Connection refused (Connection refused)
        ... 12 more

and within a message: `nested exception is java.net.SocketTimeoutException: Read timed out`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wcsdiag.logs.records import LogRecord

_SEARCHED = 2000
"""Characters of a line that are searched: an exception's class stands at the beginning."""

_LINES = 400
_MOST = 20

_NAME = r"(?:[A-Za-z_$][\w$]{0,80}\.){1,12}[A-Z][\w$]{0,120}"
_TITLE = re.compile(
    rf"(?:Caused by: |Suppressed: |Exception in thread \"[^\"]{{0,200}}\" )?(?P<name>{_NAME})"
    r"(?:: (?P<text>.*))?$",
    re.DOTALL,
)
_INSIDE = re.compile(rf"(?<![\w.$])(?P<name>{_NAME}(?:Exception|Error))\b(?:: (?P<text>[^;]*))?")
_ENDINGS = ("Exception", "Error", "Throwable", "ThreadDeath")
_STACK = re.compile(r"\s+at [\w$.<>/@ -]+\(|\s*\.\.\. \d+ (?:more|common frames)|\s*Caused by: ")


@dataclass(frozen=True)
class JavaException:
    """One exception of a record: its class with the package, and its message (may be empty)."""

    name: str
    text: str

    @property
    def simple_name(self) -> str:
        """The class without its package."""
        return self.name.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.name}: {self.text}" if self.text else self.name


def exceptions(record: LogRecord) -> tuple[JavaException, ...]:
    """The exceptions of a record, outermost first; at most twenty."""
    found = list(_inside(record.message))
    for line in record.lines[:_LINES]:
        title = _title(line)
        if title is not None:
            found.append(title)
            found.extend(_inside(title.text))
    return tuple(dict.fromkeys(found))[:_MOST]


def is_stack_line(line: str) -> bool:
    """True for the lines that belong to an exception: its title, its frames, its causes."""
    line = line[:_SEARCHED]
    return _STACK.match(line) is not None or _title(line) is not None


def _title(line: str) -> JavaException | None:
    found = _TITLE.match(line[:_SEARCHED].strip())
    if found is None or not found["name"].endswith(_ENDINGS):
        return None
    return JavaException(found["name"], (found["text"] or "").strip())


def _inside(message: str) -> list[JavaException]:
    return [
        JavaException(found["name"], (found["text"] or "").strip())
        for found in _INSIDE.finditer(message[:_SEARCHED])
    ]
