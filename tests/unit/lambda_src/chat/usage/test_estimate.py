"""Estimates of the input of a call that broke before Bedrock told it: by CountTokens, or by its size."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat.converse.meter import Meter
from chat.converse.model_call import ChatRequest, Exchange
from chat.routes import find
from chat.settings import ChatSettings
from chat.usage.estimate import LONGEST, estimated_input

CLAUDE, NOVA = "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0"
MESSAGES = [{"role": "user", "content": "x" * 350}]


class Counting:
    """Counts, or fails as it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, Any]] = []

    def count_tokens(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - any input
        """Return a number."""
        self.asked.append(request)
        if self.error:
            raise self.error
        return {"inputTokens": 42}


def estimate(
    model: str,
    path: str,
    body: dict[str, Any],
    client: Counting | None,
    *,
    left: float = 60,
    system: str | None = None,
) -> tuple[int, str]:
    """Return the estimate of a request."""
    settings = ChatSettings(model, json.dumps({"system": system} if system else {}))
    event = {"path": path, "body": json.dumps(body)}
    exchange = Exchange(event, None, Meter(), 0.0)
    exchange.call = find(path).read(ChatRequest(event, settings))
    exchange.model = settings.models[0]
    connect: Any = None if client is None else lambda: client
    return estimated_input(exchange, settings, connect, left)


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/v1/messages", {"max_tokens": 9, "messages": MESSAGES, "stream": True}, "invokeModel"),
        ("/v1/chat/completions", {"messages": MESSAGES}, "converse"),
        ("/chat", {"prompt": "x" * 350}, "converse"),
    ],
)
def test_estimate_is_counted_where_the_function_may_and_the_model_is_covered(
    path: str, body: dict[str, Any], kind: str
) -> None:
    client = Counting()
    assert estimate(CLAUDE, path, body, client, system="Be brief.") == (42, "count_tokens")
    (asked,) = client.asked
    assert asked["modelId"] == CLAUDE.removeprefix("us.")
    ((found, counted),) = asked["input"].items()
    assert found == kind
    sent = json.loads(counted["body"]) if kind == "invokeModel" else counted
    assert sent["system"] == [{"text": "Be brief."}] or "Be brief." in json.dumps(sent["system"])
    assert "x" * 350 in json.dumps(sent["messages"])
    if kind == "invokeModel":
        assert {"anthropic_version", "max_tokens"} <= set(sent)
        assert not {"model", "stream"} & set(sent)


@pytest.mark.parametrize(
    ("model", "client", "left"),
    [
        (CLAUDE, None, 60),
        (NOVA, Counting(), 60),
        (CLAUDE, Counting(), LONGEST),
        (CLAUDE, Counting(OSError("no way")), 60),
    ],
)
def test_estimate_follows_from_the_size_otherwise(model: str, client: Counting | None, left: float) -> None:
    tokens, how = estimate(model, "/chat", {"prompt": "x" * 350}, client, left=left)
    assert how == "size"
    assert 100 <= tokens <= 110
    assert client is None or bool(client.asked) == (client.error is not None)


def test_estimate_of_a_request_of_which_nothing_is_known_is_zero() -> None:
    settings = ChatSettings(NOVA)
    assert estimated_input(Exchange({}, None, Meter(), 0.0), settings, None, 60) == (0, "size")
