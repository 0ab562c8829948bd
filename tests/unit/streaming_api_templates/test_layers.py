"""The layers of streaming_api_templates: imports go down only, and a check visits few modules."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from streaming_api_templates.check import main
from tests.unit.streaming_api_templates.rules.templates import GOOD

PACKAGE = "streaming_api_templates"
FOLDER = Path(__file__).resolve().parents[3] / PACKAGE
#: From the top to the bottom; a name stands for a module or for a folder.
LAYERS = (
    "check",
    "reports",
    "rules.engine",
    "rules.catalogue",
    "rules.checks",
    "rules.rule",
    "rules.subjects",
    "expand",
    "template",
    "printable",
    "output",
)
#: the edge of the commands
EDGE = "output"
#: What pure code does not import: clock, environment, network, other programs.
IMPURE = {
    "asyncio",
    "datetime",
    "http",
    "os",
    "random",
    "socket",
    "subprocess",
    "threading",
    "time",
    "urllib",
}


def modules() -> list[tuple[str, Path]]:
    """Return the name and the file of every module."""
    found = []
    for path in sorted(FOLDER.rglob("*.py")):
        name = ".".join(path.relative_to(FOLDER).with_suffix("").parts)
        if not name.endswith("__init__"):
            found.append((name, path))
    return found


def layer(module: str) -> int:
    """Return the number of the layer that a module is in, 0 at the top."""
    (found,) = (index for index, name in enumerate(LAYERS) if module == name or module.startswith(f"{name}."))
    return found


def imported(name: str, path: Path) -> Iterator[str]:
    """Yield the modules of the package that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = name.split(".")[: -node.level]
            parts = [*folder, *(node.module or "").split(".")] if node.module else folder
            found = ".".join(parts)
            if (FOLDER / found.replace(".", "/")).is_dir():
                yield from (".".join([*parts, alias.name]) for alias in node.names)
            else:
                yield found


@pytest.mark.parametrize(("name", "path"), modules(), ids=[name for name, _ in modules()])
def test_templates_layers_module_imports_only_lower_layers(name: str, path: Path) -> None:
    above = [other for other in imported(name, path) if layer(other) < layer(name)]
    assert above == []


def absolute(node: ast.AST) -> list[str]:
    """Return the modules outside of the package that a node imports."""
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [str(node.module)]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def test_templates_layers_package_is_pure_and_yaml_is_imported_lazily() -> None:
    for name, path in modules():
        tree = ast.parse(path.read_text("utf-8"))
        top = {
            alias.name
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        everywhere = {
            imported.partition(".")[0]
            for node in ast.walk(tree)
            for imported in absolute(node)
            # quoting of text
            if imported != "urllib.parse"
        }
        assert name == EDGE or not everywhere & IMPURE, name
        assert "yaml" not in top, name
        assert ("yaml" in everywhere) == (name == "template.yaml"), name


def test_templates_layers_folders_and_modules_stay_small() -> None:
    for folder in [FOLDER, *(path for path in FOLDER.rglob("*") if path.is_dir())]:
        assert len(list(folder.glob("*.py"))) <= 25
    for name, path in modules():
        assert len(path.read_text("utf-8").splitlines()) <= 300, name


def test_check_of_one_template_enters_fewer_than_90_modules(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(GOOD), "utf-8")
    entered: list[str] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.startswith(PACKAGE) and (not entered or entered[-1] != module):
            entered.append(module)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        main([str(tmp_path / "t.json")])
    finally:
        sys.setprofile(before)
    assert len(entered) < 90, entered
