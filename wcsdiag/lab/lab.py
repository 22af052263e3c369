"""Opening a lab: everything that a scenario names is started, and ended when the block ends."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wcsdiag.lab.account import Account, choose_account
from wcsdiag.lab.addresses import Addresses, take_addresses
from wcsdiag.lab.faults import find_fault
from wcsdiag.lab.ports import doors_of, seen_on_host
from wcsdiag.lab.scenario import SSH_PORT, Route, Scenario
from wcsdiag.lab.shims import write_shims
from wcsdiag.lab.variants import find_variant
from wcsdiag.lab.wcs_home import PID_FILE, WcsHome, flashphoner_properties, write_home
from wcsdiag.lab.wcs_process import core_process, manager_process, stand_in_java
from wcsdiag.lab.web_server import ReceivedHook, WebSite
from wcsdiag.redact import Secret
from wcsdiag.target import Intent, Target

if TYPE_CHECKING:
    from wcsdiag.lab.servers import Served

_SSH_USER = "wcs"
_WRONG_PASSWORD = "not-the-password"  # noqa: S105 - it opens nothing


@dataclass(frozen=True)
class Lab:
    """An open lab. `target` and `intent` are what a run against it is to be given.

    `root` holds all files of the lab, among them `home`, WCS's home, and `log`, the log that
    holds the hooks. `pids` are the processes of WCS. `timeout_s` is what one operation needs at
    most here: a run may be given that as its own limit.
    """

    scenario: Scenario
    target: Target
    intent: Intent
    root: Path
    home: Path
    log: Path
    addresses: Addresses
    web_server_url: str
    pids: tuple[int, ...]
    site: WebSite

    @property
    def timeout_s(self) -> float:
        """Seconds: a little more than the slowest answer of this lab, and at least two."""
        return max(2.0, self.scenario.web_server.delay_s + 1.5)

    @property
    def hooks_received(self) -> tuple[ReceivedHook, ...]:
        """The latest requests that the web server got."""
        return tuple(self.site.received)


@contextlib.contextmanager
def open_lab(fault: str | None = None, *, variant: str | None = None) -> Iterator[Lab]:
    """Open a healthy lab, one with a fault, or a variant; with both, the variant with the fault.

    Raises `LabError` where there is no such fault or variant, or no lab can be had here.
    """
    scenario = find_variant(variant).scenario if variant else Scenario()
    if fault:
        scenario = find_fault(fault).apply(scenario)
    with open_scenario(scenario) as lab:
        yield lab


@contextlib.contextmanager
def open_scenario(scenario: Scenario) -> Iterator[Lab]:
    """Open a lab that plays `scenario`. Raises `LabError`."""
    with contextlib.ExitStack() as stack:
        yield _open(scenario, stack)


def _open(scenario: Scenario, stack: contextlib.ExitStack) -> Lab:
    from wcsdiag.lab.servers import Servers, WcsSays

    account = choose_account()
    root = _folder(stack)
    addresses = take_addresses(doors_of(scenario))
    for listener in addresses.sockets.values():
        stack.callback(listener.close)
    servers = Servers(scenario, addresses, account, root, stack)
    apps = tuple(replace(app, url=addresses.fill(app.url)) for app in scenario.apps)
    settings = flashphoner_properties(scenario, addresses.public)
    home = write_home(root / "wcs", scenario, apps, settings)
    _write_programs(root, scenario, addresses)
    _let_others_read(root)
    pids = _start_processes(scenario, account, root, home, stack)
    password = secrets.token_hex(8)
    served = servers.start(WcsSays(apps, settings, password))
    return Lab(
        scenario,
        _target(scenario, addresses, root, home, served, password),
        _intent(scenario, addresses),
        root,
        home.path,
        home.log,
        addresses,
        _web_server_url(scenario, addresses),
        pids,
        served.site,
    )


def _folder(stack: contextlib.ExitStack) -> Path:
    root = Path(tempfile.mkdtemp(prefix="wcsdiag-lab-"))
    stack.callback(shutil.rmtree, root, ignore_errors=True)
    # The lab host's commands may run as another user, who must find WCS's home in it.
    root.chmod(0o755)
    return root


def _let_others_read(root: Path) -> None:
    """Undo what a strict umask took away; what is to be unreadable has no permission at all."""
    for path in root.rglob("*"):
        mode = 0 if path.is_symlink() else path.stat().st_mode & 0o777
        if mode:
            path.chmod(mode | (0o055 if path.is_dir() else 0o044))


def _write_programs(root: Path, scenario: Scenario, addresses: Addresses) -> None:
    from wcsdiag.lab.servers import fill_names

    write_shims(
        root / "bin",
        sockets=seen_on_host(tuple(addresses.sockets)),
        names=fill_names(scenario.host.names, addresses),
        sudo=scenario.host.sudo,
        disk_full=scenario.host.disk_full,
        rules=scenario.host.rules,
        public=addresses.public,
        unreachable=(addresses.web_server,) if scenario.host.route is Route.MISSING else (),
    )


def _start_processes(
    scenario: Scenario,
    account: Account,
    root: Path,
    home: WcsHome,
    stack: contextlib.ExitStack,
) -> tuple[int, ...]:
    java = stand_in_java(root)
    pids: list[int] = []
    if scenario.host.core_runs:
        core = stack.enter_context(core_process(account, home.path, java))
        (home.path / PID_FILE).write_text(f"{core}\n")
        pids.append(core)
    if scenario.has_manager and scenario.host.manager_runs:
        pids.append(stack.enter_context(manager_process(account, home.path, java)))
    return tuple(pids)


def _target(
    scenario: Scenario,
    addresses: Addresses,
    root: Path,
    home: WcsHome,
    served: Served,
    password: str,
) -> Target:
    given = _WRONG_PASSWORD if scenario.asked.wrong_cli_password else password
    configuration = root / "ssh_config"
    configuration.touch()
    return Target(
        host=addresses.public,
        ssh_user=_SSH_USER,
        ssh_port=SSH_PORT,
        ssh_key=served.client_key,
        ssh_config=configuration,
        known_hosts=served.known_hosts,
        cli_password=Secret(given),
        default_cli_password=False,
        wcs_home=str(home.path),
        app_key=scenario.asked.app_key,
    )


def _intent(scenario: Scenario, addresses: Addresses) -> Intent:
    asked = scenario.asked
    expected = asked.expect_url
    return Intent(
        expect_url=None if expected is None else addresses.fill(expected),
        rest=asked.rest,
        since=asked.since,
    )


def _web_server_url(scenario: Scenario, addresses: Addresses) -> str:
    """Where the web server is, whatever the apps say."""
    scheme = "http" if scenario.web_server.tls is None else "https"
    return f"{scheme}://{addresses.web_server}:{scenario.web_port}/hooks"
