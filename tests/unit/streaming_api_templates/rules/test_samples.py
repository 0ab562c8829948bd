"""What correct samples of others have, and what was once seen as a mistake."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streaming_api_templates.rules.cases.spoiling import INTEGRATION
from tests.unit.streaming_api_templates.rules.templates import changed, ids
from tests.unit.streaming_api_templates.rules.test_spellings import LAMBDA_URI, sam

PUBLISHED_URI = {"Fn::Sub": LAMBDA_URI.replace("Function.Arn", "Function.Alias")}


@pytest.mark.parametrize(
    "named",
    [{"Ref": "Function.Alias"}, {"Fn::Sub": "${Function.Alias}"}, {"Fn::Sub": "${Function.Arn}:live"}],
)
def test_stream022_alias_that_sam_publishes_is_the_same_however_it_is_named(named: object) -> None:
    template = published(named)
    assert ids(template) == []
    template["Resources"]["Permission"]["Properties"]["FunctionName"] = {"Ref": "Function"}
    assert ids(template) == ["STREAM022"]


def published(named: object) -> dict[str, Any]:
    """Return a template whose method invokes the alias that SAM publishes for a function."""
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "nodejs24.x",
            "Handler": "index.handler",
            "CodeUri": "src",
            "Timeout": 900,
            "AutoPublishAlias": "live",
        },
    }
    template = changed(
        {
            "Function": function,
            f"{INTEGRATION}.Uri": PUBLISHED_URI,
            "Permission.Properties.FunctionName": named,
        }
    )
    return {**template, "Transform": "AWS::Serverless-2016-10-31"}


@pytest.mark.parametrize("definition", ["DefinitionBody", "DefinitionUri"])
def test_stream020_event_of_an_api_with_a_definition_is_no_method(definition: str) -> None:
    template = sam()
    operation = {
        "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "responseTransferMode": "STREAM",
            "timeoutInMillis": 900_000,
            "uri": {"Fn::Sub": LAMBDA_URI},
        },
    }
    document = {"openapi": "3.0.1", "paths": {"/chat": {"post": operation}}}
    template["Resources"]["Api"]["Properties"][definition] = (
        document if definition == "DefinitionBody" else "api.yaml"
    )
    events = template["Resources"]["Function"]["Properties"]["Events"]
    for event in events.values():
        event["Properties"].pop("ResponseTransferMode", None)
        event["Properties"].pop("TimeoutInMillis", None)
    assert "STREAM020" not in ids(template)
