"""Define HTTP APIs on AWS that stream their responses.

The names load on first use, so that what needs no CDK, such as ``python -m cdk_streaming_api.policy``,
does not start the CDK's Node process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

#: public names, and the modules that define them
_MODULES = {
    "ApiKeyAuthorizer": "._authorizers.api_key_authorizer",
    "BedrockCallerSetting": "._bedrock.settings",
    "BedrockFormat": "._bedrock.routes",
    "BedrockFunction": "._bedrock_function",
    "BedrockGuardrailStreaming": "._bedrock.settings",
    "BedrockLatency": "._bedrock.settings",
    "BedrockModel": "._bedrock.model",
    "BedrockModelKind": "._bedrock.model_id",
    "BedrockPrice": "._bedrock.prices",
    "BedrockPrices": "._bedrock.prices",
    "BedrockRelay": "._bedrock.settings",
    "BudgetAmount": "._bedrock.budget_limits",
    "BudgetLimits": "._bedrock.budget_limits",
    "BedrockServiceTier": "._bedrock.service_tier",
    "BedrockUsageMetric": "._bedrock.usage_metric",
    "BundledCode": "._lambda.bundled_code",
    "GradualRollout": "._lambda.gradual_rollout",
    "HttpStream": "._apigateway.http_stream",
    "JwtAuthorizer": "._authorizers.jwt_authorizer",
    "McpAuthorization": "._apigateway.mcp_authorization",
    "OpenApiStreams": "._open_api_streams",
    "Stream": "._apigateway.stream",
    "StreamStore": "._lambda.stream_store",
    "StreamingAccessLogField": "._common.access_log",
    "StreamingApi": "._streaming_api",
    "StreamingFunction": "._lambda.streaming_function",
    "StreamingLayer": "._lambda.streaming_layer",
    "StreamingMonitoring": "._streaming_monitoring",
    "StreamingRules": ".rules",
    "StreamingUrl": "._lambda.function_url.streaming_url",
    "TokenBudget": "._bedrock.token_budget",
}
__all__ = sorted(_MODULES)

if TYPE_CHECKING:  # a test holds this list to the one above
    from ._apigateway.http_stream import HttpStream as HttpStream
    from ._apigateway.mcp_authorization import McpAuthorization as McpAuthorization
    from ._apigateway.stream import Stream as Stream
    from ._authorizers.api_key_authorizer import ApiKeyAuthorizer as ApiKeyAuthorizer
    from ._authorizers.jwt_authorizer import JwtAuthorizer as JwtAuthorizer
    from ._bedrock.budget_limits import BudgetAmount as BudgetAmount
    from ._bedrock.budget_limits import BudgetLimits as BudgetLimits
    from ._bedrock.model import BedrockModel as BedrockModel
    from ._bedrock.model_id import BedrockModelKind as BedrockModelKind
    from ._bedrock.prices import BedrockPrice as BedrockPrice
    from ._bedrock.prices import BedrockPrices as BedrockPrices
    from ._bedrock.routes import BedrockFormat as BedrockFormat
    from ._bedrock.service_tier import BedrockServiceTier as BedrockServiceTier
    from ._bedrock.settings import BedrockCallerSetting as BedrockCallerSetting
    from ._bedrock.settings import BedrockGuardrailStreaming as BedrockGuardrailStreaming
    from ._bedrock.settings import BedrockLatency as BedrockLatency
    from ._bedrock.settings import BedrockRelay as BedrockRelay
    from ._bedrock.token_budget import TokenBudget as TokenBudget
    from ._bedrock.usage_metric import BedrockUsageMetric as BedrockUsageMetric
    from ._bedrock_function import BedrockFunction as BedrockFunction
    from ._common.access_log import StreamingAccessLogField as StreamingAccessLogField
    from ._lambda.bundled_code import BundledCode as BundledCode
    from ._lambda.function_url.streaming_url import StreamingUrl as StreamingUrl
    from ._lambda.gradual_rollout import GradualRollout as GradualRollout
    from ._lambda.stream_store import StreamStore as StreamStore
    from ._lambda.streaming_function import StreamingFunction as StreamingFunction
    from ._lambda.streaming_layer import StreamingLayer as StreamingLayer
    from ._open_api_streams import OpenApiStreams as OpenApiStreams
    from ._streaming_api import StreamingApi as StreamingApi
    from ._streaming_monitoring import StreamingMonitoring as StreamingMonitoring
    from .rules import StreamingRules as StreamingRules
else:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
