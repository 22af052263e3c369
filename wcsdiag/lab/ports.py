"""The ports on which a stand-in WCS listens, and where they can be reached (wcs.md 2.1, 4)."""

from __future__ import annotations

from wcsdiag.lab.addresses import Door, Place
from wcsdiag.lab.scenario import SSH_PORT, Scenario

HTTP_PORT = 8081
MANAGER_HTTP_PORT = 9091

_CLIENT_PORTS = (8080, 8443, HTTP_PORT, 8444, 8082, 8445, 1935)
_JMX_PORT = 50999
_METRICS_PORT = 7777
_MANAGER_PORTS = (MANAGER_HTTP_PORT, 8888, 1099)


def doors_of(scenario: Scenario) -> tuple[Door, ...]:
    """Every port that listens in the scenario."""
    doors: list[Door] = []
    if scenario.host.ssh_listens:
        doors.append(Door(Place.PUBLIC, SSH_PORT))
    if scenario.host.core_runs:
        doors += [Door(Place.PUBLIC, port) for port in _CLIENT_PORTS]
        doors.append(Door(Place.PRIVATE, _JMX_PORT))
        if not scenario.has_manager:
            doors.append(Door(Place.PRIVATE, _METRICS_PORT))
    if _manager_runs(scenario):
        doors += [Door(Place.PRIVATE, port) for port in _MANAGER_PORTS]
    if cli_runs(scenario):
        doors.append(Door(Place.PRIVATE, scenario.generation.cli_port))
    if scenario.web_server.listens:
        doors.append(Door(Place.WEB_SERVER, scenario.web_port))
    return tuple(doors)


def cli_runs(scenario: Scenario) -> bool:
    """True where the process that holds the CLI runs and its port listens."""
    holder = _manager_runs(scenario) if scenario.has_manager else scenario.host.core_runs
    return holder and scenario.cli.listens


def _manager_runs(scenario: Scenario) -> bool:
    return scenario.has_manager and scenario.host.manager_runs


def seen_on_host(doors: tuple[Door, ...]) -> list[tuple[str, int]]:
    """Addresses and ports as the lab host's own socket list shows them."""
    shown = {Place.PUBLIC: "0.0.0.0", Place.PRIVATE: "127.0.0.1"}  # noqa: S104 - shown, not bound
    return [(shown[door.place], door.port) for door in doors if door.place in shown]
