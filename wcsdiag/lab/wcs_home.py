"""The home of the stand-in WCS: version, settings, apps and logs, laid out as in wcs.md 2."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wcsdiag.lab.log_writer import filler_log, hook_log
from wcsdiag.lab.scenario import LabApp, LogState, Scenario

PID_FILE = "bin/FlashphonerMainWebCallServer.pid"
_AGE_OF_FILES_S = 2 * 86400

_SETENV = """#!/bin/bash
WCS_NON_ROOT=true
WCS_FD_LIMIT=20000
export MALLOC_ARENA_MAX=4
"""

_CORE_PROPERTIES = """### SERVER OPTIONS ###
-Dcom.sun.management.jmxremote=true
-Dcom.sun.management.jmxremote.port=50999
-Dcom.sun.management.jmxremote.host=localhost
-Dcom.sun.management.jmxremote.authenticate=false
### JVM OPTIONS ###
-Xmx1024M
-Djava.net.preferIPv4Stack=true
-Djdk.tls.client.protocols="TLSv1,TLSv1.1,TLSv1.2"
-XX:ErrorFile=/usr/local/FlashphonerWebCallServer/logs/error%p.log
{more}"""

_CRASH = """#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007f3c1c0a1b2c, pid={pid}, tid=0x00007f3c0b7fe700
#
"""


@dataclass(frozen=True)
class WcsHome:
    """`path` is the link that WCS is known by; `log` the file that holds the hooks."""

    path: Path
    log: Path


def flashphoner_properties(scenario: Scenario, public: str) -> dict[str, str]:
    """flashphoner.properties of the scenario: the documented names, with healthy values."""
    healthy = {
        "ip": public,
        "ip_local": public,
        "ws.port": "8080",
        "wss.port": "8443",
        "http.port": "8081",
        "https.port": "8444",
        "media_port_from": "31001",
        "media_port_to": "32000",
        "client_log_level": "INFO",
        "rest_request_timeout": "10",
    }
    return {**healthy, **scenario.settings.flashphoner}


def write_home(
    folder: Path, scenario: Scenario, apps: tuple[LabApp, ...], settings: Mapping[str, str]
) -> WcsHome:
    """Write the home into `folder`; `apps` have complete URLs."""
    real = folder / f"FlashphonerWebCallServer-{scenario.version}"
    for part in ("bin", "conf", "lib", "logs/server_logs", "logs/client_logs"):
        (real / part).mkdir(parents=True)
    home = folder / "FlashphonerWebCallServer"
    home.symlink_to(real.name)
    _write_configuration(home, scenario, apps, settings)
    log = home / scenario.generation.hook_log
    _write_logs(home, log, scenario, apps)
    return WcsHome(home, log)


def _write_configuration(
    home: Path, scenario: Scenario, apps: tuple[LabApp, ...], settings: Mapping[str, str]
) -> None:
    more = "".join(f"{line}\n" for line in scenario.settings.jvm)
    files = {
        "conf/WCS.version": f"{scenario.version}-0123456789abcdef0123456789abcdef01234567\n",
        "bin/setenv.sh": _SETENV,
    }
    if scenario.settings.present:
        lines = "".join(f"{key}={value}\n" for key, value in settings.items())
        files["conf/flashphoner.properties"] = f"# Config flashphoner.properties\n{lines}"
        files["conf/wcs-core.properties"] = _CORE_PROPERTIES.format(more=more)
    if not scenario.has_manager:
        files["conf/database.yml"] = _database(apps)
    then = time.time() - _AGE_OF_FILES_S
    for name, text in files.items():
        (home / name).write_text(text)
        os.utime(home / name, (then, then))


def _database(apps: tuple[LabApp, ...]) -> str:
    """A database.yml. The keys of the real one are UNKNOWN (wcs.md 6): these are invented."""
    lines = ["applications:"]
    for app in apps:
        lines += [
            f"- name: {_quoted(app.name)}",
            f"  appKey: {_quoted(app.key)}",
            f"  url: {_quoted(app.url)}",
            "  owner: 'admin'",
        ]
        if app.rest_username:
            lines.append(f"  restUsername: {_quoted(app.rest_username)}")
            lines.append(f"  restPassword: {_quoted(app.rest_password)}")
        methods = ", ".join(map(_quoted, app.methods))
        lines.append(f"  restMethods: [{methods}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _write_logs(home: Path, log: Path, scenario: Scenario, apps: tuple[LabApp, ...]) -> None:
    now = datetime.now().astimezone()
    if scenario.has_manager and scenario.host.core_runs:
        (home / "logs/server_logs/flashphoner.log").write_text(filler_log(now))
    if scenario.log.state is not LogState.MISSING:
        then = now - scenario.log.age
        log.write_bytes(hook_log(scenario, apps, then).encode() + scenario.log.appended)
        os.utime(log, (then.timestamp(), then.timestamp()))
    if scenario.log.state is LogState.UNREADABLE:
        log.chmod(0)
    if scenario.log.jvm_crash:
        (home / "logs/error4711.log").write_text(_CRASH.format(pid=4711))
