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
    from ._access_log import StreamingAccessLogField
    from ._api_key_authorizer import ApiKeyAuthorizer
    from ._bedrock_function import BedrockFunction
    from ._bedrock_model import BedrockModel
    from ._bedrock_model_id import BedrockModelKind
    from ._bedrock_routes import BedrockFormat
    from ._bedrock_settings import (
        BedrockCallerSetting,
        BedrockGuardrailStreaming,
        BedrockLatency,
        BedrockServiceTier,
    )
    from ._gradual_rollout import GradualRollout
    from ._http_stream import HttpStream
    from ._open_api_streams import OpenApiStreams
    from ._stream import Stream
    from ._streaming_api import StreamingApi
    from ._streaming_function import StreamingFunction
    from ._streaming_layer import StreamingLayer
    from ._streaming_monitoring import StreamingMonitoring
    from .rules import StreamingRules
else:
    _MODULES = {
        "ApiKeyAuthorizer": "._api_key_authorizer",
        "BedrockCallerSetting": "._bedrock_settings",
        "BedrockFormat": "._bedrock_routes",
        "BedrockFunction": "._bedrock_function",
        "BedrockGuardrailStreaming": "._bedrock_settings",
        "BedrockLatency": "._bedrock_settings",
        "BedrockModel": "._bedrock_model",
        "BedrockModelKind": "._bedrock_model_id",
        "BedrockServiceTier": "._bedrock_settings",
        "GradualRollout": "._gradual_rollout",
        "HttpStream": "._http_stream",
        "OpenApiStreams": "._open_api_streams",
        "Stream": "._stream",
        "StreamingAccessLogField": "._access_log",
        "StreamingApi": "._streaming_api",
        "StreamingFunction": "._streaming_function",
        "StreamingLayer": "._streaming_layer",
        "StreamingMonitoring": "._streaming_monitoring",
        "StreamingRules": ".rules",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
