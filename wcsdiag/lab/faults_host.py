"""Faults of the host: SSH, processes, disk, settings and logs."""

from __future__ import annotations

from datetime import timedelta

from wcsdiag.lab.fault import Fault, change, with_manager
from wcsdiag.lab.scenario import LabHost, LabLog, LabSettings, LogState

HOST_FAULTS = (
    Fault(
        "ssh-closed",
        "nothing listens on the host's SSH port",
        "HST101",
        change(host=LabHost(ssh_listens=False)),
    ),
    Fault(
        "ssh-login-refused",
        "the host's SSH server refuses the operator's key",
        "HST101",
        change(host=LabHost(accepts_login=False)),
    ),
    Fault(
        "core-dead",
        "WCS's core process does not run",
        "HST103",
        change(host=LabHost(core_runs=False)),
    ),
    Fault(
        "manager-dead",
        "the Manager process of WCS with Manager does not run",
        "HST104",
        with_manager(change(host=LabHost(manager_runs=False))),
    ),
    Fault(
        "disk-full",
        "the disk that takes WCS's logs is full",
        "HST105",
        change(host=LabHost(disk_full=True)),
    ),
    Fault(
        "settings-missing",
        "WCS's settings files are not there",
        "HST111",
        change(settings=LabSettings(present=False)),
    ),
    Fault(
        "log-missing",
        "the log that holds the hooks does not exist",
        "LOG101",
        change(log=LabLog(state=LogState.MISSING)),
    ),
    Fault(
        "log-unreadable",
        "the operator's user on the host may not read the log",
        "LOG102",
        change(log=LabLog(state=LogState.UNREADABLE)),
    ),
    Fault(
        "log-stale",
        "WCS wrote its last line into the log three hours ago",
        "LOG103",
        change(log=LabLog(age=timedelta(hours=3))),
    ),
    Fault(
        "log-timeouts",
        "the log is full of time-outs of hooks; the web server answers now",
        "LOG104",
        change(log=LabLog(failures=("java.net.SocketTimeoutException: Read timed out",) * 40)),
    ),
    Fault(
        "jvm-crash",
        "the JVM has left a crash report in the last hour",
        "LOG106",
        change(log=LabLog(jvm_crash=True)),
    ),
)
