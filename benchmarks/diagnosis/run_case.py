"""Running one case: set it up, ask wcsdiag, ask the script."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.diagnosis.cases import LabCase, NetworkCase
from benchmarks.diagnosis.outcome import Done, Said
from tests.network.network import HOST_NAME, WEB_NAME, Network, open_network
from tests.network.wires import HOST
from tests.support import free_port
from wcsdiag.diagnosis import diagnose
from wcsdiag.lab.lab import Lab, open_lab
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Report, Status
from wcsdiag.plugins import load
from wcsdiag.redact import Redactor

_HERE = Path(__file__).parent
_SCRIPT_S = 60.0
_HOOKS_FLOW = {"HST101", "FWL110"}
"""Failures that leave the hooks themselves alone, as warnings do."""

_SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout=4 -o LogLevel=INFO"


def in_network(case: NetworkCase) -> Done:
    """Build the network with the fault in it, and look at it in both ways."""
    with open_network(case.plan) as network:
        for role, script in case.commands.items():
            network.by_role[role].sh(f"RULES={_HERE / 'rules'}\n{script}")
        _assert_is_what_it_says(case, network)
        said = _network_report(case, network)
        ssh = f"ssh -F {network.home}/.ssh/config {_SSH_OPTIONS} {HOST_NAME}"
        asked = {"URL": case.plan.wcs.url, "HOST": HOST.address, "SSH": ssh}
        environment = {**network.environment, **asked}
        done = network.operator.run("sh", str(_HERE / "script.sh"), env=environment)
    return Done(case, said, _word(done))


def _assert_is_what_it_says(case: NetworkCase, network: Network) -> None:
    """Send a hook as WCS's user: it must arrive or not, as the cause says."""
    # Java takes IPv4 addresses first, unless it is told otherwise.
    curl = ("curl", "-f", "-sS", "-m", "3", "-4", "-d", "{}")
    as_wcs = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    done = network.host.run(*as_wcs, *curl, f"{case.plan.wcs.url}/connect")
    flows = case.cause is None or case.warns or case.cause in _HOOKS_FLOW
    assert (done.returncode == 0) == flows, f"hook: {done.returncode} {done.stderr}"


def _network_report(case: NetworkCase, network: Network) -> Said:
    arguments = ["--fail-on", "warn"] if case.warns else []
    if case.web_ssh:
        arguments += ["--web-ssh", f"root@{WEB_NAME}"]
    report: dict[str, Any] = network.report(*arguments)
    causes = tuple(cause["code"] for cause in report["causes"])
    warned = tuple(
        result["code"]
        for result in report["results"]
        if any(found["status"] == "warn" for found in result["findings"])
    )
    return Said(report["verdict"], causes, () if case.warns else warned)


def in_lab(case: LabCase) -> Done:
    """Open the lab, and look at it in both ways."""
    registry = load()
    with open_lab(case.fault, variant=case.variant) as lab:
        lifetime = Lifetime(lab.timeout_s, deadline_s=60)
        report = diagnose(
            registry,
            registry.checks,
            lab.target,
            lab.intent,
            lifetime,
            Redactor(),
            fail_on=Status.WARN if case.warns else Status.FAIL,
        )
        done = subprocess.run(
            ["sh", str(_HERE / "script.sh")],
            env=_lab_environment(lab),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SCRIPT_S,
        )
    said = _said(report)
    return Done(case, replace(said, warnings=()) if case.warns else said, _word(done))


def _said(report: Report) -> Said:
    warned = tuple(result.code for result in report.results if result.status is Status.WARN)
    return Said(report.verdict.value, tuple(cause.code for cause in report.causes), warned)


def _lab_environment(lab: Lab) -> Mapping[str, str]:
    """The lab plays the way to the web server, and names, for forwarded connections alone."""
    app = lab.scenario.apps[0]
    target = lab.target
    ssh = (
        f"ssh -F {target.ssh_config} -i {target.ssh_key} -p {target.ssh_port}"
        f" -o UserKnownHostsFile={target.known_hosts} {_SSH_OPTIONS}"
        f" {target.ssh_user}@{target.host}"
    )
    login = f"{app.rest_username}:{app.rest_password}" if app.rest_username else ""
    return {
        "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
        "SSL_CERT_FILE": os.environ.get("SSL_CERT_FILE", ""),
        "URL": lab.addresses.fill(app.url),
        "HOST": target.host,
        "SSH": ssh,
        "SOCKS": str(free_port()),
        "LOGIN": login,
    }


def _word(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.strip() or f"broke ({done.returncode})"
