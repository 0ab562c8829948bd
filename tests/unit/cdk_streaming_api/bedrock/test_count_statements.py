"""Allow the counting of tokens for the models that CountTokens is known to cover, and for no other."""

from __future__ import annotations

import pytest

from cdk_streaming_api._bedrock.invoked_model import InvokedModel, SourceRegion
from cdk_streaming_api._bedrock.model_id import parse
from cdk_streaming_api._bedrock.statements import COUNT, INVOKE, count_statements

HERE = SourceRegion("aws", "us-east-1", "111122223333")


@pytest.mark.parametrize(
    "model",
    [
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "anthropic.claude-3-7-sonnet-20250219-v1:0",
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-opus-4-6-v1",
        "anthropic.claude-sonnet-4-6",
    ],
)
def test_count_statements_covered_model_is_allowed_on_its_foundation_model(model: str) -> None:
    (statement,) = count_statements(InvokedModel(parse(f"us.{model}")), HERE)
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == [COUNT, INVOKE]
    assert statement["Resource"] == [f"arn:aws:bedrock:us-east-1::foundation-model/{model}"]


@pytest.mark.parametrize(
    "model",
    [
        "amazon.nova-lite-v1:0",
        "anthropic.claude-3-sonnet-20240229-v1:0",
        "anthropic.claude-opus-4-7",
        "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2c3d4e5f6",
    ],
)
def test_count_statements_other_model_has_none(model: str) -> None:
    assert count_statements(InvokedModel(parse(model)), HERE) == []
