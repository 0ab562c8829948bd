"""InvokeModelWithResponseStream: requests in a model's own words, under what was decided at deployment.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
"""

from __future__ import annotations

import json

from ..json_body import bad_request
from ..limits.caller_fields import check_budgets
from ..limits.native_policy import check_native_body
from ..limits.token_limit import limited
from ..settings import PROJECT, RESERVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..settings import AllowedModel, ChatSettings

# Member of the body, and what streamProcessingMode is called there: "Configure streaming response behavior
# to filter content", Amazon Bedrock User Guide.
_GUARDRAIL = f"{RESERVED}guardrailConfig"
_MODES = {"sync": "SYNCHRONOUS", "async": "ASYNCHRONOUS"}


def native_arguments(
    settings: ChatSettings, model: AllowedModel, members: dict[str, Any], body: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of ``invoke_model_with_response_stream`` for a body in the model's own words.

    :param members: what the request's headers ask for, as ConverseStream has it
    :raises HTTPError: 400 when what was decided at deployment cannot be made sure of
    """
    decided = settings.decided(model, members)
    if settings.system:
        raise bad_request("this API has a system prompt, which this route cannot send", "not_allowed")
    settings.check_native(body)
    settings.caller_fields.check_native(body)
    settings.caller_fields.check_betas(body)
    may_set_tier = "serviceTier" in settings.caller_may_set
    check_native_body(body, settings.caller_fields, may_set_tier=may_set_tier)
    if settings.max_tokens is not None:
        check_budgets(body, settings.max_tokens)
        body = limited(body, model.family, settings.max_tokens)
    return invoke_arguments(model, decided, body)


def invoke_arguments(model: AllowedModel, decided: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``invoke_model_with_response_stream``.

    :param decided: what goes into headers, as ConverseStream has it
    :param body: in the model's own words, as it is sent
    """
    guardrail = decided.get("guardrailConfig", {})
    if mode := guardrail.get("streamProcessingMode"):
        body = {_GUARDRAIL: {"streamProcessingMode": _MODES[mode]}, **body}
    metadata = decided.get("requestMetadata")
    arguments = {
        "modelId": model.model_id,
        "body": json.dumps(body).encode(),
        "contentType": "application/json",
        "guardrailIdentifier": guardrail.get("guardrailIdentifier"),
        "guardrailVersion": guardrail.get("guardrailVersion"),
        "trace": guardrail.get("trace", "").upper() or None,
        "serviceTier": decided.get("serviceTier", {}).get("type"),
        "performanceConfigLatency": decided.get("performanceConfig", {}).get("latency"),
        "projectIdentifier": decided.get(PROJECT),
        "requestMetadata": metadata and json.dumps(metadata),
    }
    return {name: value for name, value in arguments.items() if value is not None}
