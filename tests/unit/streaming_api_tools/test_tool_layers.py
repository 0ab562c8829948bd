"""Hold the imports between the folders of the tools to one direction, and their class names apart."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "streaming_api_tools"
#: Lowest first; a module imports from its own row and from rows above it in this list. Modules of the root by
#: their name, folders by theirs.
LAYERS = (
    ("printable",),
    ("errors",),
    ("files", "aws"),
    ("client",),
    ("options",),
    ("measure",),
    ("target_options", "checks"),
    ("smoke", "load", "doctor", "explain", "page", "chat", "check", "policy", "local"),
    ("testing",),
    ("pytest_plugin", "cli"),
    ("__main__",),
)
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
#: Public names of the pytest plugin, and folders whose class names are held elsewhere.
NAMED_ELSEWHERE = ("client", "local", "testing")


def place(module: Path) -> str:
    """Return the folder of a module, or its own name at the root."""
    return module.relative_to(TOOLS).parts[0].removesuffix(".py")


def imported(module: Path) -> Iterator[str]:
    """Yield the folders and root modules of the tools that a module imports, wherever it does."""
    package = module.relative_to(TOOLS).parts[:-1]
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            path = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
            names = [path[0]] if path[0] else [alias.name for alias in node.names]
            yield from names


def modules() -> list[Path]:
    """Return every module of the tools but the empty ``__init__`` of the root."""
    return [path for path in sorted(TOOLS.rglob("*.py")) if path != TOOLS / "__init__.py"]


def test_every_folder_has_a_layer() -> None:
    assert {place(module) for module in modules()} == set(HEIGHT)


@pytest.mark.parametrize("folder", HEIGHT)
def test_imports_between_folders_go_down_only(folder: str) -> None:
    up = {
        f"{module.relative_to(TOOLS)} imports {other}"
        for module in modules()
        if place(module) == folder
        for other in imported(module)
        if other != folder and HEIGHT[other] >= HEIGHT[folder]
    }
    # testing serves the local gateway; beside that, commands do not know each other
    assert up == set()


def test_class_names_are_unique_among_the_tools() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for module in modules():
        if place(module) in NAMED_ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].add(str(module.relative_to(TOOLS)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
