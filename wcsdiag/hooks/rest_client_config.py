"""The object `restClientConfig` that an answer to `connect` may carry (wcs.md 3.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wcsdiag.hooks.catalogue import find

_CHOICES = {
    "restOnError": ("LOG", "FAIL"),
    # DISABLED is how older vendor docs spell DISABLE.
    "restPolicy": ("OVERWRITE", "NOTIFY", "DISABLE", "DISABLED"),
}
_LISTS = ("restOverwrite", "restExclude", "clientExclude")
_MOST = 10


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
