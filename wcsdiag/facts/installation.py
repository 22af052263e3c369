"""Where WCS is installed on the host, and which generation it is."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wcsdiag.errors import WcsdiagError
from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.sockets import ListeningSockets
from wcsdiag.facts.survey import Survey, candidates
from wcsdiag.host.interface import HostError
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.registry import fact
from wcsdiag.target import Target
from wcsdiag.wcs.generation import Generation, generation_of_version
from wcsdiag.wcs.home import DEFAULT_HOME, MANAGER_LOG, HomeCandidate
from wcsdiag.wcs.process_table import JavaProcess

_SEARCH = (
    "ls -ld /usr/local/FlashphonerWebCallServer*",
    "ps -C java -o pid,user,lstart,args",
)
_GRANT = Fix(
    "Log in as root, or as a user that may run sudo without a password, or let the SSH user "
    "enter WCS's directories."
)


class CannotTellError(WcsdiagError):
    """Stands behind an `Unavailable` that is no fault of the target: something was hidden."""


@dataclass(frozen=True)
class Installation:
    """`home` is an absolute path; `version` is the text of conf/WCS.version where it was read.

    `real_home` is `home` without symbolic links. `settings_modified` has the settings files that
    could be seen, by their path in the home, and when each was changed last.
    """

    home: str
    generation: Generation
    version: str | None
    found_by: str
    generation_found_by: str
    real_home: str = ""
    settings_modified: Mapping[str, datetime] = field(default_factory=dict)


@fact
def installation(
    access: HostAccess, target: Target, survey: Survey, sockets: ListeningSockets | Unavailable
) -> Installation:
    """The home that was named, else the vendor's, else where the core process runs from."""
    home, found_by = _home(access, target, survey)
    ports = sockets.ports if isinstance(sockets, ListeningSockets) else frozenset()
    generation, generation_found_by = _generation(home, survey, ports)
    return Installation(
        home=home.path,
        generation=generation,
        version=home.version,
        found_by=found_by,
        generation_found_by=generation_found_by,
        real_home=home.real,
        settings_modified=home.modified,
    )


def _home(access: HostAccess, target: Target, survey: Survey) -> tuple[HomeCandidate, str]:
    if survey.home.is_wcs:
        return survey.home, "named by the user" if target.wcs_home else "the vendor's default place"
    if target.wcs_home is None:
        for process in survey.table.processes:
            home = _home_of(access, process, survey) if process.is_core else None
            if home is not None:
                return home, f"the command line of the core process, PID {process.pid}"
    raise _not_found(survey, target)


def _home_of(access: HostAccess, process: JavaProcess, survey: Survey) -> HomeCandidate | None:
    try:
        found = candidates(access.host, process.possible_homes, root=survey.as_root)
    except HostError:
        return None
    return next((home for home in found if home.is_wcs), None)


def _not_found(survey: Survey, target: Target) -> Unavailable:
    home = survey.home
    evidence = (Evidence(home.listing, f"host: ls -ld {home.path}"),)
    fix = Fix("Name the directory that holds WCS's conf, bin and logs with --wcs-home.", _SEARCH)
    running = next((each for each in survey.table.processes if each.is_core), None)
    is_gone = not home.exists and home.closed is None and home.target is None
    if running is not None and is_gone and target.wcs_home is None:
        return _out_of_sight(home, running)
    if home.closed is not None:
        reason = f"{home.path} cannot be entered by the SSH user, and root is not allowed"
        return _cannot_tell(reason, (Evidence(home.closed, f"host: {home.path}"),), _GRANT)
    if home.target is not None and not home.exists:
        reason = f"{home.path} points to {home.target}, which does not exist"
        fix = Fix("Point the link to the directory of the installed version.", _SEARCH)
    elif home.exists:
        reason = f"{home.path} holds none of WCS's files"
    elif target.wcs_home is not None:
        reason = f"{home.path} does not exist"
    else:
        reason = f"{home.path} does not exist, and no core process of WCS shows another home"
    if survey.table.hidden and not home.exists:
        return _cannot_tell(f"{reason}; other users' processes are hidden", evidence, _GRANT)
    return Unavailable(reason, because="HST102", evidence=evidence, fix=fix)


def _out_of_sight(home: HomeCandidate, core: JavaProcess) -> Unavailable:
    """WCS runs, and no path of its command line leads to it: a container has files of its own."""
    return _cannot_tell(
        f"{home.path} does not exist, but WCS's core process runs, PID {core.pid}: its home is"
        " elsewhere, or in a container",
        (
            Evidence(home.listing, f"host: ls -ld {home.path}"),
            Evidence(core.command[:300], f"host: /proc/{core.pid}/cmdline"),
        ),
        Fix(
            "Name its home with --wcs-home. That of a container is seen by root alone, under"
            f" /proc/{core.pid}/root.",
            (f"sudo ls -ld /proc/{core.pid}/root{DEFAULT_HOME}", f"cat /proc/{core.pid}/cgroup"),
        ),
    )


def _generation(
    home: HomeCandidate, survey: Survey, ports: frozenset[int]
) -> tuple[Generation, str]:
    by_version = generation_of_version(home.version) if home.version else None
    if by_version is not None:
        return by_version, f"conf/WCS.version: {home.version}"
    if MANAGER_LOG in home.holds:
        return Generation.WITH_MANAGER, f"{MANAGER_LOG} is there"
    for process in survey.table.processes:
        if process.is_manager_of(home.path, home.real):
            return Generation.WITH_MANAGER, f"a Manager process seems to run, PID {process.pid}"
    if {9091, 1099} <= ports:
        return Generation.WITH_MANAGER, "the Manager's ports 9091 and 1099 listen"
    if 2001 in ports and not ports & {2000, 9091}:
        return Generation.WITHOUT_MANAGER, "the core's CLI port 2001 listens, no port of a Manager"
    seen = f"conf/WCS.version: {home.version or 'not read'}; in the home: {sorted(home.holds)}"
    raise _cannot_tell(
        f"{home.path} holds WCS, but whether it has a Manager could not be told",
        (Evidence(seen, f"host: {home.path}"),),
        Fix(
            "Let the SSH user read conf/WCS.version.",
            (f"cat {shlex.quote(home.path + '/conf/WCS.version')}",),
        ),
    )


def _cannot_tell(reason: str, evidence: tuple[Evidence, ...], fix: Fix) -> Unavailable:
    unavailable = Unavailable(reason, because="HST102", evidence=evidence, fix=fix)
    unavailable.__cause__ = CannotTellError(reason)
    return unavailable
