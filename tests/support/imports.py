"""Read the imports of a folder: its rooms, the arrows between them, and how many floors they make."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: folders that are a place of ``sys.path`` in Lambda, so that their packages are top-level names
PATHS = ("lambda_src/layer/python", "lambda_src")


def dotted(path: Path) -> str:
    """Return the name under which a module or a package is imported.

    :param path: below the root of the checkout
    """
    for place in PATHS:
        if path.is_relative_to(place) and path != Path(place):
            path = path.relative_to(place)
            break
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    """Yield every dotted name that a module imports, wherever the import stands.

    ``from package import name`` yields ``package.name``, which may be a module or a name in one.

    :param path: below the root of the checkout
    """
    package = dotted(path.parent / "__init__.py").split(".")
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


@dataclass(frozen=True)
class Folder:
    """A folder of modules; each module and each folder in it is a room.

    :param path: below the root of the checkout
    """

    path: str

    @property
    def modules(self) -> list[Path]:
        """Every module in it, at any depth, by its path below the root."""
        return sorted(found.relative_to(ROOT) for found in (ROOT / self.path).rglob("*.py"))

    @cached_property
    def rooms(self) -> frozenset[str]:
        """The names of its modules and folders; what stands in ``__init__`` is the folder itself."""
        return frozenset(room for room in map(self._room_of, self.modules) if room != "__init__")

    @cached_property
    def arrows(self) -> frozenset[tuple[str, str]]:
        """Each pair of rooms of which the first imports the second."""
        package = dotted(Path(self.path) / "__init__.py")
        prefix = f"{package}." if package else ""  # a place of ``sys.path`` is no package
        return frozenset(
            (room, target)
            for module in self.modules
            for name in imported(module)
            if name.startswith(prefix)
            for room, target in [(self._room_of(module), name.removeprefix(prefix).split(".")[0])]
            if room in self.rooms and target in self.rooms and room != target
        )

    @cached_property
    def floors(self) -> int:
        """The length of the longest chain of imports.

        :raises ValueError: for a circle
        """
        heights: dict[str, int] = {}

        def height(room: str, above: tuple[str, ...]) -> int:
            if room in above:
                raise ValueError(f"a circle in {self.path}: {' -> '.join((*above, room))}")
            if room not in heights:
                below = [height(target, (*above, room)) for source, target in self.arrows if source == room]
                heights[room] = 1 + max(below, default=0)
            return heights[room]

        return max((height(room, ()) for room in sorted(self.rooms)), default=0)

    def _room_of(self, module: Path) -> str:
        first = module.relative_to(self.path).parts[0]
        return first.removesuffix(".py")
