"""Constructs for HTTP APIs on AWS that stream their responses.

The names load on first use, so that what needs no CDK, such as ``python -m cdk_streaming_api.policy``,
does not start the CDK's Node process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = [
    "ApiKeyAuthorizer",
    "BedrockCallerSetting",
    "BedrockFormat",
    "BedrockFunction",
    "BedrockGuardrailStreaming",
    "BedrockLatency",
    "BedrockModel",
    "BedrockModelKind",
    "BedrockServiceTier",
    "GradualRollout",
    "HttpStream",
    "OpenApiStreams",
    "Stream",
    "StreamingAccessLogField",
    "StreamingApi",
    "StreamingFunction",
    "StreamingLayer",
    "StreamingMonitoring",
    "StreamingRules",
]

if TYPE_CHECKING:
    from ._api_key_authorizer import ApiKeyAuthorizer
    from ._apigateway.http_stream import HttpStream
    from ._apigateway.stream import Stream
    from ._bedrock.model import BedrockModel
    from ._bedrock.model_id import BedrockModelKind
    from ._bedrock.routes import BedrockFormat
    from ._bedrock.settings import (
        BedrockCallerSetting,
        BedrockGuardrailStreaming,
        BedrockLatency,
        BedrockServiceTier,
    )
    from ._bedrock_function import BedrockFunction
    from ._common.access_log import StreamingAccessLogField
    from ._lambda.gradual_rollout import GradualRollout
    from ._lambda.streaming_function import StreamingFunction
    from ._lambda.streaming_layer import StreamingLayer
    from ._open_api_streams import OpenApiStreams
    from ._streaming_api import StreamingApi
    from ._streaming_monitoring import StreamingMonitoring
    from .rules import StreamingRules
else:
    _MODULES = {
        "ApiKeyAuthorizer": "._api_key_authorizer",
        "BedrockCallerSetting": "._bedrock.settings",
        "BedrockFormat": "._bedrock.routes",
        "BedrockFunction": "._bedrock_function",
        "BedrockGuardrailStreaming": "._bedrock.settings",
        "BedrockLatency": "._bedrock.settings",
        "BedrockModel": "._bedrock.model",
        "BedrockModelKind": "._bedrock.model_id",
        "BedrockServiceTier": "._bedrock.settings",
        "GradualRollout": "._lambda.gradual_rollout",
        "HttpStream": "._apigateway.http_stream",
        "OpenApiStreams": "._open_api_streams",
        "Stream": "._apigateway.stream",
        "StreamingAccessLogField": "._common.access_log",
        "StreamingApi": "._streaming_api",
        "StreamingFunction": "._lambda.streaming_function",
        "StreamingLayer": "._lambda.streaming_layer",
        "StreamingMonitoring": "._streaming_monitoring",
        "StreamingRules": ".rules",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
