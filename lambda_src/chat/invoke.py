"""InvokeModelWithResponseStream: requests in a model's own words, under what was decided at deployment.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
"""

from __future__ import annotations

import json

from .body import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .settings import Model, Settings

# Where the models' own requests say how long the answer may be: "Inference request parameters and response
# fields for foundation models", Amazon Bedrock User Guide.
_NATIVE_LIMITS = (
    ("max_tokens",),
    ("max_completion_tokens",),
    ("max_new_tokens",),
    ("max_gen_len",),
    ("inferenceConfig", "max_new_tokens"),
    ("inferenceConfig", "maxTokens"),
    ("textGenerationConfig", "maxTokenCount"),
)
_ASYNCHRONOUS = {"sync": "SYNCHRONOUS", "async": "ASYNCHRONOUS"}


def native_arguments(settings: Settings, model: Model, body: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``invoke_model_with_response_stream`` for a body in the model's own words.

    :raises HTTPError: 400 when what was decided at deployment cannot be made sure of
    """
    if settings.system:
        raise refusal("this API has a system prompt, which this route cannot send", "not_allowed")
    if settings.max_tokens is not None:
        _limit(body, settings.max_tokens)
    guardrail = model.guardrail or {}
    if mode := guardrail.get("streamProcessingMode"):
        body = {**body, "amazon-bedrock-guardrailConfig": {"streamProcessingMode": _ASYNCHRONOUS[mode]}}
    arguments = {
        "modelId": model.model_id,
        "body": json.dumps(body).encode(),
        "contentType": "application/json",
        "guardrailIdentifier": guardrail.get("guardrailIdentifier"),
        "guardrailVersion": guardrail.get("guardrailVersion"),
        "trace": guardrail.get("trace", "").upper() or None,
        "serviceTier": settings.service_tier,
        "performanceConfigLatency": settings.latency,
    }
    return {name: value for name, value in arguments.items() if value is not None}


def _limit(body: dict[str, Any], ceiling: int) -> None:
    found = False
    for *path, name in _NATIVE_LIMITS:
        holder = body
        for each in path:
            inner = holder.get(each)
            holder = inner if isinstance(inner, dict) else {}
        asked = holder.get(name)
        if asked is None:
            continue
        if isinstance(asked, bool) or not isinstance(asked, int) or asked > ceiling:
            path_to = ".".join((*path, name))
            raise refusal(f"{path_to} must be an integer of at most {ceiling}", "invalid_value", path_to)
        found = True
    if not found:
        raise refusal(
            f"max_tokens, or what the model calls it, must say how long the answer may be, at most {ceiling}",
            "missing_field",
            "max_tokens",
        )
