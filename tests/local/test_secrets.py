"""The secrets of a stack, as its functions read them: the bundled authorizer has its keys in one."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from tests.local.conftest import Serve
from tests.local.serving import ROOT, Client, Serving, function
from tests.local.test_admission import ENFORCED, authorizer, guarded, plan

Connect = Callable[[Serving], Client]
GENERATED = {"GenerateSecretString": {"SecretStringTemplate": "{}", "GenerateStringKey": "default"}}
REFERENCE = "{{resolve:secretsmanager:%s:SecretString:%s::}}"


def keys_in(secret: object, **more: object) -> dict[str, object]:
    """Return the resources of an API whose clients have keys of a secret."""
    api = {
        "Type": "AWS::ApiGateway::RestApi",
        "Properties": {"Name": "Api", "ApiKeySourceType": "AUTHORIZER"},
    }
    asks = function(
        {
            "code": ROOT / "lambda_src",
            "handler": "authorizer.handler.handler",
            "environment": {"KEYS_SECRET_ARN": secret, "KEYS_TTL_SECONDS": "300", **LOCAL_CREDENTIALS},
        }
    )
    never = {"AuthorizerResultTtlInSeconds": 0, "IdentitySource": ""}
    return {**authorizer("REQUEST", **never), "Asks": asks, "Api": api, **more}


def status(serving: Serving, connect: Connect, **headers: str) -> int:
    """Return the status of a request with these headers."""
    response = connect(serving).send("GET", "/prod/echo/1", headers=headers)
    response.read()
    return response.status


def test_secrets_manager_generated_key_is_logged_and_accepted(serve: Serve, connect: Connect) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": GENERATED}
    serving = serve(guarded(), access=ENFORCED, **keys_in({"Ref": "Keys"}, Keys=secret))
    serving.logged('secret Keys has the value {"default": "local-Keys0000000000"}')
    assert status(serving, connect, Authorization="Bearer local-Keys0000000000") == 200
    assert status(serving, connect, Authorization="Bearer another-key") == 401


def test_secrets_manager_metered_key_is_one_for_authorizer_and_plan(serve: Serve, connect: Connect) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": GENERATED}
    resources = {**keys_in({"Ref": "Keys"}, Keys=secret), **plan(REFERENCE % ("Keys", "default"))}
    serving = serve(guarded(ApiKeyRequired=True), access=ENFORCED, **resources)
    serving.logged("API key Key has the value local-Key00000000000")
    assert status(serving, connect, **{"x-api-key": "local-Key00000000000"}) == 200


def test_secrets_manager_imported_secret_has_the_value_of_its_api_keys(
    serve: Serve, connect: Connect
) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:team-a1B2c3"
    serving = serve(
        guarded(ApiKeyRequired=True), access=ENFORCED, **keys_in(arn), **plan(REFERENCE % (arn, "alice"))
    )
    serving.logged(f'secret {arn} has the value {{"alice": "local-Key00000000000"}}')
    assert status(serving, connect, Authorization="Bearer local-Key00000000000") == 200


def test_secrets_manager_value_in_the_template_is_served_and_not_logged(
    serve: Serve, connect: Connect
) -> None:
    value = json.dumps({"alice": "a-key-of-more-than-twenty"})
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": value}}
    serving = serve(guarded(), access=ENFORCED, **keys_in({"Ref": "Keys"}, Keys=secret))
    assert status(serving, connect, Authorization="Bearer a-key-of-more-than-twenty") == 200
    assert not [line for line in serving.log if "a-key-of-more" in line]


@pytest.mark.parametrize("properties", [{}, {"GenerateSecretString": {"GenerateStringKey": "default"}}])
def test_secrets_manager_unknown_secret_is_named_with_the_known_ones(
    properties: dict[str, object], serve: Serve, connect: Connect
) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": properties}
    serving = serve(guarded(), access=ENFORCED, **keys_in("elsewhere", Keys=secret))
    assert status(serving, connect, Authorization="Bearer local-Keys0000000000") == 500
    serving.logged("ResourceNotFoundException")
    serving.logged("elsewhere is no secret of the stack; it has Keys")


def test_secrets_manager_own_endpoint_of_a_function_is_kept(serve: Serve, connect: Connect) -> None:
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": GENERATED}
    nowhere = {"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:9"}
    serving = serve(guarded(), access=ENFORCED, environment=nowhere, **keys_in({"Ref": "Keys"}, Keys=secret))
    assert status(serving, connect, Authorization="Bearer local-Keys0000000000") == 500
    serving.logged('Could not connect to the endpoint URL: "http://127.0.0.1:9/"')
    assert not [line for line in serving.log if line.startswith("secret ")]


KEY = "a-key-of-more-than-twenty"


def with_attributes(attributes: object, **more: object) -> dict[str, object]:
    """Return the resources of an API whose client has attributes."""
    text = json.dumps({"alice": KEY})
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": text}}
    resources = keys_in({"Ref": "Keys"}, Keys=secret, **more)
    asks = resources["Asks"]
    assert isinstance(asks, dict)
    asks["Properties"]["Environment"]["Variables"]["ATTRIBUTES_SECRET_ARN"] = attributes
    return resources


@pytest.mark.parametrize(
    ("expires", "expected"), [("2000-01-01T00:00:00Z", 401), ("2100-01-01T00:00:00Z", 200)]
)
def test_secrets_manager_attributes_of_a_client_expire(
    serve: Serve, connect: Connect, expires: str, expected: int
) -> None:
    told = json.dumps({"alice": {"expires": expires}})
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": told}}
    resources = with_attributes({"Ref": "Team"}, Team=secret)
    serving = serve(guarded(), access=ENFORCED, **resources)
    assert status(serving, connect, Authorization=f"Bearer {KEY}") == expected


def test_secrets_manager_attributes_that_only_aws_has_say_nothing(serve: Serve, connect: Connect) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:team-attributes"
    serving = serve(guarded(), access=ENFORCED, **with_attributes(arn))
    assert status(serving, connect, Authorization=f"Bearer {KEY}") == 200
