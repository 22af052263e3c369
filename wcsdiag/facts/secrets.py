"""Secrets that come with apps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from wcsdiag.redact import Redactor, Secret
from wcsdiag.wcs.app import App

_USERINFO = re.compile(r"//[^/?#@\s:]*:([^/?#@\s]+)@")


def learn_from_apps(apps: Iterable[App], redactor: Redactor) -> None:
    """Remember the passwords of the apps, those inside of their REST URLs too."""
    for app in apps:
        if app.rest_password is not None:
            redactor.learn(app.rest_password)
        for password in _USERINFO.findall(app.url or ""):
            redactor.learn(Secret(password))
            redactor.learn(Secret(unquote(password)))
