"""The apps of WCS and their REST URLs, from the CLI where it can be had, else from database.yml."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from wcsdiag.facts.by_hand import cli_login
from wcsdiag.facts.cli import WcsCli
from wcsdiag.facts.database import DatabaseYml
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.registry import fact
from wcsdiag.target import Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood


class AppSource(Enum):
    """Where the apps were read."""

    CLI = "the WCS CLI"
    DATABASE_YML = "conf/database.yml"


@dataclass(frozen=True)
class Apps:
    """The apps that were asked for (all, or the one of `--app-key`), and all that exist.

    `where` names the source for evidence: "host: WCS CLI on port 2001: show apps -d". `words` maps
    an app's name to what `show app-rest-methods` took for it, name or key, where that is known.
    `cli` is how to log in, for commands: "ssh -J wcs1 -p 2001 admin@127.0.0.1".
    """

    source: AppSource
    where: str
    selected: tuple[App, ...]
    existing: tuple[App, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    cli: str = "ssh -p 2001 admin@HOST"

    @property
    def by_url(self) -> dict[str, tuple[App, ...]]:
        """The REST URLs of the selected apps, each once, with the apps that have it."""
        grouped: dict[str, tuple[App, ...]] = {}
        for app in self.selected:
            if app.url is not None:
                grouped[app.url] = (*grouped.get(app.url, ()), app)
        return grouped

    @property
    def urls_in_use(self) -> dict[str, tuple[App, ...]]:
        """`by_url` without those that nothing is sent to, while something is sent to others.

        No hook is sent for an app without REST methods: a stock app may keep whatever URL it has.
        """
        if not any(app.methods for app in self.selected):
            return self.by_url
        return {
            url: users
            for url, users in self.by_url.items()
            if any(app.methods != () for app in users)
        }

    def word_for(self, app: App) -> str:
        """What the commands on REST methods take for the app: its name unless its key is known."""
        return self.words.get(app.name, app.name)


@fact
def apps(cli: WcsCli | Unavailable, database: DatabaseYml | Unavailable, target: Target) -> Apps:
    """From the CLI where it was understood, completed from database.yml; else from that file."""
    from_file = _of_file(database)
    if not isinstance(cli, Unavailable) and not isinstance(cli.apps, NotUnderstood):
        existing = tuple(_completed(app, from_file or ()) for app in cli.apps)
        found = Apps(AppSource.CLI, f"{cli.where}: show apps -d", existing, existing, cli.words)
    elif from_file is not None and not isinstance(database, Unavailable):
        found = Apps(AppSource.DATABASE_YML, database.where, from_file, from_file)
    else:
        raise _unavailable(cli, database)
    port = cli.port if not isinstance(cli, Unavailable) else target.cli_port or 2001
    login = cli_login(target, port, target.cli_user)
    return replace(_selected(found, target.app_key), cli=login)


def _of_file(database: DatabaseYml | Unavailable) -> tuple[App, ...] | None:
    if isinstance(database, Unavailable) or isinstance(database.apps, NotUnderstood):
        return None
    return database.apps


def _completed(app: App, others: tuple[App, ...]) -> App:
    """The app with what the CLI did not say, taken from the file's app of the same key and name."""
    twin = next((other for other in others if is_twin(app, other)), None)
    if twin is None:
        return app
    return replace(
        app,
        url=app.url or twin.url,
        rest_username=twin.rest_username if app.rest_username is None else app.rest_username,
        rest_password=app.rest_password or twin.rest_password,
        methods=app.methods if app.methods is not None else twin.methods,
    )


def is_twin(app: App, other: App) -> bool:
    """True where both describe the same app: by key, or by name where one has no key of its own."""
    has_own_keys = app.key != app.name and other.key != other.name
    return app.key == other.key or (app.name == other.name and not has_own_keys)


def _selected(found: Apps, app_key: str | None) -> Apps:
    if app_key is None:
        return found
    chosen = tuple(app for app in found.existing if app.key == app_key)
    if chosen:
        return replace(found, selected=chosen)
    keys = [app.key for app in found.existing]
    raise Unavailable(
        f"no app has the key {app_key!r}: there {_listed(keys)}",
        because="URL106",
        evidence=(Evidence("app keys: " + (", ".join(keys[:50]) or "none"), found.where),),
        fix=_key_fix(app_key, found),
    )


def _listed(keys: list[str]) -> str:
    if not keys:
        return "are no apps at all"
    shown = ", ".join(map(repr, keys[:10]))
    return f"is {shown}" if len(keys) == 1 else f"are {shown}" + (", ..." if keys[10:] else "")


def _key_fix(app_key: str, found: Apps) -> Fix:
    named = next((app for app in found.existing if app.name == app_key), None)
    if named is not None:
        return Fix(
            f"{app_key!r} is the name of the app whose key is {named.key!r}: clients must pass "
            f"the key. Ask with --app-key {named.key}."
        )
    lowered = {app.key.lower(): app.key for app in found.existing}
    near = difflib.get_close_matches(app_key.lower(), list(lowered), n=1, cutoff=0.6)
    if near:
        return Fix(
            f"The nearest is {lowered[near[0]]!r}; keys are compared with case. WCS sends no hook "
            "for a key that it does not know: correct the key in the clients, or add the app."
        )
    return Fix(
        "WCS sends no hook for a key that it does not know: correct the key in the clients, or "
        "add the app in the WCS CLI."
    )


def _unavailable(cli: WcsCli | Unavailable, database: DatabaseYml | Unavailable) -> Unavailable:
    """Neither source: the CLI's reason leads, because the CLI is the one to mend."""
    if isinstance(cli, Unavailable) and isinstance(database, Unavailable):
        because = "HST101" if database.because == "HST101" else cli.because
        reason = "the apps are not known: neither the WCS CLI nor conf/database.yml could be read"
        return Unavailable(reason, because=because, evidence=cli.evidence, fix=cli.fix)
    in_file = (
        database.reason
        if isinstance(database, Unavailable)
        else f"{database.path} was not understood"
    )
    if isinstance(cli, Unavailable):
        reason = f"{cli.reason}; and {in_file}"
        return Unavailable(reason, because=cli.because, evidence=cli.evidence, fix=cli.fix)
    why = cli.apps.why if isinstance(cli.apps, NotUnderstood) else "it is empty"
    reason = f"the CLI's list of apps could not be used ({why}), and {in_file}"
    return Unavailable(reason, because="URL104")
