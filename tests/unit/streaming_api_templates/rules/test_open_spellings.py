"""Whether a method is open, however SAM or an OpenAPI definition says it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.streaming_api_templates.rules.templates import STREAMING_LOG, ids
from tests.unit.streaming_api_templates.rules.test_spellings import open_api, sam

OPEN = ["STREAM023"]


def operation(template: dict[str, Any]) -> dict[str, Any]:
    """The operation in the definition of ``open_api``, without security."""
    found: dict[str, Any] = template["Resources"]["Api"]["Properties"]["Body"]["paths"]["/chat"]["post"]
    del found["security"]
    return found


@pytest.mark.parametrize(("kind", "expected"), [("AWS_IAM", []), ("aws_iam", []), ("NONE", OPEN)])
def test_stream023_authorization_extension_counts_in_either_case(kind: str, expected: list[str]) -> None:
    template = open_api()
    operation(template)["x-amazon-apigateway-auth"] = {"type": kind}
    assert ids(template) == expected


@pytest.mark.parametrize("security", [[], [{}], [{"NONE": []}]])
def test_stream023_empty_security_requirement_is_open(security: list[object]) -> None:
    template = open_api()
    operation(template)["security"] = security
    assert ids(template) == OPEN


@pytest.mark.parametrize(
    ("auth", "security", "expected"),
    [
        ({"DefaultAuthorizer": "AWS_IAM"}, None, []),
        ({"ApiKeyRequired": True}, None, []),
        ({"DefaultAuthorizer": "AWS_IAM"}, [{"NONE": []}], OPEN),
        ({"DefaultAuthorizer": "NONE"}, None, OPEN),
        ({"Authorizers": {"Pool": {"UserPoolArn": "arn"}}}, None, OPEN),
    ],
)
def test_stream023_sam_auth_applies_to_definition_body(
    auth: dict[str, object], security: list[object] | None, expected: list[str]
) -> None:
    template = open_api()
    post = operation(template)
    if security is not None:
        post["security"] = security
    body = template["Resources"]["Api"]["Properties"]["Body"]
    template["Resources"]["Api"] = {
        "Type": "AWS::Serverless::Api",
        "Properties": {
            "StageName": "prod",
            "EndpointConfiguration": {"Type": "REGIONAL"},
            "DefinitionBody": body,
            "AccessLogSetting": {"Format": STREAMING_LOG, "DestinationArn": "arn"},
            "Auth": auth,
        },
    }
    assert ids(template) == expected


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ({"EndpointConfiguration": "REGIONAL", "Auth": {"DefaultAuthorizer": "AWS_IAM"}}, []),
        ({"EndpointConfiguration": "REGIONAL"}, OPEN),
        ({"Auth": {"DefaultAuthorizer": "AWS_IAM"}}, ["STREAM016"]),
    ],
)
def test_stream023_sam_events_without_api_belong_to_implicit_api(
    api: dict[str, object], expected: list[str]
) -> None:
    template = sam()
    del template["Resources"]["Api"]
    for event in template["Resources"]["Function"]["Properties"]["Events"].values():
        del event["Properties"]["RestApiId"]
    log = {"Format": STREAMING_LOG, "DestinationArn": "arn"}
    template["Globals"]["Api"] = {"AccessLogSetting": log, **api}
    assert ids(template) == expected
