"""The chat function with a budget behind the gateway: a real 429, whatever the format."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lambda_streaming_store.table import Table

from tests.store.test_chat import FORMATS, MODEL
from tests.support.bedrock.shipped import standin
from tests.support.gateway import PATIENCE, Client, Serving
from tests.support.ministack import Ministack
from tests.support.templates import ROOT, application, template

LIMIT = {"scope": "caller", "period": "day", "unit": "tokens", "hard": 600}


class Asked:
    """Counts the tokens that a model was to write."""

    def __init__(self) -> None:
        self.tokens = 0

    async def __call__(self, index: int) -> None:
        self.tokens += 1


@pytest.fixture(name="asked")
def _asked() -> Asked:
    return Asked()


@pytest.fixture(name="budget")
def _budget(ministack: Ministack, asked: Asked, tmp_path: Path) -> Iterator[tuple[Serving, str]]:
    table = ministack.table()
    with standin(asked) as bedrock:
        environment = {
            "BEDROCK_MODEL_ID": MODEL,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock,
            "TOKEN_BUDGET_TABLE": table,
            "TOKEN_BUDGET": json.dumps({"limits": [LIMIT]}),
        }
        routes: dict[str, dict[str, object]] = {
            f"POST {path}": {
                "handler": "chat.handler.handler",
                "code": str(ROOT / "lambda_src"),
                "environment": environment,
            }
            for path in FORMATS
        }
        content = application(template(routes), tmp_path)
        with Serving(content, environment=ministack.environment) as serving:
            yield serving, table


def settled(table: Table) -> tuple[dict[str, Any], str]:
    """Return the item of the caller and its attribute, once the answer is counted: that is after its end."""
    query = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "caller anybody"}},
    }
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        (item,) = table.query(query)
        (attribute,) = (each for each in item if each.endswith("_tokens"))
        if 0 < int(item[attribute]["N"]) < 600:
            return dict(item), attribute
    raise AssertionError("what was reserved is not settled")


def test_budget_that_is_spent_is_a_429_before_any_model_is_asked(
    budget: tuple[Serving, str], asked: Asked, ministack: Ministack
) -> None:
    serving, name = budget
    headers = {"content-type": "application/json"}
    with Client(serving.url) as client:
        first = client.send("POST", "/prod/chat", json.dumps(FORMATS["/chat"]), headers)
        assert (first.status, first.getheader("x-ratelimit-remaining-tokens")) == (200, "0")
        first.read()
    told = asked.tokens
    assert told > 0
    table = Table(ministack.environment, name, timeout=60)
    item, attribute = settled(table)
    key = {"pk": item["pk"], "sk": item["sk"]}
    table.call(
        "UpdateItem",
        {
            "Key": key,
            "UpdateExpression": "SET #a = :n",
            "ExpressionAttributeNames": {"#a": attribute},
            "ExpressionAttributeValues": {":n": {"N": "600"}},
        },
    )
    table.close()
    for path, body in FORMATS.items():
        with Client(serving.url) as client:
            response = client.send("POST", f"/prod{path}", json.dumps(body), headers)
            error = json.loads(response.read())["error"]
        assert (response.status, error["code"]) == (429, "insufficient_quota"), path
        assert 0 < int(response.getheader("retry-after") or 0) <= 86_400
    assert asked.tokens == told
