"""What the deployment decides holds for every body of the Responses API that leaves as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from chat.formats.responses.gpt.members import BODY, ITEMS, PARTS, SYSTEM_ROLES, TOOLS
from chat.formats.responses.items import SERVER_ITEMS
from chat.formats.responses.tools import SERVER_TOOLS
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.responses.request import check_request
from tests.unit.lambda_src.chat.gpt.asking import GPT, TOOL, leaving, read, sent

PROMPT, LIMIT, BODIES = "Answer as a pirate.", 100, 10_000
DECIDED: dict[str, Any] = {"system": PROMPT, "maxTokens": LIMIT}


def test_gpt_decisions_are_in_the_body() -> None:
    body, _ = sent(deployed=DECIDED)
    assert (body["instructions"], body["max_output_tokens"], body["store"]) == (PROMPT, LIMIT, False)


@pytest.mark.parametrize("asked", [1, LIMIT, LIMIT + 1, 10**9])
def test_gpt_decisions_token_limit_is_the_highest_value(asked: int) -> None:
    assert sent(deployed=DECIDED, max_output_tokens=asked)[0]["max_output_tokens"] == min(asked, LIMIT)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"instructions": "x"}, "system"),
        *(({"input": [{"role": role, "content": "x"}]}, "messages") for role in SYSTEM_ROLES),
        ({"service_tier": "priority"}, "serviceTier"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
    ],
)
def test_gpt_decisions_of_the_deployment_are_a_400_for_a_caller(body: dict[str, Any], param: str) -> None:
    with pytest.raises(HTTPError) as caught:
        read(deployed=DECIDED, **body)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_gpt_decisions_that_are_left_to_callers_reach_the_model() -> None:
    deployed = {**DECIDED, "callerMaySet": ["system", "serviceTier"]}
    body, _ = sent(deployed=deployed, instructions="Be brief.", service_tier="flex")
    assert (body["instructions"], body["service_tier"]) == (f"{PROMPT}\n\nBe brief.", "flex")


@pytest.mark.parametrize(
    "deployed",
    [
        {"serviceTier": "flex"},
        {"latency": "optimized"},
        {"models": [{"modelId": GPT, "vendorApi": "responses", "projectIdentifier": "proj_1"}]},
        {
            "models": [
                {"modelId": GPT, "vendorApi": "responses", "guardrailConfig": {"guardrailIdentifier": "g"}}
            ]
        },
        {"models": [{"modelId": GPT}]},
    ],
)
def test_gpt_decisions_that_the_path_is_not_known_to_hold_go_through_converse(
    deployed: dict[str, Any],
) -> None:
    call, _ = read(deployed=deployed)
    assert call.ask is None


WORDS = [
    *(
        "user",
        "assistant",
        "system",
        "developer",
        "auto",
        "none",
        "required",
        "flex",
        "priority",
        "w",
        "",
        "ü",
    ),
    *("https://169.254.169.254/", "s3://b/k", "data:image/png;base64,AA", "AAAA", "client", "server"),
    *("json_schema", "json_object", "text", "resp_1", "reasoning.encrypted_content", "low", GPT, "gpt-x"),
]
KEYS = [
    *("model", "stream", "store", "type", "role", "content", "file_id", "file_url", "url", "server_url"),
    *("additionalModelRequestFields", "extra", "max_tokens", "max_completion_tokens", "system", "n"),
    *("guardrailConfig", "serviceTier", "container", "background", "previous_response_id"),
    *BODY,
    *sorted({name for names in (*ITEMS.values(), *PARTS.values(), *TOOLS.values()) for name in names}),
]


class Bodies:
    """Makes bodies by chance, most of which go far.

    :param seed: decides all that they have
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def body(self) -> dict[str, Any]:
        """Return a body."""
        parts: dict[str, Callable[[], object]] = {
            "instructions": self._word,
            "max_output_tokens": lambda: self._random.randint(1, 10**7),
            "tools": lambda: self._several(self._tool),
            "tool_choice": lambda: self._random.choice(["auto", "none", "required", self._tool()]),
            "text": lambda: {"format": {"type": self._word()}, "verbosity": self._word()},
            "reasoning": lambda: {"effort": self._word(), self._key(): self._value()},
            "service_tier": self._word,
            "anything": self._value,
        }
        more = {self._key(): self._value() for _ in range(self._random.randint(0, 2))}
        begun = {name: make() for name, make in parts.items() if self._random.random() < 0.2}
        given = self._several(self._item) or "Hi" if self._often() else "Hi"
        return {**more, **begun, "input": given}

    def _item(self) -> dict[str, Any]:
        kind = self._random.choice([*ITEMS, *ITEMS, "item_reference", *SERVER_ITEMS])
        item: dict[str, Any] = {name: self._word() for name in ITEMS.get(kind, ()) if self._often()}
        item |= {"call_id": "c", "name": "w", "role": self._random.choice(["user", "assistant", "developer"])}
        content = self._several(self._part)
        item |= {"content": content, "output": content, "summary": [], "tools": self._several(self._tool)}
        item["operation"] = {"type": "delete_file", "path": self._word(), self._key(): self._value()}
        return {**item, "type": kind, self._key(): self._value()} if self._often() else {**item, "type": kind}

    def _part(self) -> dict[str, Any]:
        kind = self._random.choice([*PARTS])
        return {**{name: self._word() for name in PARTS[kind]}, "type": kind, self._key(): self._word()}

    def _tool(self) -> dict[str, Any]:
        kind = self._random.choice([*TOOLS, *SERVER_TOOLS, "code_interpreter"])
        inner = [{"type": self._random.choice(["function", "mcp", "web_search"]), "name": "w"}]
        tool = {"type": kind, "name": "w", "execution": self._random.choice(["client", "server"])}
        return {**tool, "tools": inner, "server_url": "https://x", self._key(): self._word()}

    def _several(self, make: Callable[[], Any]) -> list[Any]:
        return [make() for _ in range(self._random.randint(0, 2))]

    def _value(self) -> object:
        values = [None, True, self._random.randint(-5, 10**7), self._word(), [self._word()], {self._key(): 1}]
        return self._random.choice(values)

    def _word(self) -> str:
        return self._random.choice(WORDS)

    def _key(self) -> str:
        return self._random.choice(KEYS)

    def _often(self) -> bool:
        return self._random.random() < 0.5


