"""What reaches Claude of a request of Anthropic's API: the tables, member by member."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from chat.formats.claude.members import (
    BETAS,
    BODY,
    CACHE_CONTROL,
    OUTPUT_CONFIG,
    THINKING,
    TOOL,
    ClaudeTarget,
    NativeMember,
)
from chat.formats.members import IGNORED, REFUSED
from chat.limits.caller_fields import KNOWN_BETAS
from chat.limits.families import claude_version
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.anthropic.members import INVOKE_BETAS, INVOKE_MEMBERS
from tests.unit.lambda_src.chat.claude.asking import (
    HI,
    MODELS,
    OPUS_4_1,
    OPUS_4_6,
    OPUS_4_8,
    SONNET_3_7,
    SONNET_4_5,
    SONNET_5,
    read,
    sent,
)
from tests.unit.lambda_src.chat.claude.asking import (
    TOOL as TOOL_OF_CLIENT,
)

PLAIN = {"messages": HI, "max_tokens": 9, "anthropic_version": "bedrock-2023-05-31"}
EVERY_BETA = {"callerMaySend": ["*"]}


def with_betas(*betas: str) -> dict[str, Any]:
    return {"headers": {"anthropic-beta": ",".join(betas)}, "settings": EVERY_BETA}


@pytest.mark.parametrize("model", MODELS)
def test_claude_relay_plain_request_leaves_as_it_came_with_bedrocks_version(model: str) -> None:
    assert sent(model, model=model, stream=True) == (PLAIN, "")
    assert sent(model, anthropic_version="2023-06-01") == (PLAIN, "")


def test_claude_relay_body_table_has_what_invoke_model_takes_and_no_more() -> None:
    taken = {name for name, row in BODY.items() if row.effect not in (IGNORED, REFUSED)}
    # these are read, and reach the model elsewhere
    assert taken - {"model", "stream", "output_format"} == INVOKE_MEMBERS - {"amazon-bedrock-guardrailConfig"}


def test_claude_relay_betas_are_some_of_those_that_invoke_model_takes() -> None:
    assert BETAS <= INVOKE_BETAS
    assert BETAS <= KNOWN_BETAS


@pytest.mark.parametrize("name", [name for name, row in BODY.items() if row.effect == IGNORED])
def test_claude_relay_ignored_member_is_dropped_and_named(name: str) -> None:
    assert sent(**{name: {"any": "value"}}) == (PLAIN, name)
    for harmless in (None, *BODY[name].harmless):
        assert sent(**{name: harmless}) == (PLAIN, "")


@pytest.mark.parametrize("name", [name for name, row in BODY.items() if row.effect == REFUSED])
def test_claude_relay_member_of_anthropics_side_is_a_400_unless_it_asks_for_nothing(name: str) -> None:
    with pytest.raises(HTTPError, match=f"{name} is not supported") as caught:
        sent(**{name: [{"any": "value"}]})
    assert caught.value.status == 400
    for harmless in (None, *BODY[name].harmless):
        assert sent(**{name: harmless}) == (PLAIN, "")


def test_claude_relay_unknown_member_is_counted_or_refused_where_strict() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "Hi", "secret": 1}], "secret": 2}
    body, dropped = sent(messages=[message], secret=3, tools=[{**TOOL_OF_CLIENT, "secret": 4}])
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]
    assert (body["tools"], dropped) == ([TOOL_OF_CLIENT], "unknown: 4")
    with pytest.raises(HTTPError, match="unknown field 'secret'"):
        read(secret=1, settings={"strictMembers": True})


ROWS = [
    *((("output_config", name), row) for name, row in OUTPUT_CONFIG.items()),
    *((("cache_control", name), row) for name, row in CACHE_CONTROL.items()),
    *((("thinking", name), row) for name, row in THINKING.items()),
]


@pytest.mark.parametrize(("path", "row"), [each for each in ROWS if isinstance(each[1], NativeMember)])
@pytest.mark.parametrize("model", MODELS)
def test_claude_relay_member_of_a_generation_reaches_that_generation(
    model: str, path: tuple[str, str], row: NativeMember
) -> None:
    holder, name = path
    # of later models it goes through ConverseStream
    model = OPUS_4_8 if (name, model) == ("format", SONNET_5) else model
    body, dropped = sent(model, **{holder: {name: "x"}})
    if ClaudeTarget(claude_version(model)).takes(row):
        assert (body[holder], dropped) == ({name: "x"}, "")
    else:
        assert (holder in body, dropped) == (False, f"{holder}.{name}")


@pytest.mark.parametrize("name", TOOL)
def test_claude_relay_member_of_a_tool_reaches_the_model_or_is_named(name: str) -> None:
    row, given = TOOL[name], {**TOOL_OF_CLIENT}
    given.setdefault(name, {"x": 1} if name == "cache_control" else "custom")
    body, dropped = sent(SONNET_5, tools=[given])
    takes = row.effect != IGNORED and ClaudeTarget((5, 0)).takes(row)
    assert (name in body["tools"][0] or name == "cache_control") == takes
    assert dropped == ("unknown: 1" if name == "cache_control" else "" if takes else f"tools.{name}")


@pytest.mark.parametrize(
    ("holder", "name", "row"),
    [(None, name, row) for name, row in BODY.items() if isinstance(row, NativeMember) and row.betas]
    + [("tools", name, row) for name, row in TOOL.items() if isinstance(row, NativeMember) and row.betas],
)
def test_claude_relay_member_of_a_beta_reaches_the_model_with_it_only(
    holder: str | None, name: str, row: NativeMember
) -> None:
    asked: dict[str, Any] = {"tools": [{**TOOL_OF_CLIENT, name: [{}]}]} if holder else {name: {"x": 1}}
    body, dropped = sent(**asked)
    assert dropped == (f"tools.{name}" if holder else name)
    body, dropped = sent(**asked, **with_betas(row.betas[0]))
    assert (name in (body["tools"][0] if holder else body), dropped) == (True, "")


def test_claude_relay_betas_that_bedrock_refuses_or_the_deployment_does_not_allow_are_dropped() -> None:
    header = "effort-2025-11-24, prompt-caching-scope-2026-01-05,context-1m-2025-08-07,secret-2030-01-01"
    own = ["fine-grained-tool-streaming-2025-05-14", "effort-2025-11-24"]
    body, dropped = sent(headers={"Anthropic-Beta": header}, anthropic_beta=own)
    assert body["anthropic_beta"] == ["effort-2025-11-24", "fine-grained-tool-streaming-2025-05-14"]
    assert dropped == (
        "anthropic-beta: prompt-caching-scope-2026-01-05, anthropic-beta: context-1m-2025-08-07, unknown: 1"
    )
    body, _ = sent(**with_betas("context-1m-2025-08-07", "prompt-caching-scope-2026-01-05", "secret"))
    assert body["anthropic_beta"] == ["context-1m-2025-08-07"]


def test_claude_relay_beta_that_bedrock_calls_otherwise_has_its_names() -> None:
    body, dropped = sent(headers={"anthropic-beta": "advanced-tool-use-2025-11-20"})
    assert body["anthropic_beta"] == ["tool-search-tool-2025-10-19", "tool-examples-2025-10-29"]
    assert dropped == ""


def test_claude_relay_context_edit_that_invoke_model_lacks_is_dropped() -> None:
    thinking = {"type": "clear_thinking_20251015", "keep": "all"}
    uses = {"type": "clear_tool_uses_20250919"}
    beta = "context-management-2025-06-27"
    body, dropped = sent(context_management={"edits": [thinking, uses]}, headers={"anthropic-beta": beta})
    assert (body["context_management"], dropped) == ({"edits": [uses]}, "context_management.edits")
    body, dropped = sent(context_management={"edits": [uses]})
    assert ("context_management" in body, dropped) == (False, "context_management.edits")


def test_claude_relay_compaction_beside_context_management_is_dropped() -> None:
    compact = {"type": "compact_20260112"}
    asked = {"context_management": {"edits": [compact]}, "compaction": {"x": 1}}
    body, dropped = sent(**asked, **with_betas("compact-2026-01-12", "compact-2026-09-04"))
    assert (body["context_management"]["edits"], "compaction" in body) == ([compact], False)
    assert dropped == "compaction"


def test_claude_relay_user_id_is_hashed_whatever_it_has() -> None:
    user = '{"device_id": "ü", "account": 1}'
    body, dropped = sent(metadata={"user_id": user, "other": 1})
    assert body["metadata"] == {"user_id": sha256(user.encode()).hexdigest()}
    assert dropped == "unknown: 1"
    assert sent(metadata={}) == (PLAIN, "")


def test_claude_relay_scope_of_cache_control_is_dropped_everywhere() -> None:
    control = {"type": "ephemeral", "scope": "global"}
    block = {"type": "text", "text": "x", "cache_control": control}
    body, dropped = sent(
        cache_control=control,
        system=[block],
        messages=[{"role": "user", "content": [block]}],
        tools=[{**TOOL_OF_CLIENT, "cache_control": control}],
    )
    clean = {"type": "ephemeral"}
    assert "scope" not in str(body)
    assert body["cache_control"] == clean
    assert body["system"] == body["messages"][0]["content"] == [{**block, "cache_control": clean}]
    assert (body["tools"][0]["cache_control"], dropped) == (clean, "cache_control.scope")


@pytest.mark.parametrize(
    ("model", "asked", "kept", "dropped"),
    [
        (SONNET_3_7, {"temperature": 0.5, "top_p": 0.4, "top_k": 5}, ("temperature", "top_p", "top_k"), ""),
        (OPUS_4_1, {"temperature": 0.5, "top_p": 0.4}, ("temperature",), "top_p"),
        (OPUS_4_6, {"temperature": 0.5, "top_k": 5}, ("temperature", "top_k"), ""),
        (OPUS_4_8, {"temperature": 0.5, "top_p": 0.4, "top_k": 5}, (), "temperature, top_p, top_k"),
        (SONNET_5, {"temperature": 1, "top_p": 1}, (), ""),
    ],
)
def test_claude_relay_sampling_that_the_model_refuses_is_dropped(
    model: str, asked: dict[str, object], kept: tuple[str, ...], dropped: str
) -> None:
    body, named = sent(model, **asked)
    assert ({name for name in body if name in asked}, named) == ({*kept}, dropped)


def test_claude_relay_output_format_of_the_beta_is_that_of_output_config() -> None:
    form = {"type": "json_schema", "schema": {"type": "object"}}
    assert sent(SONNET_4_5, output_format=form)[0]["output_config"] == {"format": form}
    assert sent(SONNET_3_7, output_format=form) == (PLAIN, "output_format")


def test_claude_relay_blank_stop_sequences_are_dropped() -> None:
    body, dropped = sent(stop_sequences=["", "x", "\n"])
    assert (body["stop_sequences"], dropped) == (["x"], "stop_sequences")
