"""Ten thousand bodies in Anthropic's words: those that leave hold every decision of the deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from chat.formats.claude.members import BETAS, BLOCKS, BODY, CLIENT_TOOLS, SOURCES, TOOL
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.anthropic.checks import check_invoke_body
from streaming_api_tools.local.services.bedrock.validation.refusals import RefusedError
from tests.unit.lambda_src.chat.claude.asking import MODELS, Client, read
from tests.unit.lambda_src.chat.claude.test_claude_decisions import LIMIT, PROMPT, decided

BODIES = 10_000
WORDS = [
    *("user", "assistant", "system", "enabled", "adaptive", "auto", "any", "tool", "ephemeral", "1h", "ü"),
    *("url", "file", "http://169.254.169.254/", "arn:aws:s3:::b", "custom", "web_search_20250305", " ", ""),
    *("x-anthropic-billing-header: a", "json_schema", "clear_tool_uses_20250919", "s3://b/k", "{}"),
    *(f"{begin}20250124" for begin in CLIENT_TOOLS),
    *sorted(BLOCKS),
    *sorted(SOURCES),
    *sorted(BETAS),
]
KEYS = [
    *("type", "role", "content", "source", "url", "file_id", "s3Location", "systemTool", "scope", "ttl"),
    *("budget_tokens", "edits", "effort", "format", "user_id", "max_tokens_to_sample", "model", "stream"),
    *("amazon-bedrock-guardrailConfig", "guardrailConfig", "performanceConfig", "projectIdentifier"),
    *("serviceTier", "inferenceConfig", "maxTokens", "n", "betas", "tagSuffix", "display"),
    *sorted(BODY),
    *sorted(TOOL),
    *sorted({name for names in BLOCKS.values() for name in names}),
]
#: For what the filter is there, as the stand-in calls it.
FILTERED = {
    "beta flag",
    "billing header",
    "extra input",
    "role system",
    "sampling",
    "server tool",
    "temperature and top_p",
    "user id",
}


class Bodies:
    """Makes bodies by chance, most of which go far.

    :param seed: decides all that they have
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def body(self) -> dict[str, Any]:
        """Return a body."""
        begun: dict[str, Any] = {
            "messages": self._several(self._message, 1),
            "max_tokens": self._random.randint(1, 10**7),
        }
        parts: dict[str, Callable[[], object]] = {
            "system": lambda: self._word() if self._often() else self._several(self._block),
            "tools": lambda: self._several(self._tool),
            "thinking": lambda: self._of("type", "budget_tokens", "display"),
            "anthropic_beta": lambda: self._several(self._word),
            "context_management": lambda: {"edits": self._several(self._tool)},
            "metadata": lambda: {"user_id": self._word()},
            "output_config": lambda: self._of("effort", "format", "x"),
            "cache_control": lambda: self._of("type", "ttl", "scope"),
            "temperature": lambda: 0.5,
            "top_p": lambda: 0.5,
            "anything": self._value,
        }
        for name, make in parts.items():
            if self._random.random() < 0.25:
                begun[name] = make()
        more = {self._key(): self._value() for _ in range(self._random.randint(0, 3))}
        return {**more, **begun}

    def _message(self) -> dict[str, Any]:
        role = self._random.choice(["user", "user", "assistant", "system"])
        return {"role": role, "content": self._word() if self._often() else self._several(self._block)}

    def _block(self) -> dict[str, Any]:
        names = ("text", "id", "name", "tool_use_id", "signature", "title", "data")
        block = {**self._of(*names), "type": self._random.choice(sorted(BLOCKS))}
        if self._often():
            source: dict[str, Any] = {"type": self._random.choice([*SOURCES, "url"]), "data": "AAAA"}
            block["source"] = {**source, "content": self._several(self._shallow), self._key(): self._word()}
        if self._often():
            block["content"] = self._several(self._shallow)
        if self._often():
            block["cache_control"] = self._of("type", "ttl", "scope")
        return block

    def _shallow(self) -> object:
        return {"type": self._random.choice(["text", "image"]), **self._of("text", "source")}

    def _tool(self) -> dict[str, Any]:
        tool = self._of(*TOOL)
        kinds = ["custom", "web_search_20250305", "clear_tool_uses_20250919", "bash_20250124"]
        return {**tool, "name": self._word() or "w", "type": self._random.choice(kinds), "input_schema": {}}

    def _of(self, *names: str) -> dict[str, Any]:
        return {name: self._value(1) for name in names if self._often()}

    def _several(self, make: Callable[[], Any], least: int = 0) -> list[Any]:
        return [make() for _ in range(self._random.randint(least, 2))]

    def _value(self, depth: int = 2) -> object:
        kind = self._random.randint(0, 5 if depth else 3)
        if kind == 5:
            return {self._key(): self._value(depth - 1) for _ in range(self._random.randint(0, 3))}
        if kind == 4:
            return [self._value(depth - 1) for _ in range(self._random.randint(0, 2))]
        return [None, True, self._random.randint(-5, 10**7), self._word()][kind]

    def _word(self) -> str:
        return self._random.choice(WORDS)

    def _key(self) -> str:
        return self._random.choice(KEYS)

    def _often(self) -> bool:
        return self._random.random() < 0.5


