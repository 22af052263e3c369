"""An app of WCS: what its CLI and its database.yml say of it (wcs.md 1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.redact import Secret


@dataclass(frozen=True)
class App:
    """One app. None means that the source did not say; `methods` may be known to be empty.

    `rest_username` is empty where the source says that there is none; `rest_password` is None
    where it is masked, too.

    `key` is what clients pass as app key; where the source has no key of its own, the name.
    """

    name: str
    key: str
    url: str | None = None
    owner: str | None = None
    rest_username: str | None = None
    rest_password: Secret | None = None
    methods: tuple[str, ...] | None = None
