"""Find the checks and facts: those of installed packages, and loose files of `--checks-dir`."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from wcsdiag.errors import PlanError, UsageError
from wcsdiag.model import Group, PluginProblem
from wcsdiag.registry import Check, Fact, declaration

ENTRY_POINTS = "wcsdiag.checks"
"""The entry-point group: each entry names a module or a package, which is walked."""

_GROUPS = list(Group)


@dataclass(frozen=True)
class Registry:
    """All that was found: checks in the report's order, providers by what they provide."""

    checks: tuple[Check, ...]
    facts: Mapping[type, Fact]
    problems: tuple[PluginProblem, ...] = ()

    def select(self, wanted: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Check, ...]:
        """The checks whose code or group is in `wanted` (empty: all) and not in `skip`.

        Codes and groups are compared without case. Raises `UsageError` for an unknown one, with
        the nearest that exists, and where nothing is left.
        """
        chosen = self._codes(wanted) if wanted else {check.code for check in self.checks}
        chosen -= self._codes(skip)
        if not chosen:
            raise UsageError("no check is left to run")
        return tuple(check for check in self.checks if check.code in chosen)

    def find(self, code: str) -> Check:
        """The check of that code. Raises `UsageError`."""
        found = next((check for check in self.checks if check.code == code.upper()), None)
        if found is None:
            raise self._unknown(code)
        return found

    def _codes(self, names: Sequence[str]) -> set[str]:
        codes: set[str] = set()
        for name in names:
            wanted = name.upper()
            matches = {c.code for c in self.checks if wanted in {c.code, c.group.name}}
            if not matches:
                raise self._unknown(name)
            codes |= matches
        return codes

    def _unknown(self, name: str) -> UsageError:
        known = [check.code for check in self.checks] + [group.name for group in _GROUPS]
        nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}?" if nearest else "`wcsdiag checks` lists them all"
        return UsageError(f"there is no check or group {name!r}; {hint}")


def load(checks_dirs: Sequence[Path] = ()) -> Registry:
    """Collect every declaration. A module that fails to import is a problem, not an exception.

    Raises `PlanError` where two providers give the same fact, `UsageError` where a directory of
    `checks_dirs` does not exist.
    """
    problems: list[PluginProblem] = []
    modules = [*_installed(problems), *_loose(checks_dirs, problems)]
    declared = [found for module in modules for found in _declarations(module)]
    checks = sorted((d for d in declared if isinstance(d, Check)), key=_report_order)
    return Registry(tuple(checks), _providers(declared), tuple(problems))


def _report_order(check: Check) -> tuple[int, str]:
    return _GROUPS.index(check.group), check.code


def _providers(declared: Sequence[Check | Fact]) -> dict[type, Fact]:
    providers: dict[type, Fact] = {}
    for fact in declared:
        if isinstance(fact, Fact):
            if fact.provides in providers:
                raise PlanError(f"two providers of {fact.provides.__name__}")
            providers[fact.provides] = fact
    return providers


def _declarations(module: ModuleType) -> Iterator[Check | Fact]:
    """What the module itself defines; what it imported from another is that other's."""
    for value in vars(module).values():
        declared = declaration(value)
        if declared and getattr(value, "__module__", None) == module.__name__:
            yield declared


def _installed(problems: list[PluginProblem]) -> Iterator[ModuleType]:
    roots = sorted({entry.value for entry in entry_points(group=ENTRY_POINTS)})
    for root in roots:
        module = _guarded(root, partial(importlib.import_module, root), problems)
        if module is None:
            continue
        yield module
        for info in pkgutil.walk_packages(getattr(module, "__path__", ()), prefix=f"{root}."):
            found = _guarded(info.name, partial(importlib.import_module, info.name), problems)
            if found is not None:
                yield found


def _loose(directories: Sequence[Path], problems: list[PluginProblem]) -> Iterator[ModuleType]:
    for directory in directories:
        if not directory.is_dir():
            raise UsageError(f"--checks-dir: {directory} is not a directory")
        for path in sorted(directory.glob("[!_]*.py")):
            module = _guarded(str(path), partial(_import_file, path), problems)
            if module is not None:
                yield module


def _import_file(path: Path) -> ModuleType:
    name = f"wcsdiag_loose_checks.{path.resolve().parent.name}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where type hints of the file's functions are looked up
    spec.loader.exec_module(module)
    return module


def _guarded(
    name: str, load_module: Callable[[], ModuleType], problems: list[PluginProblem]
) -> ModuleType | None:
    try:
        return load_module()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - anybody's code
        message = f"{type(error).__name__}: {error}"
        problems.append(PluginProblem(name, message, traceback.format_exc()))
        return None
