"""Cases of rules/checks/access.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import (
    BUFFERED,
    OPTIONS,
    STATEMENT,
    Case,
    statement,
)
from tests.unit.streaming_api_templates.rules.templates import GONE, INVOKE_ON_MODEL

CASES: list[Case] = [
    Case(
        "STREAM023",
        "NONE",
        {"Method.Properties.AuthorizationType": "NONE"},
        ("Method", "Properties.AuthorizationType"),
        "POST /chat is open, and Function may call Amazon Bedrock",
    ),
    Case(
        "STREAM023",
        "NONE, without Bedrock",
        {"Method.Properties.AuthorizationType": "NONE", "Policy": GONE},
        ("Method", "Properties.AuthorizationType"),
        "POST /chat is open, and it streams",
    ),
    Case(
        "STREAM023",
        "a managed policy",
        {
            "Method.Properties.AuthorizationType": GONE,
            "Policy": GONE,
            "Role.Properties.ManagedPolicyArns": [
                {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonBedrockFullAccess"}
            ],
        },
        ("Method", "Properties.AuthorizationType"),
        "is open",
    ),
    *(
        Case(
            "STREAM036",
            kind,
            {"Method.Properties.AuthorizationType": kind},
            ("Method", "Properties.AuthorizationType"),
            f"POST /chat has AuthorizationType {kind} and no AuthorizerId",
        )
        for kind in ("CUSTOM", "COGNITO_USER_POOLS")
    ),
    Case("STREAM024", "bedrock:*", statement("bedrock:*", "*"), STATEMENT, "bedrock:* is allowed on *"),
    Case("STREAM024", "InvokeModel*", statement(["bedrock:InvokeModel*"], ["*"]), STATEMENT, "InvokeModel*"),
    Case(
        "STREAM024",
        "every model",
        statement(
            INVOKE_ON_MODEL["Action"], {"Fn::Sub": "arn:${AWS::Partition}:bedrock:*::foundation-model/*"}
        ),
        STATEMENT,
        "foundation-model/*",
    ),
    Case(
        "STREAM024",
        "all actions but some, on all resources but some",
        {
            "Policy.Properties.PolicyDocument.Statement.0": {
                "Effect": "Allow",
                "NotAction": "iam:*",
                "NotResource": "arn:aws:s3:::bucket",
            }
        },
        STATEMENT,
        "bedrock:InvokeModelWithResponseStream is allowed on all but arn:aws:s3:::bucket",
    ),
    Case("STREAM024", "two stars", statement("bedrock:*", "arn:aws:bedrock:*:*:*/*"), STATEMENT, "*/*"),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM024: every model, where nothing streams": {**BUFFERED, **statement("bedrock:*", "*")},
    "STREAM036: an authorizer": {
        "Method.Properties.AuthorizationType": "CUSTOM",
        "Method.Properties.AuthorizerId": {"Ref": "Keys"},
    },
    "STREAM036: a method that buffers": {**BUFFERED, "Method.Properties.AuthorizationType": "CUSTOM"},
    "STREAM023: an open MOCK, which reaches no code": {**OPTIONS, "Options.Properties.HttpMethod": "GET"},
    "STREAM023: open to whoever has an API key": {
        "Method.Properties.AuthorizationType": "NONE",
        "Method.Properties.ApiKeyRequired": True,
    },
    "STREAM023: open, in front of Bedrock, where nothing streams": {
        **BUFFERED,
        "Method.Properties.AuthorizationType": "NONE",
    },
    "STREAM023: open, in front of an administrator, where nothing streams": {
        **BUFFERED,
        **statement("*", "*"),
        "Method.Properties.AuthorizationType": "NONE",
    },
    "STREAM023: open and buffered, without Bedrock": {
        **BUFFERED,
        "Method.Properties.AuthorizationType": "NONE",
        "Policy": GONE,
    },
    "STREAM023: open, with a resource policy": {
        "Method.Properties.AuthorizationType": "NONE",
        "Api.Properties.Policy": {"Statement": [{"Effect": "Deny"}]},
    },
    "STREAM024: every model through one profile": statement(
        "bedrock:InvokeModelWithResponseStream",
        "arn:aws:bedrock:*::foundation-model/*",
        Condition={"StringEquals": {"bedrock:InferenceProfileArn": "arn"}},
    ),
    "STREAM024: Deny on everything": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Deny",
            "Action": "bedrock:*",
            "Resource": "*",
        }
    },
    "STREAM024: reading Bedrock": statement(["bedrock:ListFoundationModels", "bedrock:Get*"], "*"),
    "STREAM024: everything but Bedrock": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Allow",
            "NotAction": "bedrock:*",
            "Resource": "*",
        }
    },
    "STREAM024: nothing of Bedrock": {
        "Policy.Properties.PolicyDocument.Statement.0": {
            "Effect": "Allow",
            "Action": "*",
            "NotResource": "arn:aws:bedrock:*:*:*",
        }
    },
}
