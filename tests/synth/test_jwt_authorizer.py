"""The authorizer of access tokens: its template, what it may do, and the function as the template says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import JwtAuthorizer, StreamingApi
from tests.support.servers import ScriptedServer, whole
from tests.support.user_pool import UserPool
from tests.synth.test_authorizer_runs import LAMBDA, METHOD, of_type

ISSUER = "https://issuer.example"
KEYS = f"{ISSUER}/keys"
RESOURCE = "https://api.example.com/mcp"


def tokens(stack: cdk.Stack, **given: Any) -> JwtAuthorizer:  # noqa: ANN401 - any argument
    return JwtAuthorizer(stack, "Tokens", **{"issuer": ISSUER, "jwks_url": KEYS, **given})


def api(stack: cdk.Stack, authorizer: JwtAuthorizer) -> StreamingApi:
    handler = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    found = StreamingApi(stack, "Api", handler=handler, authorizer=authorizer)
    found.add_stream("chat")
    return found


def environment(stack: cdk.Stack) -> dict[str, object]:
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    variables: dict[str, object] = function["Properties"]["Environment"]["Variables"]
    return variables


def test_jwt_authorizer_is_a_token_authorizer_without_cache(stack: cdk.Stack) -> None:
    api(stack, tokens(stack, audience=[RESOURCE]))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::ApiGateway::Authorizer",
        {
            "Type": "TOKEN",
            "AuthorizerResultTtlInSeconds": 0,
            "IdentitySource": "method.request.header.Authorization",
        },
    )
    template.has_resource_properties("AWS::ApiGateway::Method", {"AuthorizationType": "CUSTOM"})


def test_jwt_authorizer_function_may_write_its_log_and_nothing_else(stack: cdk.Stack) -> None:
    api(stack, tokens(stack, audience=[RESOURCE]))
    template = Template.from_stack(stack)
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    actions = {
        action for each in policy["Properties"]["PolicyDocument"]["Statement"] for action in each["Action"]
    }
    assert actions == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    template.has_resource_properties("AWS::IAM::Role", {"ManagedPolicyArns": Match.absent()})
    (authorizer,) = template.find_resources("AWS::ApiGateway::Authorizer")
    (permission,) = (
        each["Properties"]
        for name, each in template.find_resources("AWS::Lambda::Permission").items()
        if name.startswith("Tokens")
    )
    assert json.dumps({"Ref": authorizer}) in json.dumps(permission["SourceArn"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"audience": [RESOURCE, "other"]}, {"AUDIENCE": f"{RESOURCE} other"}),
        ({"audience": [RESOURCE], "scopes": ["a", "b"]}, {"AUDIENCE": RESOURCE, "SCOPES": "a b"}),
        ({"client_ids": ["x", "y"], "scopes": ["a"]}, {"CLIENT_IDS": "x y", "SCOPES": "a"}),
    ],
)
def test_jwt_authorizer_tells_its_function_what_tokens_must_say(
    stack: cdk.Stack, given: dict[str, object], expected: dict[str, object]
) -> None:
    api(stack, tokens(stack, **given))
    assert environment(stack) == {"ISSUER": ISSUER, "JWKS_URL": KEYS, **expected}


def test_jwt_authorizer_audience_of_its_own_api_makes_no_cycle(stack: cdk.Stack) -> None:
    authorizer = tokens(stack)
    found = api(stack, authorizer)
    for _ in range(2):
        authorizer.add_audience(f"https://{found.rest_api.rest_api_id}.execute-api.{stack.region}/prod/mcp")
    (rest_api,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::RestApi")
    parts = cast(dict[str, Any], environment(stack)["AUDIENCE"])["Fn::Join"][1]
    assert parts == ["https://", {"Ref": rest_api}, ".execute-api.", {"Ref": "AWS::Region"}, "/prod/mcp"]


def test_jwt_authorizer_that_would_take_no_token_is_an_error_at_synth(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Test")
    api(stack, tokens(stack, scopes=["a"]))
    with pytest.raises(
        RuntimeError, match="authorizer 'Tokens' takes no token: give it an audience, or client"
    ):
        app.synth()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"issuer": "http://issuer.example"}, "issuer of authorizer 'Tokens' must be a URL like https://"),
        ({"issuer": f"{ISSUER}/?a=1"}, "issuer of authorizer 'Tokens' must be a URL like https://"),
        ({"issuer": f"{ISSUER}/#a"}, "issuer of authorizer 'Tokens' must be a URL like https://"),
        (
            {"issuer": "issuer.example"},
            "must be a URL like https://example.eu.auth0.com/, got 'issuer.example'",
        ),
        (
            {"jwks_url": "http://127.0.0.1/keys"},
            "jwks_url of authorizer 'Tokens' must be a URL like https://",
        ),
        ({"jwks_url": "https://user@issuer.example/"}, "jwks_url of authorizer 'Tokens' must be a URL like"),
        ({"jwks_url": f"{KEYS} "}, "jwks_url of authorizer 'Tokens' must be a URL like"),
        ({"audience": ["a b"]}, "audience of authorizer 'Tokens' must be texts without blanks, got 'a b'"),
        ({"scopes": [""]}, "scopes of authorizer 'Tokens' must be texts without blanks, got ''"),
        ({"client_ids": ["a\n"], "scopes": ["s"]}, "client_ids of authorizer 'Tokens' must be texts without"),
        ({"client_ids": ["a"]}, "client_ids of authorizer 'Tokens' need scopes"),
        ({"runtime": lambda_.Runtime.NODEJS_22_X}, "runtime of authorizer 'Tokens' must be a managed Python"),
        ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets without a vpc means nothing"),
        ({"audience": ["a" * 5000], "client_ids": ["b" * 5000], "scopes": ["s"]}, "must fit into 4096 bytes"),
    ],
)
def test_jwt_authorizer_wrong_argument_is_refused_in_one_line(
    stack: cdk.Stack, given: dict[str, object], says: str
) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        tokens(stack, **given)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value).replace("\n'", "'")


def test_jwt_authorizer_url_that_is_partly_a_token_is_checked(stack: cdk.Stack) -> None:
    tokens(
        stack, issuer=f"https://cognito-idp.{stack.region}.amazonaws.com/{cdk.Fn.ref('Pool')}", audience=["a"]
    )
    with pytest.raises(ValueError, match="must be a URL like"):
        JwtAuthorizer(stack, "Other", issuer=f"http://{stack.region}.example", jwks_url=KEYS)


def test_jwt_authorizer_has_its_runtime_vpc_and_key(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
    given: dict[str, Any] = {"vpc": vpc, "encryption_key": key, "removal_policy": RemovalPolicy.DESTROY}
    api(stack, tokens(stack, audience=["a"], runtime=lambda_.Runtime.PYTHON_3_13, **given))
    template = Template.from_stack(stack)
    arn = stack.resolve(key.key_arn)
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Runtime": "python3.13", "VpcConfig": Match.any_value(), "KmsKeyArn": arn},
    )
    template.has_resource(
        "AWS::Logs::LogGroup", {"Properties": {"KmsKeyId": arn}, "DeletionPolicy": "Delete"}
    )
    assert "ec2:CreateNetworkInterface" in json.dumps(template.find_resources("AWS::IAM::Policy"))


def test_jwt_authorizer_resources_are_below_it(stack: cdk.Stack) -> None:
    api(stack, tokens(stack, audience=["a"]))
    paths = [each.node.path for each in stack.node.find_all() if cdk.CfnResource.is_cfn_resource(each)]
    assert {path for path in paths if not path.startswith(("Test/Api/", "Test/Tokens/"))} == set()


def ask(
    properties: Mapping[str, Any], folder: Path, keys_url: str, headers: list[str]
) -> list[dict[str, Any]]:
    """Return what the function of the template answers, with its keys on loopback."""
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, '.'){LAMBDA}",
            properties["Handler"],
        ],
        input="\n".join(
            json.dumps({"type": "TOKEN", "methodArn": METHOD, "authorizationToken": each}) for each in headers
        ),
        capture_output=True,
        text=True,
        check=True,
        cwd=folder / f"asset.{properties['Code']['S3Key'].removesuffix('.zip')}",
        env={
            **properties["Environment"]["Variables"],
            "JWKS_URL": keys_url,
            "JWKS_ON_LOOPBACK": "1",
            "PATH": os.environ["PATH"],
        },
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_jwt_authorizer_runs_as_its_template_says_without_any_package(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Test")
    api(stack, tokens(stack, audience=[RESOURCE], scopes=["call"]))
    folder = Path(app.synth().directory)
    resources = json.loads((folder / "Test.template.json").read_text("utf-8"))["Resources"]
    (function,) = of_type(resources, "AWS::Lambda::Function").values()
    pool = UserPool()
    claims: dict[str, object] = {"iss": ISSUER, "sub": "me", "aud": RESOURCE, "scope": "call"}
    with ScriptedServer(whole(200, pool.key_set().encode())) as issuer:
        good, little, stranger, nobody = ask(
            function["Properties"],
            folder,
            issuer.url,
            [
                f"Bearer {pool.token(claims)}",
                f"Bearer {pool.token({**claims, 'scope': 'list'})}",
                f"Bearer {UserPool().token(claims)}",
                "",
            ],
        )
    assert (good["principalId"], good["context"]) == ("me", {"scope": "call"})
    effects = [each["policyDocument"]["Statement"][0]["Effect"] for each in (good, little)]
    assert effects == ["Allow", "Deny"]
    assert stranger == nobody == {"errorMessage": "Unauthorized"}
