"""The fields of an app (wcs.md 1.2), in whatever spelling a heading or a key has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum

from wcsdiag.redact import Secret
from wcsdiag.wcs.app import App


class Field(Enum):
    """What an app consists of; OTHER are fields that are known and not needed."""

    NAME = "name"
    KEY = "key"
    URL = "url"
    OWNER = "owner"
    REST_USERNAME = "rest_username"
    REST_PASSWORD = "rest_password"  # noqa: S105 - the name of a field
    METHODS = "methods"
    OTHER = "other"


_SPELLINGS = {
    Field.NAME: "name appname application applicationname app title",
    Field.KEY: "key appkey applicationkey",
    Field.URL: "url appurl resturl resturi uri restserverurl webserverurl applicationurl endpoint",
    Field.OWNER: "owner appowner username",
    Field.REST_USERNAME: "restusername restuser restlogin urest resthttpuser",
    Field.REST_PASSWORD: "restpassword restpass restpasswd prest password",
    Field.METHODS: "methods restmethods apprestmethods restmethod",
    Field.OTHER: "mainclass callbackclass mclass cclass id type description active",
}
_FIELDS = {word: field for field, words in _SPELLINGS.items() for word in words.split()}
_NOTHING = frozenset({"", "-", "--", "null", "none", "n/a", "<none>", "nil", "empty", "~"})
_MASKED = re.compile(r"[*\u2022xX.]{3,}|<?(?:hidden|masked|secret)>?", re.IGNORECASE)
_NAME = re.compile(r"[\w.@+:][\w.@+: -]{0,127}")


def field_of(heading: str) -> Field | None:
    """The field that a heading or a key names; None where it names none."""
    return _FIELDS.get(re.sub(r"[^a-z0-9]", "", heading.lower()))


def has_value(text: str | None) -> bool:
    """False for the many ways of saying "nothing"."""
    return text is not None and text.strip().lower() not in _NOTHING


def is_app_name(text: str) -> bool:
    """True where the text can be an app's name or key: no sentence, no URL."""
    return _NAME.fullmatch(text) is not None and "://" not in text and len(text.split()) < 4


def app_of(values: Mapping[Field, str], methods: Iterable[str] | None = None) -> App | None:
    """The app that a record describes; None where it names no app.

    Where only one of name and key is given, it stands for both.
    """
    given = {field: value.strip() for field, value in values.items() if has_value(value)}
    name = given.get(Field.NAME) or given.get(Field.KEY)
    if name is None:
        return None
    key = given.get(Field.KEY, name)
    if not is_app_name(name) or not is_app_name(key):
        return None
    if methods is None and Field.METHODS in values:
        methods = split_words(given.get(Field.METHODS, ""))
    password = given.get(Field.REST_PASSWORD)
    if password is not None and _MASKED.fullmatch(password):
        password = None
    username = given.get(Field.REST_USERNAME)
    if username is None and Field.REST_USERNAME in values:
        username = ""
    return App(
        name=name,
        key=key,
        url=given.get(Field.URL),
        owner=given.get(Field.OWNER),
        rest_username=username,
        rest_password=Secret(password) if password is not None else None,
        methods=None if methods is None else tuple(methods),
    )


def split_words(text: str) -> tuple[str, ...]:
    """The words of a list, between commas, semicolons, blanks or brackets."""
    return tuple(word for word in re.split(r"[\s,;\[\](){}\"']+", text) if word)
