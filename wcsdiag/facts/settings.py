"""The settings of WCS, read from its home."""

from __future__ import annotations

import re
from functools import partial

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.host.interface import DEFAULT_LIMIT, Host, HostError, HostFailure
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.net.parallel import at_the_same_time
from wcsdiag.redact import Redactor, Secret
from wcsdiag.registry import fact
from wcsdiag.wcs.generation import Generation
from wcsdiag.wcs.properties import read_jvm_options, read_properties
from wcsdiag.wcs.settings import Setting, Settings

_SECRET = re.compile(r"(?:password|passwd|secret|secret_?key|token_?key)$", re.IGNORECASE)


@fact
def settings(installation: Installation, access: HostAccess, redactor: Redactor) -> Settings:
    """Both settings files. One that cannot be read leaves the settings unavailable.

    Only WCS with Manager may be without conf/wcs-core.properties: its files are not documented.
    """
    flashphoner = f"{installation.home}/conf/flashphoner.properties"
    core = f"{installation.home}/conf/wcs-core.properties"
    calls = [partial(_read, access.host, path) for path in (flashphoner, core)]
    text, options_text = at_the_same_time(calls, at_most=len(calls))
    if isinstance(text, HostError):
        raise _unreadable(flashphoner, text) from text
    values = read_properties(text, f"host: {flashphoner}")
    options: dict[str, Setting] = {}
    files = [flashphoner]
    if not isinstance(options_text, HostError):
        options = read_jvm_options(options_text, f"host: {core}")
        files.append(core)
    elif (
        options_text.reason is not HostFailure.NOT_FOUND
        or installation.generation is Generation.WITHOUT_MANAGER
    ):
        raise _unreadable(core, options_text) from options_text
    for name, setting in [*values.items(), *options.items()]:
        if _SECRET.search(name) and setting.value:
            redactor.learn(Secret(setting.value))
    return Settings(values, options, tuple(files))


def _read(host: Host, path: str) -> bytes | HostError:
    try:
        return read_as_allowed(host, path)
    except HostError as error:
        return error


def _unreadable(path: str, error: HostError) -> Unavailable:
    return Unavailable(
        f"{path} cannot be read: {error.reason.value}",
        because="HST111",
        evidence=(Evidence(str(error), f"host: {path}"),),
        fix=Fix(error.hint or _advice(path, error)),
    )


def _advice(path: str, error: HostError) -> str:
    if error.reason is HostFailure.NOT_FOUND:
        return f"Put {path} back from a backup; if WCS is elsewhere, --wcs-home says where."
    return f"Give the SSH user the right to read {path}."


def read_as_allowed(host: Host, path: str, limit: int = DEFAULT_LIMIT) -> bytes:
    """The file as the SSH user, or through sudo where the user may not and sudo is allowed."""
    try:
        return host.read(path, limit=limit)
    except HostError as error:
        if error.reason is not HostFailure.PERMISSION:
            raise
    return host.read(path, limit=limit, root=True)
