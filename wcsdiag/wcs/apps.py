"""What `show apps`, `show apps -d` and `show app-rest-methods` print, as apps and REST methods.

The layout is not documented (wcs.md 1.1), so that several are read; what fits none of them is
NOT understood, which is a result of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wcsdiag.wcs.app import App
from wcsdiag.wcs.excerpt import excerpt_without_secrets
from wcsdiag.wcs.fields import app_of, split_words
from wcsdiag.wcs.layouts import cells_of_rows, records_of
from wcsdiag.wcs.rest_methods import is_known_method

_ERROR = re.compile(
    r"\b(?:error|exception|denied|not permitted|not allowed|forbidden|usage:|unknown|invalid"
    r"|does not exist|doesn't exist|not found|no such|failed|missing|cannot|can't)\b",
    re.IGNORECASE,
)
_NO_APPS = re.compile(
    r"\W*(?:(?:there are )?no app(?:lication)?s?\b.*|\[\s*\]|0 apps?\W*)", re.IGNORECASE
)
_NO_METHODS = re.compile(
    r"[^\n]{0,60}\bno (?:app )?(?:rest )?methods?\b[^\n]{0,60}|\[\s*\]|\W*(?:empty|none)\W*",
    re.IGNORECASE,
)
_METHOD_LIKE = re.compile(r"[a-z]{2,20}(?:[A-Z][A-Za-z0-9]{1,30})|[A-Za-z]{2,40}Event")
_STATES = frozenset({"false", "disabled", "off"})
_HEADINGS = frozenset(
    {"name", "method", "methods", "rest", "restmethod", "restmethods"}
    | {"app", "apps", "key", "appkey", "application"}
)
_MOST_APPS = 10_000


@dataclass(frozen=True)
class NotUnderstood:
    """A layout that could not be read: the text as it came, and why."""

    raw: str
    why: str

    @property
    def excerpt(self) -> str:
        """The beginning of the text, with what may be a password masked."""
        return excerpt_without_secrets(self.raw)


def parse_apps(text: str) -> tuple[App, ...] | NotUnderstood:
    """The apps of `show apps` or `show apps -d`; () where the list is plainly empty."""
    if not text.strip():
        return NotUnderstood(text, "nothing was printed")
    if _NO_APPS.fullmatch(text.strip()):
        return ()
    records = records_of(text)
    if records is None:
        says_error = _ERROR.search(text[:2000]) is not None
        return NotUnderstood(text, "it reads like an error" if says_error else "unknown layout")
    apps = [app_of(record) for record in records[:_MOST_APPS]]
    understood = tuple(app for app in apps if app is not None)
    if len(understood) != len(apps):
        return NotUnderstood(text, "a row names no app")
    return understood


def parse_app_methods(
    text: str, names: frozenset[str] = frozenset()
) -> tuple[str, ...] | NotUnderstood:
    """The REST methods of `show app-rest-methods APP`; () where the list is plainly empty.

    `names` are the app's name and key, which a heading may repeat. Unknown method names are
    taken where they stand among known ones.
    """
    text = text.strip()
    if not text or _NO_METHODS.fullmatch(text):
        return ()
    words = [word for row in cells_of_rows(text) for cell in row for word in split_words(cell)]
    found = [word.strip(":.*-|") for word in words]
    if _STATES & {word.lower() for word in found}:
        return NotUnderstood(text, "a column seems to say which REST methods are on")
    methods = tuple(dict.fromkeys(word for word in found if _is_method(word, names)))
    known = sum(map(is_known_method, methods))
    if known and known * 2 >= len(methods) and _ERROR.search(text) is None:
        return methods
    if _is_heading_only(found, names):
        return ()
    says_error = _ERROR.search(text[:2000]) is not None
    return NotUnderstood(text, "it reads like an error" if says_error else "unknown layout")


def _is_method(word: str, names: frozenset[str]) -> bool:
    if word in names:
        return False
    return is_known_method(word) or _METHOD_LIKE.fullmatch(word) is not None


def _is_heading_only(words: list[str], names: frozenset[str]) -> bool:
    meant = [word for word in words if word and not word.isdigit() and word not in names]
    return bool(words) and all(_is_heading(word) for word in meant)


def _is_heading(word: str) -> bool:
    return re.sub(r"[^a-z]", "", word.lower()) in _HEADINGS or word == "#"
