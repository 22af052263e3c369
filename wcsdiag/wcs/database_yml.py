"""conf/database.yml: apps, wherever in the file something looks like one (wcs.md 6).

The file's schema is not documented. So it is read as YAML of whatever tags, walked, and every
mapping that has an app's fields is taken for an app. What has none is NOT understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.fields import Field, app_of, field_of, has_value, split_words
from wcsdiag.wcs.rest_methods import is_known_method

SIZE_LIMIT = 1 << 21
"""Bytes of the file that are read at most."""

_MOST_NODES = 200_000
_DEEPEST = 60
_DATA_SOURCE = re.compile(
    r"(?:jdbc|rmi|ldap|file|classpath|s3|rtsp|rtmp|wss?|redis|amqp)s?:", re.IGNORECASE
)


@dataclass(frozen=True)
class _Node:
    """A mapping met on the walk, and the key under which it stood."""

    mapping: dict[object, object]
    under: str | None


def parse_database(data: bytes) -> tuple[App, ...] | NotUnderstood:
    """The apps of database.yml. The text of a `NotUnderstood` is left out: it holds passwords."""
    if len(data) >= SIZE_LIMIT:
        return NotUnderstood("", f"it is larger than our limit of {SIZE_LIMIT} bytes")
    tree = _load(data.decode("utf-8", "replace"))
    if isinstance(tree, NotUnderstood):
        return tree
    apps: dict[tuple[str, str], App] = {}
    methods: dict[str, tuple[str, ...]] = {}
    for node in _mappings(tree):
        fields, listed = _fields(node)
        app = app_of(fields, listed) if _is_app(fields, node) else None
        if app is not None:
            apps.setdefault((app.name, app.key), app)
        elif listed is not None and (name := fields.get(Field.KEY) or fields.get(Field.NAME)):
            methods[name] = (*methods.get(name, ()), *listed)
    if not apps:
        return NotUnderstood("", "nothing in it looks like an app")
    return tuple(_with_methods(app, methods) for app in apps.values())


def _load(text: str) -> object | NotUnderstood:
    """The tree, with every scalar as text: BaseLoader makes no objects and expands no merges."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return list(yaml.load_all(text, Loader=loader))
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        return NotUnderstood("", f"it is not YAML: {first[:120]}")
    except (RecursionError, ValueError, TypeError):
        return NotUnderstood("", "it is nested too deeply or has keys that are no text")


def _mappings(tree: object) -> Iterator[_Node]:
    """Every mapping once, however many aliases lead to it, within a bound."""
    seen: set[int] = set()
    waiting: list[tuple[object, str | None, int]] = [(tree, None, 0)]
    while waiting and len(seen) < _MOST_NODES:
        value, under, depth = waiting.pop()
        if id(value) in seen or depth > _DEEPEST:
            continue
        if isinstance(value, dict):
            seen.add(id(value))
            yield _Node(value, under)
            children = [(child, str(key), depth + 1) for key, child in value.items()]
            waiting.extend(reversed(children))
        elif isinstance(value, list):
            seen.add(id(value))
            waiting.extend((child, under, depth + 1) for child in reversed(value))


def _fields(node: _Node) -> tuple[dict[Field, str], tuple[str, ...] | None]:
    fields: dict[Field, str] = {}
    listed: tuple[str, ...] | None = None
    for key, value in node.mapping.items():
        field = field_of(str(key))
        if field is Field.METHODS:
            listed = _method_names(value)
        elif field is not None and isinstance(value, str):
            fields.setdefault(field, value)
    return fields, listed


def _is_app(fields: dict[Field, str], node: _Node) -> bool:
    """True for a mapping with an app's fields; gives it the name that it stands under."""
    url = fields.get(Field.URL, "")
    says_app_key = any(re.sub(r"\W|_", "", str(key).lower()) == "appkey" for key in node.mapping)
    if _DATA_SOURCE.match(url) or not (has_value(url) or says_app_key):
        return False
    if Field.NAME not in fields and node.under is not None and Field.URL in fields:
        is_plural = node.under.lower() in {"apps", "applications", "app", "application"}
        if not is_plural:
            fields[Field.NAME] = node.under
    return bool(fields.keys() & {Field.NAME, Field.KEY}) and Field.URL in fields


def _method_names(value: object) -> tuple[str, ...]:
    """REST methods from a list of names, of mappings with a name, or from a mapping's keys."""
    if isinstance(value, str):
        return split_words(value) if has_value(value) else ()
    if isinstance(value, dict):
        on = {str(key): str(item).lower() for key, item in value.items()}
        return tuple(key for key, item in on.items() if item not in {"false", "no", "off"})
    names: list[str] = []
    for item in value if isinstance(value, list) else []:
        words = item.values() if isinstance(item, dict) else [item]
        texts = [word for word in words if isinstance(word, str)]
        names += [text for text in texts if not isinstance(item, dict) or is_known_method(text)]
    return tuple(dict.fromkeys(names))


def _with_methods(app: App, methods: dict[str, tuple[str, ...]]) -> App:
    listed = methods.get(app.key) or methods.get(app.name)
    return replace(app, methods=listed) if app.methods is None and listed is not None else app
