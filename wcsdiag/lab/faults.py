"""All faults of the lab, by name."""

from __future__ import annotations

from wcsdiag.lab.errors import no_such
from wcsdiag.lab.fault import Fault
from wcsdiag.lab.faults_hooks import HOOK_FAULTS
from wcsdiag.lab.faults_host import HOST_FAULTS
from wcsdiag.lab.faults_url import URL_FAULTS
from wcsdiag.lab.faults_web import WEB_FAULTS

_ALL = (*WEB_FAULTS, *URL_FAULTS, *HOST_FAULTS, *HOOK_FAULTS)

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
"""Every fault, in the order in which they are listed."""


def find_fault(name: str) -> Fault:
    """The fault of that name. Raises `LabError`, which names the nearest one."""
    if name not in FAULTS:
        raise no_such("fault", name, FAULTS)
    return FAULTS[name]
