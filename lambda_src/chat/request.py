"""A proxy event of API Gateway to a chat request, or a 400 that names the field at fault."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field

from lambda_streaming import HTTPError

FORMATS = ("sse", "text")
# ConverseStream, InferenceConfiguration. A model gets only what the caller sends: several refuse
# `temperature` or `topP` altogether.
_INFERENCE_CONFIG: dict[str, tuple[type, ...]] = {
    "maxTokens": (int,),
    "stopSequences": (list,),
    "temperature": (int, float),
    "topP": (int, float),
}


@dataclass(frozen=True)
class ChatRequest:
    """What the caller wants from the model.

    :param prompt: the user's message, not blank
    :param format: format of the response, one of :data:`FORMATS`
    :param inference_config: ConverseStream's ``inferenceConfig``, as the caller sent it
    """

    prompt: str
    format: str = "sse"
    inference_config: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_event(cls, event: Mapping[str, object]) -> ChatRequest:
        """Return the request that a REST API's proxy event holds.

        :raises HTTPError: 400 for anything that the model should not see
        """
        body = _json_object(event)
        unknown = sorted(body.keys() - {"prompt", "inferenceConfig"})
        if unknown:
            raise _refusal(f"unknown field {unknown[0]!r}", "unknown_field", unknown[0])
        query = event.get("queryStringParameters")
        chosen = query.get("format", FORMATS[0]) if isinstance(query, Mapping) else FORMATS[0]
        if chosen not in FORMATS:
            raise _refusal(f"format must be one of {', '.join(FORMATS)}", "invalid_format", "format")
        return cls(_prompt(body), chosen, _inference_config(body))


def _prompt(body: Mapping[str, object]) -> str:
    if "prompt" not in body:
        raise _refusal("prompt is missing", "missing_prompt", "prompt")
    prompt = body["prompt"]
    if not isinstance(prompt, str):
        raise _refusal("prompt must be a string", "invalid_prompt", "prompt")
    if not prompt.strip():
        raise _refusal("prompt must not be empty", "empty_prompt", "prompt")
    return prompt


def _inference_config(body: Mapping[str, object]) -> Mapping[str, object]:
    config = body.get("inferenceConfig", {})
    if not isinstance(config, dict):
        raise _refusal("inferenceConfig must be an object", "invalid_type", "inferenceConfig")
    for name, value in config.items():
        path = f"inferenceConfig.{name}"
        if name not in _INFERENCE_CONFIG:
            raise _refusal(f"unknown field {path!r}", "unknown_field", path)
        if isinstance(value, bool) or not isinstance(value, _INFERENCE_CONFIG[name]):
            raise _refusal(f"{path} has the wrong type", "invalid_type", path)
        if isinstance(value, list) and not all(isinstance(each, str) for each in value):
            raise _refusal(f"{path} must be a list of strings", "invalid_type", path)
    return config


def _json_object(event: Mapping[str, object]) -> dict[str, object]:
    raw = event.get("body") or ""
    try:
        body = json.loads(b64decode(str(raw), validate=True) if event.get("isBase64Encoded") else str(raw))
    except (ValueError, RecursionError) as error:
        raise _refusal("the body must be JSON", "invalid_json") from error
    if not isinstance(body, dict):
        raise _refusal("the body must be a JSON object", "invalid_json")
    return body


def _refusal(message: str, code: str, param: str | None = None) -> HTTPError:
    return HTTPError(400, message, code=code, param=param)
