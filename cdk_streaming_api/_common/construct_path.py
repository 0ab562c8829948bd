"""Tell the path of a construct from its id, without asking Node for each of many in one scope."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from constructs import Construct

# a construct stays where it is
_OF_SCOPES: WeakKeyDictionary[Construct, str] = WeakKeyDictionary()


def path_of(construct: Construct, scope: Construct, construct_id: str) -> str:
    """Return ``node.path`` of a construct.

    :param scope: what it is in.
    :param construct_id: its id there.
    """
    if "\n" in construct_id:  # releases of constructs differ in what they make of that
        return construct.node.path
    if scope not in _OF_SCOPES:
        _OF_SCOPES[scope] = scope.node.path
    # https://github.com/aws/constructs/blob/10.x/src/construct.ts: a slash is between ids, so none is in one
    parts = _OF_SCOPES[scope], construct_id.replace("/", "--")
    return "/".join(part for part in parts if part)
