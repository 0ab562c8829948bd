"""Hold native requests to the deployment's token limit."""

from __future__ import annotations

from ..json_body import JsonObject, bad_request
from .caller_fields import CallerFields, check_budgets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .families import Family


def limited(body: dict[str, Any], family: Family | None, max_tokens: int) -> dict[str, Any]:
    """Return a native request whose answer is limited, whatever the caller wrote.

    The family decides which member limits the answer; it is set to what the caller asks for, between 1 and
    the limit, and the other members that a model might take for it are removed.

    :param family: of the model; None when it is not known
    :param max_tokens: the deployment's limit
    :raises HTTPError: 400 for a model of unknown family, a limit that is no integer, and several answers
    """
    if family is None:
        raise bad_request(
            "this API limits the tokens of an answer, and how a native request to this model has the limit "
            "is not known; use another route",
            "not_allowed",
        )
    tokens = _tokens(body, family, max_tokens, "")
    for path in family.aliases:
        body = _with(body, path, None)
    return _with(body, family.limit, tokens)


def limited_fields(
    fields: dict[str, Any],
    own_fields: dict[str, Any],
    family: Family | None,
    max_tokens: int,
    within: str,
    open_ended: bool = False,
) -> dict[str, Any]:
    """Return ``additionalModelRequestFields`` whose own limits, if there are any, keep to the deployment's.

    :param own_fields: further ones, which the format wrote and not the caller
    :param within: path of the fields in the body, for the error
    :param open_ended: whether a caller may send any field. Default: False
    :raises HTTPError: 400 for a budget that reaches the limit, a limit that is no integer, several answers
    """
    check_budgets(own_fields, max_tokens)
    check_budgets(fields, max_tokens, f"{within}.")
    if family is None:
        if open_ended:
            # any of them may be the limit of this model
            CallerFields().check(fields, within)
        return fields
    tokens = _tokens(fields, family, max_tokens, within)
    for path in (family.limit, *family.aliases):
        if _asked(fields, path, within) is not None:
            fields = _with(fields, path, tokens)
    return fields


def _tokens(body: dict[str, Any], family: Family, max_tokens: int, within: str) -> int:
    if family.answers:
        JsonObject(body, within).unsupported(family.answers, 1)
    asked = (_asked(body, path, within) for path in (family.limit, *family.aliases))
    return max(1, min([max_tokens, *(each for each in asked if each is not None)]))


def _asked(body: dict[str, Any], path: tuple[str, ...], within: str) -> int | None:
    *holders, name = path
    fields = JsonObject(body, within)
    for each in holders:
        if (inner := fields.member(each)) is None:
            return None
        fields = inner
    return fields.integer(name)


def _with(body: dict[str, Any], path: tuple[str, ...], value: int | None) -> dict[str, Any]:
    """Return a copy of a body in which a member has a value; None removes it."""
    name, *rest = path
    body = dict(body)
    if rest:
        if value is not None or body.get(name) is not None:
            body[name] = _with(body.get(name) or {}, tuple(rest), value)
    elif value is None:
        body.pop(name, None)
    else:
        body[name] = value
    return body
