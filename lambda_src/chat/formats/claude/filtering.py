"""Keep of an object in a native body what a table of :mod:`.members` has."""

from __future__ import annotations

from .. import members
from .members import CACHE_CONTROL, ClaudeTarget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ...json_body import JsonObject
    from ..members import Member


def kept(
    fields: JsonObject, table: Mapping[str, Member], target: ClaudeTarget, within: str = ""
) -> dict[str, Any]:
    """Return the members that reach the model; the others are dropped and named, or counted.

    :param within: what goes before the names of dropped members, with a dot at its end
    :raises HTTPError: 400 for a member without which the answer would be wrong
    """
    return members.kept(fields, table, within, target.takes)


def cache_control(holder: JsonObject, target: ClaudeTarget) -> dict[str, Any]:
    """Return ``{"cache_control": ...}`` of a block or a tool, without what InvokeModel refuses."""
    control = holder.member("cache_control")
    return {"cache_control": kept(control, CACHE_CONTROL, target, "cache_control.")} if control else {}
