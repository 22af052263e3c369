"""The forms in which a secret may turn up: as it is, and as encodings make it look."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from urllib.parse import quote, quote_plus

MASK = "[redacted]"

_SHORT = 4
"""Below this length a secret is replaced only where it stands alone: "ab" is in every text."""

_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


class Forms:
    """Every form of some secrets, made ready to be found and replaced."""

    def __init__(self, secrets: Sequence[str]) -> None:
        found = {form for secret in secrets for form in _written(secret)}
        self._written = sorted(found, key=len, reverse=True)
        self._encoded = frozenset(core for secret in secrets for core in _base64_cores(secret))
        self._pattern = _any_of(self._written)

    def replace(self, text: str, spoken: str = "") -> str:
        """The text without them. Forms that are part of `spoken` stay: every report has them."""
        pattern = self._pattern
        if spoken:
            pattern = _any_of([form for form in self._written if form not in spoken])
        if pattern is not None:
            text = pattern.sub(MASK, text)
        if any(core in text for core in self._encoded):
            text = _BASE64_RUN.sub(self._mask_run, text)
        return text

    def _mask_run(self, run: re.Match[str]) -> str:
        """The whole run goes: what is left of a base64 text would tell a part of the secret."""
        return MASK if any(core in run[0] for core in self._encoded) else run[0]


def _any_of(forms: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(_bounded(form) for form in forms)) if forms else None


def _bounded(form: str) -> str:
    literal = re.sub("%[0-9A-Fa-f]{2}", r"(?i:\g<0>)", re.escape(form))
    return rf"(?<!\w){literal}(?!\w)" if len(form) < _SHORT else literal


def _written(secret: str) -> Iterator[str]:
    yield secret
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield shlex.quote(secret)
    yield html.escape(secret, quote=False)
    yield html.escape(secret)
    for escaped in _json(secret):
        yield escaped
        yield from _json(escaped)  # JSON inside a string of JSON, as logs have it
    yield re.sub(r"([\\:=#! ])", r"\\\1", secret)  # as java.util.Properties writes it


def _json(text: str) -> Iterator[str]:
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", r"\/")


def _base64_cores(secret: str) -> Iterator[str]:
    """What base64 makes of the secret whatever stands before and after it.

    Three bytes become four characters, so there are three ways to lie; the characters that
    depend on a neighbour as well are cut off.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    if len(raw) < _SHORT:
        return
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).decode("ascii")
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        core = encoded[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")
