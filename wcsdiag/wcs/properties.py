"""Reading the two settings files of WCS; they look alike and are not.

flashphoner.properties is a Java properties file. conf/wcs-core.properties holds options of the
JVM, one or more to a line, among comments (literal lines, wcs.md 2.2)::

    ### JVM OPTIONS ###
    -Xmx1024M
    -Djdk.tls.client.protocols="TLSv1,TLSv1.1,TLSv1.2"
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from wcsdiag.wcs.settings import Setting

_LONGEST_LINE = 16 * 1024
_SIZED = re.compile(r"(-X(?:mx|ms|ss|mn))(\d.*)")


def read_properties(data: bytes, where: str) -> dict[str, Setting]:
    """The values of a .properties file, each with `where:line`; of duplicates the last counts.

    Read as Java reads it: ISO 8859-1, escapes, continued lines. A bad escape spoils its own line
    only: its text is then taken as it stands.
    """
    settings: dict[str, Setting] = {}
    for line, text in _logical_lines(data.decode("iso-8859-1")):
        for key, value in _pairs(text):
            settings[key] = Setting(value, f"{where}:{line}")
    return settings


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    start, pending = 0, ""
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        start = start if pending else number
        pending += line + "\n"
        if _continues(line) and not pending.lstrip(" \t\f").startswith(("#", "!")):
            continue
        yield start, pending
        pending = ""
    if pending:
        yield start, pending


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    # It costs 14 ms to import, which start-up without any host need not pay.
    from javaproperties import InvalidUEscapeError, KeyValue, parse

    try:
        for element in parse(text):
            if isinstance(element, KeyValue):
                yield element.key, element.value
    except InvalidUEscapeError:
        key, separator, value = text.strip().partition("=")
        if separator:
            yield key.strip(), value.strip()


def read_jvm_options(data: bytes, where: str) -> dict[str, Setting]:
    """The options of wcs-core.properties: `-Dname=value` by name, others by their option.

    `-Xmx1024M` is under "-Xmx", `-XX:ErrorFile=...` under "-XX:ErrorFile", a bare flag under
    itself with an empty value. Of duplicates the last counts, as in the JVM.
    """
    options: dict[str, Setting] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        for word in _words(line):
            if word.startswith("-"):
                name, value = _option(word)
                options[name] = Setting(value, f"{where}:{number}")
    return options


def _words(line: str) -> list[str]:
    """Of a line without end only the beginning: shlex takes the square of a word's length."""
    line = line[:_LONGEST_LINE]
    if line.lstrip().startswith("#"):
        return []
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.escape = ""
    try:
        words = list(lexer)
    except ValueError:
        words = line.split()
    comment = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:comment]


def _option(word: str) -> tuple[str, str]:
    sized = _SIZED.fullmatch(word)
    if sized is not None:
        return sized[1], sized[2]
    name, _, value = word.partition("=")
    return name.removeprefix("-D"), value.strip("\"'")
