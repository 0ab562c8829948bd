"""Ask a model in its own words, and once more without the member that Bedrock refuses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from ..json_body import JsonObject

    #: What a member is called, None for one of no table, and the members of the request without it.
    Refused: TypeAlias = "tuple[str | None, dict[str, Any]]"


def ask_again(
    call: Callable[[dict[str, Any]], dict[str, Any]],
    members: dict[str, Any],
    body: JsonObject,
    refused: Callable[[Exception, dict[str, Any]], Refused | None],
) -> dict[str, Any]:
    """Return the response of a call, which is made once more if an optional member was refused.

    :param call: asks the model; holds the decisions of the deployment each time
    :param members: of the request
    :param body: as the caller sent it, where the member is named
    :param refused: tells an error that is about such a member
    """
    try:
        return call(members)
    except Exception as error:
        if (found := refused(error, members)) is None:
            raise
        name, fewer = found
        if name:
            body.drop(name)
        elif body.dropped:
            body.dropped.unknown += 1
    return call(fewer)
