"""Find and remove the member that Bedrock's path for the Responses API refuses."""

from __future__ import annotations

import re

from ...refused_path import path_in, without
from .members import BODY, FORMATS, ITEMS, PARTS, REASONING, TEXT, TOOLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...asking import Refused

# As in "Unknown parameter: 'reasoning.summary'." and "Unsupported parameter: 'temperature' is not supported".
_REFUSED = re.compile(r"(Unknown|Unsupported) parameter: '(?P<path>[A-Za-z_]\w*(\.\w+|\[\d+\])*)'")
# Without these there is no request, or not that of the caller.
_NEEDED = ("input", "instructions", "max_output_tokens", "tools")
_NAMES = frozenset(
    {*BODY, *REASONING, *TEXT}.union(*FORMATS.values(), *ITEMS.values(), *PARTS.values(), *TOOLS.values())
)


def refused_member(error: Exception, members: dict[str, Any]) -> Refused | None:
    """Return name and rest of a request for the member that Bedrock does not take; None for any other error.

    None as well for a member that is not there, or without which there is no request.
    """
    path = path_in(error, _REFUSED)
    if path is None or (path[0] in _NEEDED and len(path) == 1):
        return None
    if (fewer := without(members, path)) is None:
        return None
    names = [part for part in path if part in _NAMES]
    return (".".join(names) if names and names[-1] == path[-1] else None), fewer
