"""The commands of the stand-in CLI (wcs.md 1.2, 1.3, 1.5): a line in, text out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from wcsdiag.lab.cli_layouts import render
from wcsdiag.lab.scenario import AppIdentifier, LabApp, LabCli, Layout
from wcsdiag.wcs.rest_methods import KNOWN_METHODS

EXIT_COMMANDS = frozenset({"exit", "quit", "logout"})

_HELP = """show apps [-d | --detail]
show rest-methods
show app-rest-methods <app>
show node-settings
help
exit
"""


@dataclass(frozen=True)
class CliAnswer:
    """The text of an answer, and whether the command failed."""

    text: str
    failed: bool = False


@dataclass(frozen=True)
class CliCommands:
    """Answers commands about `apps`, whose URLs are complete, and `settings`."""

    cli: LabCli
    apps: tuple[LabApp, ...]
    settings: Mapping[str, str]

    def answer(self, line: str) -> CliAnswer:
        """Answer one command; `| grep WORD` behind it filters (wcs.md 1.1)."""
        command, pipe, filtered = line.partition("|")
        try:
            words = shlex.split(command)
            pattern = shlex.split(filtered)
        except ValueError:
            return _error("unbalanced quotes")
        answer = self._answer(words)
        if not pipe:
            return answer
        if len(pattern) != 2 or pattern[0] != "grep":
            return _error(f"unknown filter: {filtered.strip()}")
        kept = [text for text in answer.text.splitlines() if pattern[1] in text]
        return CliAnswer("".join(f"{text}\n" for text in kept), answer.failed)

    def _answer(self, words: list[str]) -> CliAnswer:
        match words:
            case []:
                return CliAnswer("")
            case ["help"]:
                return CliAnswer(_HELP)
            case ["show", "apps"]:
                return self._show_apps()
            case ["show", "apps", "-d" | "--detail"]:
                return self._show_apps_in_detail()
            case ["show", "rest-methods"]:
                return self._methods(KNOWN_METHODS)
            case ["show", "app-rest-methods", app]:
                return self._show_methods_of(app)
            case ["show", "node-settings"]:
                return CliAnswer("".join(f"{key}={self.settings[key]}\n" for key in self.settings))
        return _error(f"unknown command: {' '.join(words)}")

    def _show_apps(self) -> CliAnswer:
        rows = [[app.name, app.key, app.url] for app in self.apps]
        return CliAnswer(render(self.cli.layout, ["name", "appKey", "url"], rows))

    def _show_apps_in_detail(self) -> CliAnswer:
        if self.cli.layout is Layout.LINES:
            return self._show_apps()
        headings = ["name", "appKey", "url", "owner", "mainClass", "callbackClass"]
        headings += ["restUsername", "restPassword"]
        rows = [
            [app.name, app.key, app.url, "admin", "", "", app.rest_username, app.rest_password]
            for app in self.apps
        ]
        return CliAnswer(render(self.cli.layout, headings, rows))

    def _show_methods_of(self, wanted: str) -> CliAnswer:
        app = next((app for app in self.apps if wanted in self._names_of(app)), None)
        if app is None:
            return _error(f"application not found: {wanted}")
        return self._methods(app.methods)

    def _names_of(self, app: LabApp) -> set[str]:
        if self.cli.takes is AppIdentifier.EITHER:
            return {app.name, app.key}
        return {app.name} if self.cli.takes is AppIdentifier.NAME else {app.key}

    def _methods(self, methods: tuple[str, ...]) -> CliAnswer:
        # A list of names has one field: key and value, or a bare column, would look made up.
        table = self.cli.layout is Layout.TABLE
        layout = Layout.TABLE if table else Layout.LINES
        return CliAnswer(render(layout, ["REST method"], [[method] for method in methods]))


def _error(text: str) -> CliAnswer:
    return CliAnswer(f"Error: {text}\n", failed=True)
