"""Bodies of Anthropic's Messages that Bedrock refuses: the row of the table, and a part of the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.local.bedrock_requests import OPUS_4_8, SONNET_4_5

HI: dict[str, Any] = {"role": "user", "content": "hi"}
TOOL = {"name": "w", "input_schema": {"type": "object"}}
USE = {"type": "tool_use", "id": "t-1", "name": "w", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t-1", "content": "sun"}
DEFERRED = {"tools": [{**TOOL, "defer_loading": True}]}
SAID = {"type": "text", "text": "go"}
FOUND = {"type": "tool_search_tool_search_result", "tool_references": []}
SEARCHED = {"type": "tool_search_tool_result", "tool_use_id": "s-1", "content": FOUND}
SCOPED = {"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "scope": "global"}}
PREFILL = {"messages": [HI, {"role": "assistant", "content": "{"}]}
CALLED = [HI, {"role": "assistant", "content": [USE]}]
SONNET_4 = "us.anthropic.claude-sonnet-4-20250514-v1:0"
SONNET_5 = "global.anthropic.claude-sonnet-5"


@dataclass(frozen=True)
class Native:
    """A body of Messages.

    :param betas: in the body of InvokeModel, in a header otherwise
    """

    refusal: str
    said: str
    more: Mapping[str, Any] = field(default_factory=dict)
    model: str = SONNET_4_5
    betas: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """The members, with None for those that are left out."""
        members = {"max_tokens": 9, "messages": [HI], **self.more}
        return {name: value for name, value in members.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.refusal}: {self.said}"[:60]


def blocks(*content: Mapping[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


def edits(kind: str) -> dict[str, Any]:
    return {"context_management": {"edits": [{"type": kind}]}}


MANAGED = ("context-management-2025-06-27",)
EVERYWHERE = [
    Native("field required", "max_tokens: Field required", {"max_tokens": None}),
    Native("field required", "messages: Field required", {"messages": None}),
    Native("field required", "messages.0.content.0.tool_result.tool_use_id", blocks({"type": "tool_result"})),
    Native("field required", "tools.0.custom.input_schema", {"tools": [{"name": "w"}]}),
    *(
        Native("extra input", f"{name}: Extra inputs are not permitted", {name: value})
        for name, value in {
            "container": {},
            "fallbacks": [],
            "inference_geo": "us",
            "mcp_servers": [],
            "service_tier": "auto",
            "speed": "fast",
            "reasoning": {},
        }.items()
    ),
    Native("extra input", "context_management: Extra", edits("clear_thinking_20251015"), betas=MANAGED),
    Native("extra input", "context_management: Extra", edits("clear_tool_uses_20250919")),
    Native("extra input", "output_config.effort: Extra", {"output_config": {"effort": "low"}}, SONNET_4),
    Native("extra input", "output_config.format: Extra", {"output_config": {"format": {}}}, SONNET_5),
    Native("extra input", "tools.0.custom.strict: Extra", {"tools": [{**TOOL, "strict": True}]}, SONNET_5),
    Native(
        "extra input", "tools.0.custom.defer_loading: Extra", {"tools": [{**TOOL, "defer_loading": True}]}
    ),
    Native(
        "extra input", "tools.0.custom.input_examples: Extra", {"tools": [{**TOOL, "input_examples": []}]}
    ),
    Native("extra input", "compaction: Extra", {"compaction": {"x": 1}}),
    Native("extra input", "safeguards: Extra", {"safeguards": {"x": 1}}),
    Native("extra input", "cache_control.ephemeral.ttl: Extra", {"cache_control": {"ttl": "1h"}}, SONNET_4),
    Native("extra input", "tool_choice.auto.x: Extra", {"tool_choice": {"type": "auto", "x": 1}}),
    Native(
        "extra input",
        "thinking.adaptive.block_binding: Extra",
        {"thinking": {"type": "adaptive", "block_binding": {}}},
    ),
    Native(
        "extra input",
        "system.0.cache_control.ephemeral.scope: Extra",
        {
            "system": [
                {"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "scope": "global"}}
            ]
        },
    ),
    Native(
        "extra input",
        "messages.0.content.0.text.name: Extra",
        blocks({"type": "text", "text": "a", "name": 1}),
    ),
    Native("unknown tag", "messages.0.content.0: Input tag 'image_url' found", blocks({"type": "image_url"})),
    Native("role system", "Unexpected role", {"messages": [HI, {"role": "system", "content": "s"}]}),
    Native("no messages", "at least one message", {"messages": []}),
    Native("first role", 'must use the "user" role', {"messages": [{"role": "assistant", "content": "a"}]}),
    Native("empty text", "must be non-empty", {"messages": [{"role": "user", "content": ""}]}),
    Native("whitespace", "non-whitespace", blocks({"type": "text", "text": " "})),
    Native(
        "tool_use without result",
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t-1.",
        {"messages": [*CALLED, HI], "tools": [TOOL]},
    ),
    Native(
        "tool_result without use",
        "messages.0.content.1: unexpected `tool_use_id` found in `tool_result` blocks: t-1.",
        blocks({"type": "text", "text": "a"}, RESULT),
    ),
    Native("billing header", "reserved keyword", {"system": "x-anthropic-billing-header: cc"}),
    Native("user id", "violates the regular expression", {"metadata": {"user_id": '{"device": 1}'}}),
    Native(
        "prefill",
        "assistant message prefill",
        {"messages": [HI, {"role": "assistant", "content": "{"}]},
        OPUS_4_8,
    ),
    Native("sampling", "`top_k` is deprecated", {"top_k": 3}, OPUS_4_8),
    Native(
        "thinking budget",
        "`max_tokens` must be greater",
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
]
BY_INVOKE = [
    Native("extra input", "model: Extra inputs are not permitted", {"model": "m"}),
    Native("extra input", "stream: Extra inputs are not permitted", {"stream": True}),
    Native("field required", "anthropic_version: Field required", {"anthropic_version": None}),
    *(
        Native("beta flag", "invalid beta flag", betas=(beta,))
        for beta in ("prompt-caching-scope-2026-01-05", "extended-cache-ttl-2025-04-11", "skills-2025-10-02")
    ),
    Native("server tool", "The provided request is not valid", {"tools": [{"type": "web_search_20250305"}]}),
]
BY_MESSAGES = [
    Native("extra input", "output_config.format: Extra", {"output_config": {"format": {}}}),
    Native("extra input", "anthropic_beta: Extra inputs are not permitted", {"anthropic_beta": []}),
    Native("field required", "model: Field required", {"model": None}),
    Native(
        "beta header",
        "Unexpected value(s) `prompt-caching-scope-2026-01-05` for the `anthropic-beta` header.",
        betas=("claude-code-20250219", "prompt-caching-scope-2026-01-05"),
    ),
    Native(
        "server tool of messages",
        "tool type 'web_search_20250305' is not supported",
        {"tools": [{"type": "web_search_20250305"}]},
    ),
]
#: A body that InvokeModel takes and the path for Messages does not.
TAKEN_BY_INVOKE = Native("", "a format", {"output_config": {"format": {"type": "json_schema", "schema": {}}}})
#: Bodies that are taken, though they are near ones that are refused.
TAKEN = [
    Native("", "the least"),
    Native("", "a list of texts", blocks({"type": "text", "text": "a"}, {"type": "text", "text": "b"})),
    Native("", "a call", {"messages": [*CALLED, *blocks(RESULT)["messages"]], "tools": [TOOL]}),
    Native("", "an edit with its beta", edits("clear_tool_uses_20250919"), betas=MANAGED),
    Native("", "effort", {"output_config": {"effort": "low"}}, SONNET_5),
    Native("", "strict", {"tools": [{**TOOL, "strict": True}]}),
    Native("", "a tool of the client", {"tools": [{"type": "bash_20250124", "name": "bash"}]}),
    Native(
        "", "deferred", {"tools": [{**TOOL, "defer_loading": True}]}, betas=("tool-search-tool-2025-10-19",)
    ),
    Native("", "system in the middle", {"messages": [HI, {"role": "system", "content": "s"}, HI]}, SONNET_5),
    Native("", "automatic caching", {"cache_control": {"type": "ephemeral", "ttl": "1h"}}),
    Native("", "a user id", {"metadata": {"user_id": "user_1 a.b@c-d"}}),
    Native("", "a prefill", PREFILL),
    Native("", "compaction", {"compaction": {"x": 1}}, betas=("compact-2026-09-04",)),
    Native("", "what compaction left", blocks({"type": "compaction", "content": "so far"}, SAID)),
    Native("", "tools that were found", blocks(SEARCHED, SAID)),
]


def refused_responses(model: str) -> list[tuple[str, dict[str, Any], str]]:
    """Return bodies of Responses that Bedrock refuses: the row, the members, a part of the message."""
    return [
        ("background", {"background": True}, "The background parameter is not supported."),
        ("unknown parameter", {"guardrailConfig": {}}, "Unknown parameter: 'guardrailConfig'."),
        (
            "model of responses",
            {"model": SONNET_4_5},
            f"'{SONNET_4_5}' does not support the '/openai/v1/resp",
        ),
        ("model of responses", {"model": "openai.gpt-oss-120b-1:0"}, "does not support"),
        ("model of responses", {"model": model.removeprefix("us.")}, "does not support"),
        (
            "tool of responses",
            {"tools": [{"type": "web_search"}]},
            "web search is not supported for this request",
        ),
        ("previous response", {"previous_response_id": "resp_1"}, "'resp_1' not found"),
    ]
