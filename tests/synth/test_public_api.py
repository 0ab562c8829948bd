"""What `from cdk_streaming_api import ...` offers, and what it costs until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cdk_streaming_api

PUBLIC = [
    "ApiKeyAuthorizer",
    "BedrockCallerSetting",
    "BedrockFormat",
    "BedrockFunction",
    "BedrockGuardrailStreaming",
    "BedrockLatency",
    "BedrockModel",
    "BedrockModelKind",
    "BedrockPrice",
    "BedrockPrices",
    "BedrockRelay",
    "BedrockServiceTier",
    "BedrockUsageMetric",
    "BudgetAmount",
    "BudgetLimits",
    "BundledCode",
    "GradualRollout",
    "HttpStream",
    "JwtAuthorizer",
    "McpAuthorization",
    "OpenApiStreams",
    "Stream",
    "StreamStore",
    "StreamingAccessLogField",
    "StreamingApi",
    "StreamingFunction",
    "StreamingLayer",
    "StreamingMonitoring",
    "StreamingRules",
    "StreamingUrl",
    "TokenBudget",
]


def test_public_api_names_are_the_listed_ones_and_load() -> None:
    assert cdk_streaming_api.__all__ == PUBLIC
    assert set(PUBLIC) <= set(dir(cdk_streaming_api))
    assert [getattr(cdk_streaming_api, name).__name__ for name in PUBLIC] == PUBLIC


def test_public_api_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'StreamingApy'"):
        _ = cdk_streaming_api.StreamingApy  # type: ignore[attr-defined]


def test_public_api_import_does_not_load_the_cdk() -> None:
    code = "import sys, cdk_streaming_api; sys.exit('aws_cdk' in sys.modules or 'jsii' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_api_plain_api_loads_no_optional_module() -> None:
    code = "import sys; from cdk_streaming_api import StreamingApi; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    optional = [
        "apigatewayv2",
        "cloudfront",
        "cloudwatch",
        "codedeploy",
        "dynamodb",
        "elasticloadbalancingv2",
        "kms",
        "s3",
        "secretsmanager",
        "wafv2",
    ]
    assert "aws_cdk.aws_apigateway" in loaded.split()
    assert {f"aws_cdk.aws_{name}" for name in optional} & set(loaded.split()) == set()
