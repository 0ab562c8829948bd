"""Write docs/architecture.md: the folders, their layers and the flow of a request."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).resolve()
ROOT = _HERE.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.imports import Folder, dotted  # noqa: E402
from tests.unit.test_boundaries import DRAWN, GROUNDS  # noqa: E402

TEMPLATE = _HERE.with_suffix(".md")
PAGE = ROOT / "docs" / "architecture.md"
#: first folder of a path in the template -> where it is
PLACES = {
    "cdk_streaming_api": "cdk_streaming_api",
    "chat": "lambda_src/chat",
    "lambda_streaming": "lambda_src/layer/python/lambda_streaming",
    "local": "streaming_api_tools/local",
}


def render() -> str:
    """Return the page.

    :raises FileNotFoundError: for a file that the template names and that is not there
    """
    text = re.sub(r"@FILES (.+)", lambda found: _links(found[1].split()), TEMPLATE.read_text("utf-8"))
    for name, lines in {"@GROUNDS@": _grounds(), "@LAYERS@": _layers()}.items():
        text = text.replace(name, "\n".join(lines))
    return text


def _links(files: list[str]) -> str:
    return " → ".join(map(_link, files))


def _link(file: str) -> str:
    first, _, rest = file.partition("/")
    path = Path(PLACES[first], rest)
    if not (ROOT / path).exists():
        raise FileNotFoundError(f"{TEMPLATE.name} names {path}, which is not there")
    return f"[`{dotted(path)}`](../{path})"


def _grounds() -> Iterator[str]:
    yield "| folder | runs | may import beside the standard library |\n|---|---|---|"
    for name, ground in GROUNDS.items():
        imports = ", ".join((*ground.grounds, *ground.libraries))
        yield f"| `{name}/` | {ground.runs} | {imports} |"


def _layers() -> Iterator[str]:
    for path in DRAWN:
        folder = Folder(path)
        yield f"### `{path}/`\n"
        yield f"{len(folder.rooms)} rooms, {folder.floors} floors, {len(folder.arrows)} arrows.\n"
        yield "```mermaid\nflowchart TD"
        # a prefix, so that no name is a word of Mermaid's
        yield from (f'  m_{room}["{room}"]' for room in sorted(folder.rooms))
        yield from (f"  m_{source} --> m_{target}" for source, target in sorted(folder.arrows))
        yield "```\n"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
