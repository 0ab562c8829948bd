"""Hold the decisions of the deployment on a body that a caller wrote for InvokeModel itself.

It passes the filter of the relay, so that neither of the two ways gets around what the other holds. Names of
tools stay, since the answer is Bedrock's own.
"""

from __future__ import annotations

from ...converse.native_request import invoke_arguments
from ...converse.tools import ToolNames
from ...limits.families import ANTHROPIC
from ...settings import RESERVED
from .body import NativeBody
from .decisions import decided_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject
    from ...settings import AllowedModel, ChatSettings


def is_claudes(model: AllowedModel, body: JsonObject) -> bool:
    """Return whether a body is one of Anthropic's Messages; the completions of Claude 2 have no messages."""
    family = model.family
    claude = family is ANTHROPIC or (family is None and body.has("anthropic_version"))
    return claude and body.has("messages")


def raw_arguments(
    settings: ChatSettings, model: AllowedModel, members: dict[str, Any], body: JsonObject
) -> dict[str, Any]:
    """Return the arguments of ``invoke_model_with_response_stream``.

    :param members: what the request's headers ask for, as ConverseStream has it
    :raises HTTPError: 400 that names what cannot be sent, or may not be
    """
    decided = settings.decided(model, members)
    settings.check_native({name: value for name, value in body.value.items() if name != "system"})
    settings.caller_fields.check_betas(body.value)
    # the guardrail's own members, which are a caller's where they have passed the check
    reserved = {name: value for name, value in body.value.items() if name.startswith(RESERVED)}
    rest = type(body)(
        {name: value for name, value in body.value.items() if name not in reserved}, dropped=body.dropped
    )
    native = NativeBody(rest, model.model_id, None, settings.caller_fields, names=_OwnNames())
    sent = decided_body(settings, model, native.members)
    return invoke_arguments(model, decided, {**reserved, **sent})


class _OwnNames(ToolNames):
    """Leaves the names of tools as they are."""

    def alias(self, name: str) -> str:
        """Return the name."""
        return name
