"""URL, first half: the WCS CLI, and the apps that it or database.yml shows."""

from __future__ import annotations

from collections.abc import Iterator

from wcsdiag.facts.apps import Apps, is_twin
from wcsdiag.facts.by_hand import cli_login
from wcsdiag.facts.cli import WcsCli
from wcsdiag.facts.cli_contact import CliContact, CliTrouble
from wcsdiag.facts.database import DatabaseYml
from wcsdiag.model import (
    Evidence,
    Fix,
    NotApplicable,
    Unavailable,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.generation import Generation

_ADMIN = "admin"
_NOT_JUDGED = "the WCS CLI was not reached"


@check("URL101", "The WCS CLI lets us in", explained_by=("HST101", "HST102", "HST103", "HST104"))
def cli_login_works(contact: CliContact, target: Target) -> Observations:
    """Apps, their REST URLs and their REST methods are seen and changed in the WCS CLI alone.

    It listens for SSH on port 2001, on 2000 where WCS has a Manager. It is tried through the host
    first, then straight from the operator. That nothing listens is a fault; a refused password is
    a permission that wcsdiag lacks.

    Fix
    ---
    Give the password and the port where they are not the documented ones::

        export WCSDIAG_CLI_PASSWORD=...
        wcsdiag all --host HOST --cli-port 2001 --cli-user admin

    Where nothing listens, see that WCS runs (and WCS Manager, where there is one)::

        sudo systemctl status webcallserver
    """
    evidence = tuple(Evidence(attempt.text, attempt.where) for attempt in contact.attempts)
    if contact.transport is not None:
        how = f"as {contact.user} with the {contact.password_source} password"
        where = contact.transport.where
        yield passed(f"the CLI on port {contact.port} lets us in", Evidence(f"login {how}", where))
        return
    ports = ("ports " if len(contact.ports) > 1 else "port ") + " and ".join(
        map(str, contact.ports)
    )
    trouble = contact.trouble or CliTrouble.FAILED
    if trouble is CliTrouble.NOTHING_LISTENS:
        fix = Fix(
            "Start WCS (with WCS Manager, where there is one). Where the CLI was moved to another "
            "port, name it with --cli-port.",
            ("sudo systemctl status webcallserver", "sudo ss -tlnp | grep java"),
        )
        summary = f"nothing listens for the WCS CLI on the host's {ports}"
        yield failed(summary, *evidence, fix=fix)
        return
    reason = f"no login to the WCS CLI on {ports}: {trouble.value}"
    yield undetermined(reason, *evidence, fix=_login_fix(contact, trouble, target))


def _login_fix(contact: CliContact, trouble: CliTrouble, target: Target) -> Fix:
    if trouble in {CliTrouble.LOGIN_REFUSED, CliTrouble.NO_PASSWORD}:
        user = contact.user
        return Fix(
            f"Give the password of the CLI's user {user!r}; an inactive user cannot log in. "
            "--cli-user names another user.",
            ("read -rs WCSDIAG_CLI_PASSWORD && export WCSDIAG_CLI_PASSWORD",),
        )
    hints = [attempt.hint for attempt in contact.attempts if attempt.hint]
    port = contact.ports[0] if contact.ports else 2001
    text = hints[0] if hints else "Try the login by hand from the host; --cli-port names the port."
    return Fix(text, (cli_login(target, port, contact.user),))


@check("URL102", "The CLI's documented default password is not in use")
def default_password_not_in_use(contact: CliContact, target: Target) -> Observations:
    """Whoever reaches the CLI with the default password can send every hook to his own server.

    Fix
    ---
    Change it in the CLI (it asks for the new one), then tell wcsdiag by WCSDIAG_CLI_PASSWORD::

        ssh -p 2001 admin@HOST     # then: passwd admin
    """
    if contact.transport is not None:
        where = contact.transport.where
        if contact.default_password:
            login = cli_login(target, contact.port or 2001, contact.user)
            yield warned(
                f"the CLI's user {contact.user} has the documented default password",
                Evidence("the default password was accepted", where),
                fix=Fix("Change the password.", (login, f"passwd {contact.user}")),
            )
            return
        text = f"login with the {contact.password_source} password, which is not the default"
        yield passed("the CLI's password is not the documented default", Evidence(text, where))
    elif contact.trouble is CliTrouble.LOGIN_REFUSED and _tried_default(target):
        refusal = contact.attempts[-1]
        yield passed(
            "the CLI refuses the documented default password", Evidence(refusal.text, refusal.where)
        )
    else:
        raise Unavailable(_NOT_JUDGED, because="URL101")


def _tried_default(target: Target) -> bool:
    return target.cli_password is None and target.default_cli_password


@check("URL103", "The CLI offers current SSH algorithms")
def cli_algorithms_current(contact: CliContact) -> Observations:
    """The CLI's SSH server is part of WCS and as old as WCS: current clients may refuse it.

    wcsdiag falls back to outdated algorithms for the CLI's ports alone.

    Fix
    ---
    Update WCS. Until then allow the old algorithms for this one host and port, and keep the port
    away from every network::

        ssh -p 2001 -oKexAlgorithms=+diffie-hellman-group14-sha1 \\
            -oHostKeyAlgorithms=+ssh-rsa admin@HOST
    """
    if contact.transport is None:
        raise Unavailable(_NOT_JUDGED, because="URL101")
    where = contact.transport.where
    old = contact.legacy_algorithms
    if old:
        yield warned(
            "the CLI agreed to outdated SSH algorithms only",
            Evidence(", ".join(old), where),
            fix=Fix("Update WCS, and keep the CLI's port reachable from the host alone."),
        )
    else:
        yield passed("current algorithms were agreed", Evidence("no fallback was needed", where))


@check("URL104", "The apps of WCS can be read", explained_by=("URL101",))
def apps_can_be_read(
    cli: WcsCli | Unavailable, database: DatabaseYml | Unavailable, apps: Apps | Unavailable
) -> Observations:
    """Without the list of apps nobody can say where hooks are sent to.

    The CLI is asked first; conf/database.yml stands in for it. How either lays out its data is not
    documented: a layout that wcsdiag does not understand is shown as it is.

    Fix
    ---
    Look at the list yourself, and report its layout (without passwords) to wcsdiag's authors::

        ssh -p 2001 admin@HOST     # then: show apps -d
    """
    if not isinstance(cli, Unavailable) and not isinstance(cli.apps, NotUnderstood):
        listings = [r.command for r in cli.replies if r.command.startswith("show apps")]
        names = ", ".join(app.name for app in cli.apps[:20]) or "an empty list"
        where = f"{cli.where} ({cli.way}): {listings[-1] if listings else 'show apps'}"
        yield passed(f"{len(cli.apps)} apps, read from the WCS CLI", Evidence(names, where))
    elif not isinstance(database, Unavailable) and not isinstance(database.apps, NotUnderstood):
        listed = Evidence(", ".join(app.name for app in database.apps[:20]), database.where)
        summary = f"{len(database.apps)} apps, read from conf/database.yml"
        if isinstance(cli, Unavailable):
            yield passed(f"{summary}, because there is {cli.reason}", listed)
        else:
            summary = f"{summary}, because the CLI's list could not be used: {_why(cli)}"
            yield warned(summary, *_raw(cli), listed)
    elif isinstance(cli, Unavailable):
        raise apps if isinstance(apps, Unavailable) else cli
    else:
        yield undetermined(
            f"the CLI's list of apps could not be used: {_why(cli)}",
            *_raw(cli),
            fix=Fix("Look at the list in the CLI.", ("show apps -d",)),
        )


def _why(cli: WcsCli) -> str:
    return cli.apps.why if isinstance(cli.apps, NotUnderstood) else ""


def _raw(cli: WcsCli) -> tuple[Evidence, ...]:
    if not isinstance(cli.apps, NotUnderstood):
        return ()
    return (Evidence(cli.apps.excerpt or "(nothing was printed)", f"{cli.where}: show apps -d"),)


@check("URL105", "The CLI and database.yml show the same apps", explained_by=("URL104",))
def cli_and_file_agree(
    cli: WcsCli | Unavailable, database: DatabaseYml | Unavailable
) -> Observations:
    """A file that says something else was edited, restored or rewritten by an update.

    What the CLI shows is in effect now; the file may come into effect with the next restart.

    Fix
    ---
    Decide which is right. Set it in the CLI, which writes the file::

        ssh -p 2001 admin@HOST     # then: update app -l URL APP
    """
    if isinstance(cli, Unavailable) or isinstance(database, Unavailable):
        raise NotApplicable("there is one source of the apps only")
    if isinstance(cli.apps, NotUnderstood) or isinstance(database.apps, NotUnderstood):
        raise NotApplicable("only one of the two sources could be understood")
    found = False
    for app in cli.apps:
        twin = next((other for other in database.apps if is_twin(app, other)), None)
        for summary, mine, theirs in _differences(app, twin):
            found = True
            yield warned(
                f"app {app.name}: {summary}",
                Evidence(mine, cli.where),
                Evidence(theirs, database.where),
                fix=Fix("Set in the CLI what is right; WCS reads the file when it starts."),
                subject=app.key,
            )
    hidden = [o for o in database.apps if not any(is_twin(app, o) for app in cli.apps)]
    for other in hidden:
        found = True
        yield warned(
            f"app {other.name} is in database.yml, and not in the CLI's list",
            Evidence(f"name {other.name}, key {other.key}", database.where),
            fix=Fix(f"The CLI's user {cli.user} may not see it: a user sees its own apps only."),
            subject=other.key,
        )
    if not found:
        text = f"{len(cli.apps)} apps, with the same REST URLs"
        yield passed("the CLI and database.yml agree", Evidence(text, cli.where))


def _differences(app: App, twin: App | None) -> Iterator[tuple[str, str, str]]:
    if twin is None:
        yield "it is not in database.yml", f"name {app.name}, key {app.key}", "no such app"
        return
    if app.url is not None and twin.url is not None and app.url != twin.url:
        yield "the REST URLs differ", app.url, twin.url
    if app.methods is not None and twin.methods is not None:
        mine, theirs = (sorted(map(str.lower, methods)) for methods in (app.methods, twin.methods))
        if mine != theirs:
            yield "the REST methods differ", ", ".join(app.methods), ", ".join(twin.methods)


@check("URL106", "There is an app for the app key", explained_by=("URL104",))
def app_exists(
    apps: Apps | Unavailable,
    cli: WcsCli | Unavailable,
    database: DatabaseYml | Unavailable,
    target: Target,
) -> Observations:
    """Clients pick the app by its key. For a key that WCS does not know it sends no hook at all:
    the client sees FAILED, then DISCONNECTED.

    The CLI may show a user its own apps alone. So an app that it does not list fails only where
    conf/database.yml does not have it either, or where admin asked in WCS with Manager (4, 5.0).

    Fix
    ---
    Correct the key in the clients, or add the app::

        ssh -p 2001 admin@HOST     # then: add app NAME KEY "http://web.example.com/hooks"
    """
    if isinstance(apps, Unavailable):
        if apps.because != "URL106":
            raise apps
        doubt = _doubt_of_missing(cli, database, target)
        if doubt is None:
            yield failed(apps.reason, *apps.evidence, fix=apps.fix)
        else:
            yield undetermined(f"{apps.reason}; but {doubt}", *apps.evidence, fix=apps.fix)
    elif apps.existing:
        keys = Evidence("app keys: " + ", ".join(app.key for app in apps.existing[:50]), apps.where)
        asked = f"the key {target.app_key!r}" if target.app_key else "every key listed"
        yield passed(f"there is an app for {asked}", keys, subject=target.app_key)
    elif isinstance(cli, Unavailable) or (cli.user == _ADMIN and not _has_apps(database)):
        fix = Fix(
            "Add an app. Its key is what clients pass; they pass `defaultApp` unless told "
            "otherwise.",
            (apps.cli, 'add app defaultApp defaultApp "http://web.example.com/hooks"'),
        )
        yield failed("WCS has no app at all", Evidence("an empty list", apps.where), fix=fix)
    else:
        yield undetermined(
            f"the CLI shows no app to {cli.user}, who may see only what is its own",
            Evidence("an empty list", apps.where),
            fix=Fix("Log in as the owner of the apps.", ("wcsdiag all --cli-user admin ...",)),
        )


def _doubt_of_missing(
    cli: WcsCli | Unavailable, database: DatabaseYml | Unavailable, target: Target
) -> str | None:
    """Why an app with the key may exist though it was not found; None: it does not."""
    if isinstance(cli, Unavailable) or isinstance(cli.apps, NotUnderstood):
        return "the CLI, which decides, could not be asked"
    if not isinstance(database, Unavailable) and not isinstance(database.apps, NotUnderstood):
        if not any(app.key == target.app_key for app in database.apps):
            return None
        return f"conf/database.yml has it: {cli.user} may see only its own apps in the CLI"
    if cli.user == _ADMIN and cli.port == Generation.WITH_MANAGER.cli_port:
        return None
    return (
        f"{cli.user} may see only its own apps in the CLI, and conf/database.yml, which has all, "
        "was not read"
    )


def _has_apps(database: DatabaseYml | Unavailable) -> bool:
    if isinstance(database, Unavailable) or isinstance(database.apps, NotUnderstood):
        return False
    return bool(database.apps)
