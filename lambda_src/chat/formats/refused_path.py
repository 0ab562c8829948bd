"""Find the path of a member that Bedrock refuses, and remove the member."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any


def path_in(error: Exception, pattern: re.Pattern[str]) -> list[str] | None:
    """Return the parts of the path that a refusal names; None for any other error.

    :param pattern: has the group ``path``
    """
    response = getattr(error, "response", None)
    said = response.get("Error", {}) if isinstance(response, dict) else {}
    if said.get("Code") != "ValidationException":
        return None
    found = pattern.search(str(said.get("Message", "")))
    return found["path"].replace("[", ".").replace("]", "").split(".") if found else None


def without(holder: Any, path: list[str]) -> Any:  # noqa: ANN401 - JSON
    """Return JSON without a member; None where there is none. A path may have types of blocks in it."""
    part, *rest = path
    if isinstance(holder, list):
        index = int(part) if part.isdigit() else len(holder)
        inner = without(holder[index], rest) if rest and index < len(holder) else None
        return None if inner is None else [*holder[:index], inner, *holder[index + 1 :]]
    if not isinstance(holder, dict):
        return None
    if part not in holder:
        # the type of a block or a tool
        return without(holder, rest) if rest else None
    if not rest:
        return {name: value for name, value in holder.items() if name != part}
    inner = without(holder[part], rest)
    return None if inner is None else {**holder, part: inner}
