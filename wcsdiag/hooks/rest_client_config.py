"""The object `restClientConfig` that an answer to `connect` may carry (wcs.md 3.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from wcsdiag.hooks.catalogue import find

_CHOICES = {
    "restOnError": ("LOG", "FAIL"),
    # DISABLED is how older vendor docs spell DISABLE.
    "restPolicy": ("OVERWRITE", "NOTIFY", "DISABLE", "DISABLED"),
}
_LISTS = ("restOverwrite", "restExclude", "clientExclude")
_MOST = 10
_NAME = "restClientConfig"


class ClientConfig(NamedTuple):
    """What an answer to `connect` sets for its session, by REST methods in lower case.

    `failing` are those whose failures stop what they announce (`restOnError: FAIL`), `disabled`
    those that WCS does not send (`restPolicy: DISABLE`). All others hold to the defaults.
    """

    failing: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()


DEFAULTS = ClientConfig()
"""What holds where an answer carries no `restClientConfig`."""


def client_config(answer: str) -> ClientConfig | None:
    """What a whole answer to `connect` sets; None where it is no JSON object."""
    if _NAME not in answer:
        return DEFAULTS if answer.strip()[-1:] == "}" else None
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    config = fields.get(_NAME)
    if not isinstance(config, dict):
        return DEFAULTS
    entries = [(str(name).lower(), each) for name, each in config.items() if isinstance(each, dict)]
    failing = (name for name, entry in entries if entry.get("restOnError") == "FAIL")
    disabled = (name for name, each in entries if each.get("restPolicy") in {"DISABLE", "DISABLED"})
    return _the_same(ClientConfig(frozenset(failing), frozenset(disabled)))


@lru_cache(maxsize=64)
def _the_same(config: ClientConfig) -> ClientConfig:
    """One object for equal ones: very many sessions are given the same."""
    return config


def problems_of(config: object) -> tuple[str, ...]:
    """Each thing that WCS may not understand, as a clause; at most ten."""
    if not isinstance(config, Mapping):
        return ("it is not an object",)
    found = [problem for name, entry in config.items() for problem in _of_entry(str(name), entry)]
    return tuple(found[:_MOST])


def _of_entry(name: str, entry: object) -> Iterator[str]:
    if find(name) is None:
        yield f"{name!r} is not a REST method that the vendor's docs name"
    if not isinstance(entry, Mapping):
        yield f"{name}: it is not an object"
        return
    for option, value in entry.items():
        if option in _CHOICES:
            if value not in _CHOICES[option]:
                yield f"{name}.{option} is {value!r}, not one of {', '.join(_CHOICES[option])}"
        elif option not in _LISTS:
            yield f"{name}.{option!r} is not an option"
        elif not isinstance(value, str):
            yield f"{name}.{option} is not a text of names with commas between them"
