"""Find and remove the member that Bedrock refuses as an extra input.

The tables of :mod:`.members` follow what others have seen; Bedrock knows better, and names what it refuses.
"""

from __future__ import annotations

import re

from .members import (
    BLOCKS,
    BODY,
    CACHE_CONTROL,
    DEFINED_TOOL,
    OUTPUT_CONFIG,
    THINKING,
    TOOL,
    TOOL_CHOICE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# As in "tools.0.custom.strict: Extra inputs are not permitted", with the name of a block's type in the path.
_EXTRA = re.compile(r"(?P<path>[A-Za-z_]\w*(\.\w+)*): Extra inputs are not permitted")
# Without these there is no request, or not that of the caller.
_NEEDED = ("anthropic_version", "max_tokens", "messages", "system", "tools")
_TABLES = (BODY, CACHE_CONTROL, DEFINED_TOOL, OUTPUT_CONFIG, THINKING, TOOL, TOOL_CHOICE)
_NAMES = frozenset({"content", "edits", "source"}.union(*_TABLES, *BLOCKS.values()))


def refused_path(error: Exception) -> list[str] | None:
    """Return the path of the member that Bedrock does not take; None for any other error."""
    response = getattr(error, "response", None)
    said = response.get("Error", {}) if isinstance(response, dict) else {}
    if said.get("Code") != "ValidationException":
        return None
    found = _EXTRA.search(str(said.get("Message", "")))
    return found["path"].split(".") if found else None


def without(body: dict[str, Any], path: list[str]) -> dict[str, Any] | None:
    """Return a copy of a body without a member; None where it cannot do without it, or has none there."""
    if path[0] in _NEEDED and len(path) == 1:
        return None
    fewer: dict[str, Any] | None = _without(body, path)
    return fewer


def name_of(path: list[str]) -> str | None:
    """Return what a member is called, without positions and types; None for one that has no row."""
    names = [part for part in path if part in _NAMES]
    return ".".join(names) if names and names[-1] == path[-1] else None


def _without(holder: Any, path: list[str]) -> Any:  # noqa: ANN401 - JSON
    part, *rest = path
    if isinstance(holder, list):
        index = int(part) if part.isdigit() else len(holder)
        inner = _without(holder[index], rest) if rest and index < len(holder) else None
        return None if inner is None else [*holder[:index], inner, *holder[index + 1 :]]
    if not isinstance(holder, dict):
        return None
    if part not in holder:
        # the type of a block or a tool
        return _without(holder, rest) if rest else None
    if not rest:
        return {name: value for name, value in holder.items() if name != part}
    inner = _without(holder[part], rest)
    return None if inner is None else {**holder, part: inner}
