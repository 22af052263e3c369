"""conf/database.yml, where WCS 5.1 and later keeps its apps."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.secrets import learn_from_apps
from wcsdiag.facts.settings import read_as_allowed
from wcsdiag.host.interface import HostError
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.registry import fact
from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.database_yml import SIZE_LIMIT, parse_database


@dataclass(frozen=True)
class DatabaseYml:
    """The file at `path`; `apps` says why where nothing in it was understood."""

    path: str
    apps: tuple[App, ...] | NotUnderstood

    @property
    def where(self) -> str:
        """For evidence."""
        return f"host: {self.path}"


@fact
def database_yml(installation: Installation, access: HostAccess, redactor: Redactor) -> DatabaseYml:
    """The apps in conf/database.yml. Unavailable where there is no such file, or no permission."""
    path = f"{installation.home}/conf/database.yml"
    try:
        data = read_as_allowed(access.host, path, SIZE_LIMIT)
    except HostError as error:
        raise Unavailable(
            f"{path} cannot be read: {error.reason.value}",
            because="URL104",
            evidence=(Evidence(str(error), f"host: {path}"),),
            fix=Fix(error.hint) if error.hint else None,
        ) from error
    apps = parse_database(data)
    if not isinstance(apps, NotUnderstood):
        learn_from_apps(apps, redactor)
    return DatabaseYml(path, apps)