def test_claude_decisions_hold_for_every_body_that_leaves() -> None:
    left = 0
    for seed in range(BODIES):
        body, random = Bodies(seed).body(), Random(seed)
        model, free = random.choice(MODELS), random.random() < 0.5
        arguments = leaving(body, model, {"callerMaySet": ["system"]} if free else {})
        if arguments is None:
            continue
        left += 1
        sent = json.loads(arguments["body"])
        try:
            hold(arguments, sent, prompted=not free)
        except AssertionError as error:
            raise AssertionError(f"{model} with {json.dumps(body)} leaves as {json.dumps(sent)}") from error
        assert refused_as(model, sent) is None, (seed, sent)
    # else chance would not get far
    assert left > BODIES / 10


def leaving(body: dict[str, Any], model: str, settings: dict[str, object]) -> dict[str, Any] | None:
    """Return the arguments of the call; None where the request is refused, or converted."""
    body.pop("model", None)
    try:
        call, request = read(model, body=body, settings=decided(model, **settings))
    except HTTPError as error:
        if error.status >= 500:
            raise
        return None
    if call.ask is None:
        return None
    client = Client()
    call.ask(client, request.settings.model(None))
    (arguments,) = client.asked
    return arguments


def hold(arguments: dict[str, Any], body: dict[str, Any], prompted: bool) -> None:
    """Fail unless a request that leaves holds every decision.

    :param prompted: whether the deployment alone decides the system prompt
    """
    assert (arguments["guardrailIdentifier"], arguments["guardrailVersion"]) == ("g", "1")
    assert (arguments["serviceTier"], arguments["performanceConfigLatency"]) == ("flex", "optimized")
    assert arguments["projectIdentifier"] == "proj_1"
    assert 1 <= body["max_tokens"] <= LIMIT
    budget = body.get("thinking", {}).get("budget_tokens")
    assert budget is None or budget < LIMIT
    assert body["system"][0] == {"type": "text", "text": PROMPT}
    if prompted:
        assert len(body["system"]) == 1
        assert all(message["role"] != "system" for message in body["messages"])
    assert body.keys() <= {*BODY, "amazon-bedrock-guardrailConfig"} - {"model", "stream", "mcp_servers"}
    assert body["amazon-bedrock-guardrailConfig"] == {"streamProcessingMode": "ASYNCHRONOUS"}
    assert "context-1m-2025-08-07" not in body.get("anthropic_beta", [])
    for tool in body.get("tools", []):
        assert tool.get("type", "custom").startswith(("custom", *CLIENT_TOOLS))
    for node in nodes(body):
        assert not node.keys() & {"s3Location", "systemTool"}
        if node.get("type") in ("image", "document") and "source" in node:
            assert node["source"]["type"] in SOURCES


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a body, without the JSON that is a tool's own or the model's."""
    if isinstance(value, dict):
        yield value
        for name, each in value.items():
            if name not in ("input", "input_schema", "citations"):
                yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def refused_as(model: str, body: dict[str, Any]) -> str | None:
    """Return the stand-in's refusal of a body, if the filter is there to avoid it."""
    try:
        check_invoke_body(model, body)
    except RefusedError as error:
        return str(error) if error.refusal.name in FILTERED else None
    except (AttributeError, KeyError, TypeError, ValueError):
        # a value of a type that the filter leaves to Bedrock
        return None
    return None
