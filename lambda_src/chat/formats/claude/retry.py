"""Find and remove the member that Bedrock refuses as an extra input.

The tables of :mod:`.members` follow what others have seen; Bedrock knows better, and names what it refuses.
"""

from __future__ import annotations

import re

from ..refused_path import path_in, without
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

    from ..asking import Refused

# As in "tools.0.custom.strict: Extra inputs are not permitted", with the name of a block's type in the path.
_EXTRA = re.compile(r"(?P<path>[A-Za-z_]\w*(\.\w+)*): Extra inputs are not permitted")
# Without these there is no request, or not that of the caller.
_NEEDED = ("anthropic_version", "max_tokens", "messages", "system", "tools")
_TABLES = (BODY, CACHE_CONTROL, DEFINED_TOOL, OUTPUT_CONFIG, THINKING, TOOL, TOOL_CHOICE)
_NAMES = frozenset({"content", "edits", "source"}.union(*_TABLES, *BLOCKS.values()))


def refused_member(error: Exception, body: dict[str, Any]) -> Refused | None:
    """Return name and rest of a body for the member that Bedrock does not take; None for any other error.

    None as well for a member that is not there, or without which there is no request.
    """
    path = path_in(error, _EXTRA)
    if path is None or (path[0] in _NEEDED and len(path) == 1):
        return None
    fewer = without(body, path)
    return None if fewer is None else (name_of(path), fewer)


def name_of(path: list[str]) -> str | None:
    """Return what a member is called, without positions and types; None for one that has no row."""
    names = [part for part in path if part in _NAMES]
    return ".".join(names) if names and names[-1] == path[-1] else None
