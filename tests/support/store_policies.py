"""What each function of a store may do with the table, as the constructs write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import BedrockModel, StreamingApi, StreamingFunction, StreamStore

#: role -> the part of the name of its policy
ROLES = {
    "writer": "Writer",
    "chat": "Handler",
    "reader": "StreamReader",
    "cancel": "StreamCancel",
    "erase": "StreamErase",
}
#: role -> the actions that it has
ACTIONS = {
    "writer": {"PutItem", "UpdateItem"},
    "chat": {"PutItem", "UpdateItem", "GetItem", "Query"},
    "reader": {"GetItem", "Query"},
    "cancel": {"UpdateItem"},
    "erase": {"UpdateItem", "GetItem", "Query", "DeleteItem"},
}
#: What a function may do with a table at all.
ALL = (
    *("BatchGetItem", "BatchWriteItem", "DeleteItem", "DeleteTable", "DescribeTable", "GetItem", "PutItem"),
    *("Query", "Scan", "UpdateItem", "UpdateTable", "UpdateTimeToLive"),
)


def store_policies(folder: Path, table_arn: str) -> dict[str, dict[str, Any]]:
    """Return the statements about the table of each role, with an ARN in place of the reference."""
    app = cdk.App(outdir=str(folder), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Store")
    store = StreamStore(stack, "Streams")
    code = lambda_.Code.from_inline("x")
    StreamingFunction(stack, "Writer", code=code, handler="index.handler", store=store)
    api = StreamingApi(stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"), store=store)
    api.add_stream("chat")
    found: dict[str, dict[str, Any]] = {}
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    for role, name in ROLES.items():
        (policy,) = [each for logical_id, each in policies.items() if name in logical_id]
        statements = [
            {**statement, "Resource": table_arn}
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if "dynamodb:" in str(statement)
        ]
        found[role] = {"Version": "2012-10-17", "Statement": statements}
    return found
