"""A spent budget as the official clients see it: their own error, and no second attempt."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.clients.conftest import SCRIPTS, _command
from tests.clients.deployment import KEYS
from tests.clients.install import CLIENTS, INSTALLED, ROOT
from tests.clients.official import TABLE, Client
from tests.support.gateway import Serving
from tests.support.servers import HttpServer, Request, closed, json_body
from tests.support.templates import application, template

LIMIT = {"scope": "caller", "period": "day", "unit": "tokens", "hard": 600}
ROUTES = ("/v1/chat/completions", "/v1/messages", "/model/model-1/converse-stream")


def spent(request: Request) -> dict[str, Any]:
    """Return DynamoDB's answer to a reservation of a budget that is spent."""
    names = json.loads(request.body)["ExpressionAttributeNames"]
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "Item": {names["#a0"]: {"N": "600"}},
    }


@pytest.fixture(scope="module", name="table")
def _table() -> Iterator[HttpServer]:
    with HttpServer(lambda connection, request: json_body(spent(request), 400)(connection)) as running:
        yield running


@pytest.fixture(scope="module", name="model")
def _model() -> Iterator[HttpServer]:
    with HttpServer(closed_after_request) as running:
        yield running
    assert running.requests == []


def closed_after_request(connection: socket.socket, request: Request) -> bool:
    """Answer nothing: no request is to come."""
    return closed(connection)


@pytest.fixture(scope="module", name="url")
def _url(table: HttpServer, model: HttpServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = {
        **KEYS,
        "BEDROCK_MODEL_ID": "model-1",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url,
        "AWS_ENDPOINT_URL_DYNAMODB": table.url,
        "TOKEN_BUDGET_TABLE": "budget",
        "TOKEN_BUDGET": json.dumps({"limits": [LIMIT]}),
    }
    handler = {
        "handler": "chat.handler.handler",
        "code": str(ROOT / "lambda_src"),
        "environment": environment,
    }
    content = template({f"POST {path}": handler for path in ROUTES})
    with Serving(application(content, tmp_path_factory.mktemp("budget"))) as serving:
        yield f"{serving.url}/prod"


@pytest.mark.parametrize("client", TABLE, ids=lambda client: client.name)
def test_budget_that_is_spent_is_asked_once_by_the_official_clients(
    client: Client, url: str, table: HttpServer, tmp_path: Path
) -> None:
    if not (CLIENTS / client.folder / INSTALLED).exists():
        pytest.skip("python -m tests.clients.install installs the clients")
    before = len(table.requests)
    done = subprocess.run(
        [*_command(client.script, tmp_path), url, client.name],
        input=json.dumps([["", "Hi"]]),
        capture_output=True,
        text=True,
        timeout=120,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(CLIENTS / client.folder), str(SCRIPTS)]),
            "NO_PROXY": "*",
        },
    )
    assert done.returncode == 0, done.stderr
    (outcome,) = json.loads(done.stdout).values()
    assert (outcome["status"], outcome["error"]["code"]) == (429, "insufficient_quota")
    anthropic = client.api == "anthropic"
    assert outcome["error"]["type"] == ("rate_limit_error" if anthropic else "insufficient_quota")
    assert 0 < int(outcome["headers"]["retry-after"]) <= 86_400
    assert outcome["headers"]["anthropic-ratelimit-tokens-remaining"] == "0"
    assert len(table.requests) == before + 1


def test_budget_that_is_spent_is_an_exception_of_boto3(url: str, table: HttpServer) -> None:
    before = len(table.requests)
    session = boto3.session.Session("A", "S", region_name="us-east-1")
    client = session.client(
        "bedrock-runtime", endpoint_url=url, config=Config(retries={"total_max_attempts": 1})
    )
    with pytest.raises(ClientError) as error:
        client.converse_stream(modelId="model-1", messages=[{"role": "user", "content": [{"text": "Hi"}]}])
    client.close()
    assert error.value.response["Error"]["Code"] == "ServiceQuotaExceededException"
    assert "budget of this caller is spent" in error.value.response["Error"]["Message"]
    assert len(table.requests) == before + 1
