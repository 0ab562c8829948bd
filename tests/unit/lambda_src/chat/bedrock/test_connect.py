"""Which environments get the small client, and which boto3's."""

from __future__ import annotations

import os

import pytest
from chat.bedrock import connect, needs_sdk
from chat.bedrock.client import BedrockRuntime
from chat.bedrock.sdk import SdkClient

LAMBDA = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "A",
    "AWS_SECRET_ACCESS_KEY": "S",
    "AWS_SESSION_TOKEN": "T",
}
SNAPSTART = {
    "AWS_REGION": "eu-central-1",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9001/v1/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t",
}


@pytest.mark.parametrize(
    "environ", [LAMBDA, SNAPSTART, {"AWS_REGION": "us-east-1", "AWS_BEARER_TOKEN_BEDROCK": "t"}]
)
def test_bedrock_connect_lambda_environment_needs_no_sdk(environ: dict[str, str]) -> None:
    assert not needs_sdk(environ)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AWS_REGION": "us-east-1", "AWS_PROFILE": "dev"},
        {"AWS_REGION": "us-east-1", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"},
        {"AWS_REGION": "us-east-1", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://c.example/"},
        {**LAMBDA, "AWS_REGION": ""},
        {**LAMBDA, "HTTPS_PROXY": "http://proxy:3128"},
        {**LAMBDA, "AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"},
    ],
    ids=lambda environ: " ".join(environ) or "none",
)
def test_bedrock_connect_other_environment_needs_the_sdk(environ: dict[str, str]) -> None:
    assert needs_sdk(environ)


def test_bedrock_connect_returns_the_client_for_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in LAMBDA.items():
        monkeypatch.setenv(name, value)
    assert isinstance(connect(connect_timeout=1, read_timeout=2), BedrockRuntime)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    client = connect(connect_timeout=1, read_timeout=2)
    assert isinstance(client, SdkClient)
    config = client._client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
