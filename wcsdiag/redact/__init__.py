"""Secrets: how they are held, and how they are kept out of everything that is printed."""

from __future__ import annotations

import dataclasses
import logging
import threading
from typing import TYPE_CHECKING, TypeVar, cast

from wcsdiag.model import Report
from wcsdiag.redact.forms import Forms
from wcsdiag.redact.shapes import redact_shapes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Text = TypeVar("Text")

DOCUMENTED_DEFAULT = "admin"
"""The vendor's documented CLI password: known to all, and a word that evidence must show."""

_FIXED_FIELDS = frozenset({"code", "because", "explained_by", "tool_version"})


class Secret:
    """A value that must never be shown: its `str` and `repr` say so, `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Redactor:
    """Remembers every secret that a run learns, and takes it out of text. Safe from any thread."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._forms = Forms(())
        self._lock = threading.Lock()

    def learn(self, secret: Secret) -> None:
        """Remember a value that must not appear anywhere from now on.

        An empty value and the documented default password are no secrets.
        """
        value = secret.reveal()
        with self._lock:
            if value.strip() and value != DOCUMENTED_DEFAULT and value not in self._secrets:
                self._secrets.add(value)
                self._forms = Forms(sorted(self._secrets))

    def clean(self, text: str) -> str:
        """The text without learned secrets in any form, and without what looks like a secret.

        What looks like one: values of keys named password, secret or token, header lines with
        credentials, the password of a URL, private keys.
        """
        return redact_shapes(self._forms.replace(text))

    def scan(self, text: str, spoken: str = "") -> str:
        """The last look at a finished output: learned secrets alone, as far as not in `spoken`.

        `spoken` is the output's fixed vocabulary, such as the keys of a JSON document. A secret
        that is part of it cannot be told from it, and nothing is told by it.
        """
        return self._forms.replace(text, spoken)

    def clean_report(self, report: Report) -> Report:
        """The report with every text in it cleaned. Codes and the tool's version stay."""
        return self._walk(report)

    def _walk(self, value: Text) -> Text:
        if isinstance(value, str):
            return cast("Text", self.clean(value))
        if isinstance(value, tuple):
            return cast("Text", tuple(self._walk(item) for item in value))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return cast("Text", self._walk_fields(value))
        return value

    def _walk_fields(self, value: DataclassInstance) -> DataclassInstance:
        changed = {
            field.name: self._walk(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name not in _FIXED_FIELDS
        }
        return dataclasses.replace(value, **changed)


class RedactingFormatter(logging.Formatter):
    """Cleans whole lines of a log: message, arguments, traceback and all."""

    def __init__(self, redactor: Redactor, fmt: str) -> None:
        super().__init__(fmt)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, cleaned; never raises, since logging must not end a run."""
        try:
            return self._redactor.clean(super().format(record))
        except Exception as error:  # noqa: BLE001 - a log line with arguments that do not fit it
            return f"{record.name}: a log line could not be formatted ({type(error).__name__})"
