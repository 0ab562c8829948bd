"""The examples in the docstrings of the constructs are executed."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from enum import Enum
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

import cdk_streaming_api
from cdk_streaming_api import bundle, validation


def examples(documented: object) -> list[str]:
    """Return the literal blocks of a docstring."""
    blocks = re.findall(r"::\n\n((?: {4}.*\n|\n)+)", f"{inspect.getdoc(documented)}\n")
    return [textwrap.dedent(block) for block in blocks]


def needs_none(name: str) -> bool:
    """Say whether a public name may do without: enumerations are explained where they are given."""
    found = getattr(cdk_streaming_api, name)
    return issubclass(found, Enum) and not examples(found)


# run by the tests of models and of rules
VALUES = {"BedrockModel", "StreamingRules"}
WITHOUT_RESOURCES = {"StreamingAccessLogField"}
EXAMPLES = [name for name in sorted(set(cdk_streaming_api.__all__) - VALUES) if not needs_none(name)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_docstring_example_of_a_construct_synthesizes(
    stack: cdk.Stack, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalogue").mkdir()
    assert bundle.main(["catalogue"]) == 0
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "app.py").touch()
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    names: dict[str, object] = {
        public: getattr(cdk_streaming_api, public) for public in cdk_streaming_api.__all__
    }
    names |= {
        "self": stack,
        "model": cdk_streaming_api.BedrockModel("amazon.nova-lite-v1:0"),
        "reports": theirs,
        "tools": theirs,
        "user_pool": (pool := cognito.UserPool(stack, "Pool")),
        "client": pool.add_client("Client"),
        "domain": pool.add_domain(
            "Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="chat")
        ),
        "chat": lambda_.Function.from_function_name(stack, "GivenChat", "chat"),
        "caller": iam.AccountRootPrincipal(),
        "api": cdk_streaming_api.StreamingApi(stack, "Given", handler=theirs),
        "my_api": apigateway.RestApi(stack, "Mine"),
        "document": {"openapi": "3.0.1", "paths": {"/chat": {"post": {"operationId": "createChat"}}}},
        "apigateway": apigateway,
        "json": json,
        "lambda_": lambda_,
        "Duration": Duration,
    }
    before = len(stack.node.find_all())
    blocks = [block for block in examples(getattr(cdk_streaming_api, name)) if "@stream" not in block]
    for block in blocks:
        # jsii resolves relative paths against the directory that it was started in
        code = block.replace('from_asset("reports")', f'from_asset("{tmp_path / "reports"}")')
        exec(compile(code, name, "exec"), names)
    assert blocks
    assert len(stack.node.find_all()) > before or name in WITHOUT_RESOURCES


def test_docstring_example_of_cloudformation_validate_validates(context: dict[str, object]) -> None:
    names: dict[str, object] = {"cdk": cdk, "CloudFormationValidate": validation.CloudFormationValidate}
    (block,) = examples(validation)
    exec(compile(block, "validation", "exec"), names)
    app = names["app"]
    assert isinstance(app, cdk.App)
    app.node.set_context("@aws-cdk/core:validateAgainstDefaultRules", True)
    cdk.CfnResource(cdk.Stack(app, "Bad"), "Bucket", type="AWS::S3::Bucket", properties={"Nope": 1})
    with pytest.raises(RuntimeError, match="F3002"):
        app.synth()
