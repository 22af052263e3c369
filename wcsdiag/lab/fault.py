"""What a fault is: a change of a scenario, and the code of the check that must name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from wcsdiag.lab.scenario import (
    Asked,
    LabApp,
    LabCli,
    LabHost,
    LabLog,
    LabSettings,
    LabWebServer,
    Scenario,
)
from wcsdiag.wcs.generation import Generation

Change = Callable[[Scenario], Scenario]

VERSION_WITH_MANAGER = "5.0.2954"


@dataclass(frozen=True)
class Fault:
    """A fault to switch on. `cause` is the code that must come first in the report.

    `warns`: that is a warning, and comes first where warnings count (`--fail-on warn`).
    """

    name: str
    summary: str
    cause: str
    apply: Change
    warns: bool = False


def change(
    *,
    app: LabApp | None = None,
    host: LabHost | None = None,
    cli: LabCli | None = None,
    settings: LabSettings | None = None,
    log: LabLog | None = None,
    web_server: LabWebServer | None = None,
    asked: Asked | None = None,
) -> Change:
    """A change that replaces the parts that are given, and leaves the others as they are."""

    def apply(scenario: Scenario) -> Scenario:
        return replace(
            scenario,
            apps=scenario.apps if app is None else (app,),
            host=host or scenario.host,
            cli=cli or scenario.cli,
            settings=settings or scenario.settings,
            log=log or scenario.log,
            web_server=web_server or scenario.web_server,
            asked=asked or scenario.asked,
        )

    return apply


def with_manager(then: Change) -> Change:
    """A change of a WCS that has a Manager, whatever the scenario had before."""

    def apply(scenario: Scenario) -> Scenario:
        return then(
            replace(scenario, generation=Generation.WITH_MANAGER, version=VERSION_WITH_MANAGER)
        )

    return apply
