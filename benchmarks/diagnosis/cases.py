"""The cases: faults and healthy variants of the network (a file each) and of the lab."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.network.network import URL, Plan
from tests.network.services import Wcs
from wcsdiag.lab.faults import FAULTS
from wcsdiag.lab.variants import VARIANTS

_FOLDER = Path(__file__).parent / "faults"
_OF_WCS = {"jvm", "jvm_ipv4_only", "open_to_all", "settings"}
_REPEATED = 4


@dataclass(frozen=True)
class Case:
    """One situation. `cause` is the code that must come first; None: nothing is wrong.

    `warns`: the cause is a warning, so warnings are asked for.
    """

    name: str
    summary: str
    cause: str | None
    warns: bool = False


@dataclass(frozen=True)
class NetworkCase(Case):
    """A case of the network: its plan, and shell scripts by the machine that they run on.

    With `web_ssh`, wcsdiag may look at the web server's machine too.
    """

    plan: Plan = field(default_factory=Plan)
    commands: Mapping[str, str] = field(default_factory=dict)
    web_ssh: bool = False


@dataclass(frozen=True)
class LabCase(Case):
    """A fault or a variant of the lab."""

    fault: str | None = None
    variant: str | None = None


def all_cases() -> Iterator[Case]:
    """Every case, those of the network first."""
    for path in sorted(_FOLDER.glob("*.toml")):
        yield _read(path)
    for fault in FAULTS.values():
        name = f"lab-{fault.name}"
        yield LabCase(name, fault.summary, fault.cause, fault.warns, fault=fault.name)
    for variant in VARIANTS.values():
        name = f"healthy-lab-{variant.name}"
        yield LabCase(name, variant.summary, None, variant=variant.name)


def _read(path: Path) -> NetworkCase:
    """Read one file: `summary`, `cause`, `level`, `web_ssh`, `log`, and two tables.

    `[network]` holds fields of the plan, `[commands]` the scripts; `log` is what WCS logs of its
    failed hooks. A key that is not known is an error.
    """
    given: dict[str, Any] = tomllib.loads(path.read_text())
    summary, cause, level = given.pop("summary"), given.pop("cause", None), given.pop("level", "")
    web_ssh, log = given.pop("web_ssh", False), given.pop("log", None)
    network, commands = given.pop("network", {}), given.pop("commands", {})
    unknown = [*given, *(set(commands) - {"host", "web", "router", "operator"})]
    assert not unknown, f"{path}: {unknown}"
    failures = (log,) * _REPEATED if log else ()
    plan = _plan(network, failures)
    return NetworkCase(path.stem, summary, cause, level == "warn", plan, commands, web_ssh)


def _plan(network: dict[str, Any], failures: tuple[str, ...]) -> Plan:
    of_wcs = {key: network.pop(key) for key in _OF_WCS & set(network)}
    wcs = Wcs(url=network.pop("url", URL), failures=failures, **_frozen(of_wcs))
    return Plan(wcs=wcs, **_frozen(network))


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
