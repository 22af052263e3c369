"""What the WCS CLI says of the apps and their REST methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wcsdiag.facts.cli_contact import CliContact, CliTrouble
from wcsdiag.facts.secrets import learn_from_apps
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.registry import fact
from wcsdiag.target import Target
from wcsdiag.wcs.app import App
from wcsdiag.wcs.apps import NotUnderstood, parse_app_methods, parse_apps
from wcsdiag.wcs.cli import CliError, CliFailure, CliSession, Question, Show

_MOST_APPS = 200
_FATAL = frozenset(
    {CliFailure.TIMED_OUT, CliFailure.NO_PROMPT, CliFailure.AMBIGUOUS, CliFailure.CLOSED}
)


@dataclass(frozen=True)
class CliReply:
    """One question and its answer: `text` is what was printed, up to `failure` where it failed."""

    command: str
    text: str
    failure: CliFailure | None = None
    message: str = ""


@dataclass(frozen=True)
class WcsCli:
    """A session with the CLI, already over: its answers.

    `apps` carry their REST methods where `show app-rest-methods` was understood. `words` maps an
    app's name to what that command accepted, the name or the key (wcs.md 1.3); an app without an
    entry has the same word for both, or was not asked for.
    """

    where: str
    port: int
    user: str
    way: str
    default_password: bool
    legacy_algorithms: tuple[str, ...]
    apps: tuple[App, ...] | NotUnderstood
    replies: tuple[CliReply, ...]
    words: Mapping[str, str] = field(default_factory=dict)


@fact
def wcs_cli(contact: CliContact, target: Target, lifetime: Lifetime, redactor: Redactor) -> WcsCli:
    """Ask for the apps, then for the REST methods of those that the user asks about."""
    if contact.transport is None or contact.port is None:
        raise _no_session(contact)
    session = CliSession(contact.transport, lifetime.timeout)
    interview = _Interview(session)
    try:
        apps = interview.apps()
        words: dict[str, str] = {}
        if not isinstance(apps, NotUnderstood):
            learn_from_apps(apps, redactor)
            apps = interview.with_methods(apps, target.app_key, words)
    finally:
        contact.transport.close()
    return WcsCli(
        where=contact.transport.where,
        port=contact.port,
        user=contact.user,
        way=session.way,
        default_password=contact.default_password,
        legacy_algorithms=contact.legacy_algorithms,
        apps=apps,
        replies=tuple(interview.replies),
        words=words,
    )


class _Interview:
    """The questions, and every reply that came."""

    def __init__(self, session: CliSession) -> None:
        self._session = session
        self._is_over = False
        self.replies: list[CliReply] = []

    def apps(self) -> tuple[App, ...] | NotUnderstood:
        """`show apps -d`, and `show apps` where that was not understood."""
        detailed = self._listing(Question(Show.APPS_DETAIL))
        if not isinstance(detailed, NotUnderstood) or self._is_over:
            return detailed
        short = self._listing(Question(Show.APPS))
        return detailed if isinstance(short, NotUnderstood) and detailed.raw else short

    def with_methods(
        self, apps: tuple[App, ...], app_key: str | None, words: dict[str, str]
    ) -> tuple[App, ...]:
        """The apps with their REST methods; those that nobody asks about are left as they are."""
        wanted = [app for app in apps if app_key is None or app_key in {app.key, app.name}]
        known = {app: self._methods(app, words) for app in wanted[:_MOST_APPS]}
        return tuple(
            replace(app, methods=methods) if (methods := known.get(app)) is not None else app
            for app in apps
        )

    def _listing(self, question: Question) -> tuple[App, ...] | NotUnderstood:
        text = self._ask(question)
        if text is None:
            return NotUnderstood(self.replies[-1].text, self.replies[-1].message)
        return parse_apps(text)

    def _methods(self, app: App, words: dict[str, str]) -> tuple[str, ...] | None:
        """By name, then by key: builds differ in which of them the command takes (wcs.md 1.3)."""
        seen: tuple[str, ...] | None = None
        for word in dict.fromkeys((app.name, app.key)):
            methods = self._methods_by(word, app)
            if methods:
                words[app.name] = word
                return methods
            seen = methods if methods is not None else seen
            if methods is not None and app.name not in words:
                words[app.name] = word
        return seen

    def _methods_by(self, word: str, app: App) -> tuple[str, ...] | None:
        try:
            question = Question(Show.APP_REST_METHODS, word)
        except CliError as error:
            command = f"{Show.APP_REST_METHODS.value} {word}"
            self.replies.append(CliReply(command, "", error.reason, str(error)))
            return None
        text = self._ask(question)
        if text is None:
            return None
        methods = parse_app_methods(text, frozenset({app.name, app.key}))
        return None if isinstance(methods, NotUnderstood) else methods

    def _ask(self, question: Question) -> str | None:
        if self._is_over:
            return None
        try:
            text = self._session.ask(question)
        except CliError as error:
            self._is_over = error.reason in _FATAL
            self.replies.append(CliReply(question.command, error.raw, error.reason, str(error)))
            return None
        self.replies.append(CliReply(question.command, text))
        return text


def _no_session(contact: CliContact) -> Unavailable:
    trouble = contact.trouble or CliTrouble.FAILED
    ports = " or ".join(map(str, contact.ports))
    evidence = tuple(Evidence(attempt.text, attempt.where) for attempt in contact.attempts)
    fix = Fix("See what URL101 says of the login to the CLI.")
    reason = f"no session with the WCS CLI on port {ports}: {trouble.value}"
    return Unavailable(reason, because="URL101", evidence=evidence, fix=fix)
