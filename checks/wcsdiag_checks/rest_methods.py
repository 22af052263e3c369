"""RST: which hooks WCS is set to send, by app and as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.facts.cli import WcsCli
from wcsdiag.model import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Unavailable,
    Undetermined,
    failed,
    passed,
    undetermined,
    warned,
)
from wcsdiag.registry import Observations, check
from wcsdiag.target import Intent, RestIntent
from wcsdiag.wcs.app import App
from wcsdiag.wcs.excerpt import excerpt_without_secrets
from wcsdiag.wcs.rest_methods import CLIENT_PASSES, CONNECT, METHOD_GROUPS, is_used, missing_of
from wcsdiag.wcs.settings import Settings

_KEEP_ALIVE = "StreamKeepAliveEvent"


@check("RST101", "The app has REST methods, as intended")
def app_has_methods(
    apps: Apps, intent: Intent, settings: Settings | Unavailable, cli: WcsCli | Unavailable
) -> Observations:
    """A new app has no REST methods, and WCS sends a hook only for a REST method that the app has.

    To have none is a way to run without a web server: say so with `--rest off`.

    Fix
    ---
    Add all of them (APP is the app's name; some builds want its key)::

        ssh -p 2001 admin@HOST     # then: add app-rest-method -a APP
    """
    anybody = any(app.methods for app in apps.selected)
    for app in apps.selected:
        if app.methods is None:
            yield _methods_unknown(apps, app, cli)
        elif app.methods:
            yield _with_methods(apps, app, intent, settings)
        elif intent.rest is RestIntent.OFF:
            summary = f"app {app.name} has no REST methods, as intended: {CLIENT_PASSES}"
            yield passed(summary, _seen(apps, app), subject=app.key)
        elif intent.rest is RestIntent.ON:
            summary = f"app {app.name} has no REST methods: WCS sends no hook for it"
            yield failed(summary, _seen(apps, app), subject=app.key, fix=_add_all(apps, app))
        elif anybody:
            summary = f"app {app.name} has no REST methods, others have: see RST105"
            yield passed(summary, _seen(apps, app), subject=app.key)
        else:
            yield undetermined(
                f"app {app.name} has no REST methods: WCS sends no hook for it. Is that meant?",
                _seen(apps, app),
                subject=app.key,
                fix=_add_all(apps, app, "--rest off says that it is meant. Else add them."),
            )
    if not apps.selected:
        raise NotApplicable("there is no app")


def _with_methods(
    apps: Apps, app: App, intent: Intent, settings: Settings | Unavailable
) -> Finding:
    seen = _seen(apps, app)
    off = not isinstance(settings, Unavailable) and settings.disable_rest_requests
    if intent.rest is not RestIntent.OFF or off:
        count = len(app.methods or ())
        return passed(f"app {app.name} has {count} REST methods", seen, subject=app.key)
    command = f"remove app-rest-method -a {apps.word_for(app)}"
    return failed(
        f"app {app.name} has REST methods, though REST is meant to be off",
        seen,
        subject=app.key,
        fix=Fix(_name_or_key(apps, app, "Remove them in the WCS CLI."), (apps.cli, command)),
    )


def _methods_unknown(apps: Apps, app: App, cli: WcsCli | Unavailable) -> Undetermined:
    if apps.source is AppSource.DATABASE_YML or isinstance(cli, Unavailable):
        return undetermined(
            f"the REST methods of app {app.name} are not known: they are seen in the CLI",
            Evidence(f"name {app.name}, key {app.key}", apps.where),
            subject=app.key,
            fix=Fix("Let wcsdiag into the CLI; URL101 says what it lacks."),
        )
    commands = {f"show app-rest-methods {word}" for word in (app.name, app.key)}
    replies = [reply for reply in cli.replies if reply.command in commands]
    shown = (
        Evidence(
            excerpt_without_secrets(reply.text) or reply.message or "(nothing was printed)",
            f"{cli.where}: {reply.command}",
        )
        for reply in replies
    )
    return undetermined(
        f"the REST methods of app {app.name} could not be read from the CLI",
        *shown,
        subject=app.key,
        fix=Fix("Look at them in the CLI.", (apps.cli, *sorted(commands))),
    )


@check("RST102", "The app's REST methods hold connect", explained_by=("RST101",))
def connect_is_a_method(apps: Apps, intent: Intent) -> Observations:
    """`connect` is the first hook of every session, and its answer is what configures the others.

    Without it the web server is not asked whether a client may connect. That can be meant: it
    fails only with `--rest on`.

    Fix
    ---
    Add it (APP is the app's name; some builds want its key)::

        ssh -p 2001 admin@HOST     # then: add app-rest-method APP connect
    """
    if intent.rest is RestIntent.OFF:
        raise NotApplicable("REST is meant to be off")
    for app in _with_some(apps):
        if CONNECT in {method.lower() for method in app.methods or ()}:
            yield passed(f"app {app.name} has connect", _seen(apps, app), subject=app.key)
            continue
        command = f"add app-rest-method {apps.word_for(app)} {CONNECT}"
        say = failed if intent.rest is RestIntent.ON else warned
        yield say(
            f"app {app.name} has no REST method connect: its first hook is never sent",
            _seen(apps, app),
            subject=app.key,
            fix=Fix(_name_or_key(apps, app, "Add it in the WCS CLI."), (apps.cli, command)),
        )


@check(
    "RST103",
    "Nothing is missing among the app's REST methods for what it is used for",
    explained_by=("RST101", "RST102"),
)
def no_gaps_among_methods(apps: Apps, intent: Intent) -> Observations:
    """A use of WCS (connection, SIP registration, calls, messages, streaming) needs several REST
    methods. Where some are removed and others are not, the web server sees half of the story.

    Fix
    ---
    Add what is missing, or remove the rest of it as well::

        ssh -p 2001 admin@HOST     # then: add app-rest-method APP METHOD
    """
    if intent.rest is RestIntent.OFF:
        raise NotApplicable("REST is meant to be off")
    for app in _with_some(apps):
        methods = app.methods or ()
        gaps = {
            group.name: missing
            for group in METHOD_GROUPS
            if is_used(group, methods) and (missing := missing_of(group, methods))
        }
        unused = [group.name for group in METHOD_GROUPS if not is_used(group, methods)]
        if not gaps:
            note = f" (left out as a whole: {', '.join(unused)})" if unused else ""
            summary = f"nothing is missing for app {app.name}{note}"
            yield passed(summary, _seen(apps, app), subject=app.key)
            continue
        told = "; ".join(f"for {name}: {', '.join(missing)}" for name, missing in gaps.items())
        lacking = dict.fromkeys(method for missing in gaps.values() for method in missing)
        word = apps.word_for(app)
        commands = (f"add app-rest-method {word} {method}" for method in lacking)
        yield warned(
            f"app {app.name} lacks REST methods {told}",
            _seen(apps, app),
            subject=app.key,
            fix=Fix(_name_or_key(apps, app, "Add them in the WCS CLI."), (apps.cli, *commands)),
        )


@check(
    "RST105",
    "REST methods and settings do not contradict each other",
    explained_by=("RST101", "RST102", "RST103", "RST104"),
)
def no_contradictions(apps: Apps, settings: Settings | Unavailable, intent: Intent) -> Observations:
    """REST methods of an app mean nothing where the settings switch all hooks off; and of two apps
    the one without REST methods is usually the forgotten one.

    Fix
    ---
    Decide whether hooks are wanted. Then either take `disable_rest_requests` out, or::

        ssh -p 2001 admin@HOST     # then: remove app-rest-method -a APP
    """
    having = [app for app in apps.selected if app.methods]
    lacking = [app for app in apps.selected if app.methods == ()]
    found = False
    off = not isinstance(settings, Unavailable) and settings.disable_rest_requests
    if off and having and intent.rest is not RestIntent.OFF:
        found = True
        names = ", ".join(app.name for app in having)
        where = "" if isinstance(settings, Unavailable) else settings.where("disable_rest_requests")
        yield warned(
            f"REST methods of {names} mean nothing: disable_rest_requests switches all hooks off",
            Evidence("disable_rest_requests=true", where or "host: flashphoner.properties"),
            fix=Fix("Decide whether hooks are wanted."),
        )
    for app in lacking if having and intent.rest is not RestIntent.OFF else []:
        found = True
        yield warned(
            f"app {app.name} has no REST methods, while {having[0].name} has {_count(having[0])}",
            _seen(apps, app),
            subject=app.key,
            fix=_add_all(apps, app, "If its hooks are wanted, add them."),
        )
    for finding in _keep_alive(apps, settings):
        found = True
        yield finding
    if not found:
        told = ", ".join(f"{app.name}: {_count(app)}" for app in apps.selected) or "no app"
        yield passed("no contradictions were seen", Evidence(f"REST methods {told}", apps.where))


def _keep_alive(apps: Apps, settings: Settings | Unavailable) -> Iterator[Finding]:
    """StreamKeepAliveEvent needs three settings and the REST method, all of them (wcs.md 3.7)."""
    if isinstance(settings, Unavailable):
        return
    enabled = settings.flashphoner.get("keep_alive_streaming_sessions_enabled")
    keys = settings.flashphoner.get("streaming_sessions_keep_alive_app_keys")
    if enabled is None or keys is None or enabled.value.strip().lower() != "true":
        return
    named = {key.strip() for key in keys.value.split(",")}
    for app in apps.selected:
        if app.key in named and app.methods and not _has(app, _KEEP_ALIVE):
            command = f"add app-rest-method {apps.word_for(app)} {_KEEP_ALIVE}"
            yield warned(
                f"the settings want {_KEEP_ALIVE} for app {app.name}, which lacks the REST method",
                Evidence(f"streaming_sessions_keep_alive_app_keys={keys.value}", keys.where),
                subject=app.key,
                fix=Fix(_name_or_key(apps, app, "Add it in the WCS CLI."), (apps.cli, command)),
            )


def _with_some(apps: Apps) -> list[App]:
    """The apps that have REST methods; what the others lack is RST101's to say."""
    found = [app for app in apps.selected if app.methods]
    if found:
        return found
    if any(app.methods is None for app in apps.selected):
        raise Unavailable("the REST methods are not known", because="RST101")
    raise NotApplicable("no app has REST methods")


def _has(app: App, method: str) -> bool:
    return method.lower() in {name.lower() for name in app.methods or ()}


def _count(app: App) -> str:
    return "unknown" if app.methods is None else str(len(app.methods) or "none")


def _seen(apps: Apps, app: App) -> Evidence:
    is_file = apps.source is AppSource.DATABASE_YML
    command = f"show app-rest-methods {apps.word_for(app)}"
    where = apps.where if is_file else apps.where.replace("show apps -d", command)
    return Evidence(", ".join(app.methods or ()) or "(none)", where)


def _add_all(apps: Apps, app: App, text: str = "Add them in the WCS CLI.") -> Fix:
    command = f"add app-rest-method -a {apps.word_for(app)}"
    return Fix(_name_or_key(apps, app, text), (apps.cli, command))


def _name_or_key(apps: Apps, app: App, text: str) -> str:
    """Builds differ in whether these commands take name or key (wcs.md 1.3)."""
    if app.name == app.key or app.name in apps.words:
        return text
    return f"{text} Should the CLI not know {app.name}, give the app's key instead: {app.key}."