def test_gpt_decisions_hold_for_every_body_that_leaves() -> None:
    left = 0
    for seed in range(BODIES):
        body, free = Bodies(seed).body(), seed % 2 == 0
        body.pop("model", None)
        deployed = {**DECIDED, **({"callerMaySet": ["system"]} if free else {})}
        try:
            call, request = read(body, deployed=deployed)
        except HTTPError as error:
            if error.status >= 500:
                raise
            continue
        if call.ask is None:
            continue
        left += 1
        went = leaving(call, request)
        try:
            hold(went, prompted=not free)
        except AssertionError as error:
            raise AssertionError(f"{json.dumps(body)} leaves as {json.dumps(went)}") from error
    # else chance would not get far
    assert left > BODIES / 10


def hold(body: dict[str, Any], *, prompted: bool) -> None:
    """Fail unless a request that leaves holds every decision.

    :param prompted: whether the deployment alone decides the system prompt
    """
    assert (body["model"], body["store"], body["stream"]) == (GPT, False, True)
    assert body["include"] == ["reasoning.encrypted_content"]
    assert 1 <= body["max_output_tokens"] <= LIMIT
    assert body["instructions"] == PROMPT if prompted else body["instructions"].startswith(PROMPT)
    assert body.get("service_tier") is None
    unsent = (
        "background",
        "conversation",
        "previous_response_id",
        "prompt",
        "metadata",
        "user",
        "client_metadata",
    )
    assert body.keys() <= BODY.keys() - {*unsent, "safety_identifier", "top_logprobs", "max_tool_calls"}
    for tool in tools(body):
        assert tool["type"] in TOOLS
        assert "server_url" not in tool
    choice = body.get("tool_choice")
    assert not isinstance(choice, dict) or choice["type"] in (*TOOLS, "allowed_tools")
    for item in body["input"] if isinstance(body["input"], list) else ():
        assert item["type"] in ITEMS
        assert not (prompted and item.get("role") in SYSTEM_ROLES)
    for node in nodes(body["input"]):
        assert not node.keys() & {"file_id", "file_url", "url", "server_url"}
        assert node.get("image_url", "data:").startswith("data:")
        assert "://" not in node.get("file_data", "")
    check_request(body)


def tools(value: object) -> Iterator[dict[str, Any]]:
    """Yield the tools of a body, those of its namespaces and items included."""
    for node in nodes(value):
        yield from node.get("tools", [])


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object, without the JSON that is a tool's own."""
    if isinstance(value, dict):
        yield value
        for name, each in value.items():
            if name not in ("parameters", "schema", "arguments"):
                yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)


def test_gpt_decisions_leave_the_body_of_the_caller_as_it_is() -> None:
    given = {"input": [{"role": "user", "content": "Hi"}], "tools": [TOOL], "text": {"verbosity": "low"}}
    before = json.dumps(given)
    call, request = read(given, deployed=DECIDED)
    leaving(call, request)
    assert json.dumps(given) == before
