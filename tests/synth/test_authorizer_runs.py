"""The bundled authorizer as its template says: its code, handler and environment, and the secret's form."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_streaming_api import ApiKeyAuthorizer, BedrockModel, StreamingApi
from tests.support.servers import ScriptedServer, json_body

METHOD = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/chat"
KEY = "a-key-of-forty-eight-characters-as-it-is-made-00"
#: Runs the handler in the way of Lambda's loop: module, function, event, and the answer as JSON.
LAMBDA = """
import importlib, json, sys
module, function = sys.argv[1].rsplit(".", 1)
handler = getattr(importlib.import_module(module), function)
for line in sys.stdin:
    try:
        print(json.dumps(handler(json.loads(line), None)))
    except Exception as error:
        print(json.dumps({"errorMessage": str(error)}))
"""


@pytest.fixture
def resources(app: cdk.App) -> dict[str, Any]:
    """The resources of a template with a metered API, synthesized with its assets."""
    stack = cdk.Stack(app, "Test")
    keys = ApiKeyAuthorizer(stack, "Keys")
    model = BedrockModel("amazon.nova-lite-v1:0")
    api = StreamingApi(stack, "Api", model=model, authorizer=keys, api_key_required=True)
    api.add_stream("chat")
    api.add_usage_plan("Small", api_keys=[keys.add_api_key("default")])
    folder = Path(app.synth().directory)
    found: dict[str, Any] = json.loads((folder / "Test.template.json").read_text("utf-8"))["Resources"]
    return found


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: each for name, each in resources.items() if each["Type"] == kind}


@pytest.fixture
def secrets_manager(resources: dict[str, Any]) -> Iterator[str]:
    """The URL of a stand-in that has made the secret as the template asks for."""
    ((name, secret),) = of_type(resources, "AWS::SecretsManager::Secret").items()
    asked_for = secret["Properties"]["GenerateSecretString"]
    value = {**json.loads(asked_for["SecretStringTemplate"]), asked_for["GenerateStringKey"]: KEY}

    with ScriptedServer(json_body({"SecretString": json.dumps(value)})) as server:
        yield server.url
        assert server.requests
        assert all(request.json() == {"SecretId": name} for request in server.requests)


def ask(
    resources: dict[str, Any], folder: Path, secrets_manager: str, headers: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """Return what the function behind the template's authorizer answers to requests with these headers."""
    (authorizer,) = of_type(resources, "AWS::ApiGateway::Authorizer").values()
    uri = json.dumps(authorizer["Properties"]["AuthorizerUri"])
    functions = of_type(resources, "AWS::Lambda::Function")
    (function,) = (each for name, each in functions.items() if f'"{name}"' in uri)
    properties = function["Properties"]
    declared = properties["Environment"]["Variables"]
    asset = folder / f"asset.{properties['Code']['S3Key'].removesuffix('.zip')}"
    environment = {
        **{name: value["Ref"] if isinstance(value, dict) else value for name, value in declared.items()},
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets_manager,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PATH": os.environ["PATH"],
    }
    events = [{"type": "REQUEST", "methodArn": METHOD, "headers": each} for each in headers]
    done = subprocess.run(
        [sys.executable, "-c", LAMBDA, properties["Handler"]],
        input="\n".join(map(json.dumps, events)),
        capture_output=True,
        text=True,
        check=True,
        cwd=asset,
        env=environment,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_api_key_authorizer_generated_key_is_allowed_and_metered(
    app: cdk.App, resources: dict[str, Any], secrets_manager: str
) -> None:
    bearer, header, stranger, nobody = ask(
        resources,
        Path(app.outdir),
        secrets_manager,
        [{"Authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}, {"x-api-key": KEY[:-1]}, {}],
    )
    assert bearer == header
    assert bearer["usageIdentifierKey"] == KEY
    assert bearer["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD}
    ]
    assert stranger == nobody == {"errorMessage": "Unauthorized"}
    # and the key of the plan is that same field of that same secret
    (key,) = of_type(resources, "AWS::ApiGateway::ApiKey").values()
    ((secret, _),) = of_type(resources, "AWS::SecretsManager::Secret").items()
    assert key["Properties"]["Value"]["Fn::Join"][1] == [
        "{{resolve:secretsmanager:",
        {"Ref": secret},
        ":SecretString:default::}}",
    ]
    (api,) = of_type(resources, "AWS::ApiGateway::RestApi").values()
    assert api["Properties"]["ApiKeySourceType"] == "AUTHORIZER"
