"""The authorizer as Lambda runs it, with the real SDK against a Secrets Manager on loopback."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.servers import ScriptedServer, json_body

ARN = "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/POST/chat"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys"


#: What GetSecretValue returns: one key.
VALUE = {"SecretString": json.dumps({"alice": "key-of-alice"})}


@pytest.fixture
def secrets_manager() -> Iterator[ScriptedServer]:
    """Serve Secrets Manager with one secret."""
    with ScriptedServer(json_body(VALUE)) as server:
        yield server


@pytest.fixture
def authorizer(secrets_manager: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function's module, imported in the function's environment."""
    environment = {
        "KEYS_SECRET_ARN": SECRET,
        "KEYS_TTL_SECONDS": "300",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": secrets_manager.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("authorizer.handler", None)
    module = importlib.import_module("authorizer.handler")
    yield module
    module.SECRETS.close()
    sys.modules.pop("authorizer.handler", None)


def test_a_client_with_a_key_of_the_secret_may_call_the_method(
    authorizer: ModuleType, secrets_manager: ScriptedServer
) -> None:
    event = {"methodArn": ARN, "headers": {"Authorization": "Bearer key-of-alice"}}
    answers = [authorizer.handler(event, None) for _ in range(2)]
    assert [answer["principalId"] for answer in answers] == ["alice", "alice"]
    assert answers[0]["policyDocument"]["Statement"][0]["Resource"] == ARN
    (asked,) = secrets_manager.requests
    assert asked.headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    assert asked.json() == {"SecretId": SECRET}


def test_a_stranger_gets_the_text_that_api_gateway_answers_with_401(authorizer: ModuleType) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler({"methodArn": ARN, "headers": {"x-api-key": "guessed"}}, None)
