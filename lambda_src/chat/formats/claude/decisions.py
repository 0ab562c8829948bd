"""Hold the decisions of the deployment on a body in Anthropic's words."""

from __future__ import annotations

from ...converse.native_request import invoke_arguments
from ...json_body import bad_request
from ...limits.caller_fields import check_budgets
from ...limits.token_limit import limited
from .content import SYSTEM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...settings import AllowedModel, ChatSettings


def decided_arguments(settings: ChatSettings, model: AllowedModel, body: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``invoke_model_with_response_stream``, whatever a caller wrote into the body.

    :raises HTTPError: as :func:`decided_body` does
    """
    return invoke_arguments(model, settings.decided(model, {}), decided_body(settings, model, body))


def decided_body(settings: ChatSettings, model: AllowedModel, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with what the deployment decides in it.

    :param body: with members of :data:`.members.BODY` only, whose betas are allowed ones
    :raises HTTPError: 400 that names a member that the caller may not decide
    """
    settings.caller_fields.check_native(body)
    body = with_system(settings, body)
    if settings.max_tokens is not None:
        check_budgets(body, settings.max_tokens)
        body = limited(body, model.family, settings.max_tokens)
    return body


def with_system(settings: ChatSettings, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with the system prompt of the deployment before that of the caller.

    :raises HTTPError: 400 for a system prompt of a caller who may not have one
    """
    if not settings.system:
        return body
    given = body.get(SYSTEM, [])
    if SYSTEM not in settings.caller_may_set:
        if given:
            raise bad_request("system is decided by this API and cannot be set", "not_allowed", SYSTEM)
        if any(message["role"] == SYSTEM for message in body["messages"]):
            raise bad_request("this API decides the system prompt", "not_allowed", "messages")
    blocks = [{"type": "text", "text": given}] if isinstance(given, str) else given
    return {**body, SYSTEM: [{"type": "text", "text": settings.system}, *blocks]}
