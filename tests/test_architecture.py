"""The rooms of the program, and which way the arrows point (docs/design.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = (ROOT / "wcsdiag", ROOT / "checks" / "wcsdiag_checks")
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))

DATA = {"errors", "model", "redact", "target"}
PURE = {"capture", "firewall", "hooks", "logs", "wcs"}
ENGINE = {
    *("diagnosis", "evaluation", "gathering", "lifetime", "plan", "plugins", "registry", "runner"),
    "verdict",
}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "model": set(),
    "redact": {"model"},
    "target": {"redact"},
    "lifetime": set(),
    "registry": {"errors", "model"},
    "plan": {"errors", "registry"},
    "evaluation": {"model", "registry"},
    "runner": {"evaluation", "lifetime", "model", "plan", "registry"},
    "plugins": {"errors", "model", "registry"},
    "verdict": {"model"},
    "diagnosis": DATA | ENGINE,
    "gathering": {"errors", "evaluation", "lifetime", "model", "plan", "plugins", "registry"},
    "testing": {"errors", "evaluation", "model", "registry"},
    "capture": {"errors", "hooks"},
    "firewall": {"errors", "model"},
    "hooks": {"errors", "redact"},
    "logs": {"errors", "hooks", "redact"},
    "wcs": {"errors", "hooks", "redact"},
    "host": {"errors", "lifetime", "redact", "target", "wcs"},
    "net": {"errors", "lifetime", "redact", "host", "hooks"},
    "facts": DATA | PURE | {"host", "lifetime", "net", "registry"},
    "report": {"errors", "hooks", "model", "redact", "registry"},
    "sender": {"errors", "hooks", "host", "lifetime", "net", "redact", "wcs"},
    "receiver": {"errors", "hooks", "redact"},
    "config": {"errors", "redact", "target"},
    "lab": DATA | {"hooks", "host", "lifetime", "receiver", "wcs"},
    "docs": DATA | ENGINE | {"cli", "config", "lab", "report"},
    "cli": DATA
    | ENGINE
    | PURE
    | {"config", "facts", "host", "lab", "net", "receiver", "report", "sender"},
    "checks": DATA | PURE | {"facts", "host", "net", "registry"},
    "__main__": {"cli"},
}


def room_of(path: Path) -> str:
    if "wcsdiag_checks" in path.parts:
        return "checks"
    relative = path.relative_to(ROOT / "wcsdiag")
    return relative.parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
            if node.module == "wcsdiag":
                modules = [f"wcsdiag.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        line = node.lineno
        for parts in (module.split(".") for module in modules):
            if parts[0] == "wcsdiag_checks":
                yield "checks", line
            elif parts[0] == "wcsdiag" and len(parts) > 1 and parts[1] != "__version__":
                yield parts[1], line


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{path.name}:{line} imports {to}" for to, line in imported_rooms(path) if to not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(PURE | {"report"}))
def test_pure_rooms_know_nothing_of_networks_and_terminals(room: str) -> None:
    banned = {"paramiko", "requests", "socket", "subprocess", "typer", "psutil"}
    if room != "report":
        banned.add("rich")
    for path in (ROOT / "wcsdiag" / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            used = {name.split(".")[0] for name in names} & banned
            assert not used, f"{path} imports {used}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_on_the_host_are_fixed_templates(path: Path) -> None:
    """Nothing that came from outside can become a part of a command but as a quoted argument."""
    if room_of(path) in {"host", "lab"}:
        return
    tree = ast.parse(path.read_text())
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _is_literal(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            if not called.endswith((".run", ".start")) or not node.args or "host" not in called:
                continue
            template = node.args[0]
            named = isinstance(template, ast.Name) and template.id in constants
            assert named or _is_literal(template), f"{path}:{node.lineno}"


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_literal(node.left) and _is_literal(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
