"""The Responses API as it is: what becomes of each member on its way to Bedrock."""

from __future__ import annotations

from typing import Any

import pytest
from chat.formats.members import HONOURED, IGNORED, REFUSED
from chat.formats.responses.gpt.members import BODY, ITEMS, PARTS, STORED, TOOLS
from chat.formats.responses.items import SERVER_ITEMS
from chat.formats.responses.reasoning import sealed
from chat.formats.responses.tools import SERVER_TOOLS
from lambda_streaming import HTTPError

from streaming_api_tools.local.services.bedrock.responses.request import MEMBERS, check_request
from tests.unit.lambda_src.chat.gpt.asking import GPT, TOOL, read, sent

#: What is sent without any word of a caller.
ALWAYS = {
    "include": ["reasoning.encrypted_content"],
    "input": "Hi",
    "model": GPT,
    "store": False,
    "stream": True,
}
#: A value of each honoured member, and what leaves of it.
VALUES: dict[str, tuple[object, dict[str, object]]] = {
    "include": (["file_search_call.results"], {}),
    "input": (
        [{"role": "user", "content": "a"}],
        {"input": [{"type": "message", "role": "user", "content": "a"}]},
    ),
    "instructions": ("Be brief.", {"instructions": "Be brief."}),
    "max_output_tokens": (5, {"max_output_tokens": 5}),
    "metadata": ({"a": "b"}, {}),
    "model": (GPT, {}),
    "parallel_tool_calls": (False, {"parallel_tool_calls": False}),
    "prompt_cache_key": ("k", {"prompt_cache_key": "k"}),
    "reasoning": (
        {"effort": "low", "summary": "auto", "generate_summary": "auto", "x": 1},
        {"reasoning": {"effort": "low", "summary": "auto"}},
    ),
    "service_tier": ("auto", {}),
    "stream": (False, {}),
    "temperature": (1.5, {"temperature": 1.5}),
    "text": (
        {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {}, "x": 1}},
        {"text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {}}}},
    ),
    "tool_choice": ("none", {}),
    "tools": ([TOOL], {"tools": [TOOL]}),
    "top_p": (0.5, {"top_p": 0.5}),
    "truncation": ("auto", {"truncation": "auto"}),
}


@pytest.mark.parametrize("name", [name for name, row in BODY.items() if row.effect == HONOURED])
def test_gpt_honoured_member_reaches_the_model(name: str) -> None:
    value, left = VALUES[name]
    body, _ = sent(**{name: value})
    assert body == {**ALWAYS, **left}


@pytest.mark.parametrize("name", [name for name, row in BODY.items() if row.effect == IGNORED])
def test_gpt_member_without_effect_is_dropped_and_named(name: str) -> None:
    assert sent(**{name: "x"}) == (ALWAYS, name)


@pytest.mark.parametrize("name", [name for name, row in BODY.items() if row.effect == REFUSED])
def test_gpt_member_that_the_answer_needs_is_a_400(name: str) -> None:
    with pytest.raises(HTTPError) as caught:
        read({"input": "Hi", name: 1})
    assert (caught.value.status, caught.value.param) == (400, name)


def test_gpt_member_of_no_table_is_dropped_and_counted() -> None:
    assert sent(x=1, safety_identifier="u") == (ALWAYS, "safety_identifier, unknown: 1")


def test_gpt_everything_that_leaves_is_taken_by_the_stand_in() -> None:
    honoured = {name for name, row in BODY.items() if row.effect == HONOURED}
    assert honoured <= MEMBERS
    body, _ = sent(**{name: value for name, (value, _) in VALUES.items()})
    check_request(body)


def test_gpt_members_of_converse_go_through_converse() -> None:
    call, _ = read(additionalModelRequestFields={"reasoning_effort": "low"})
    assert call.ask is None


@pytest.mark.parametrize("kind", SERVER_TOOLS)
def test_gpt_tool_of_a_server_is_left_out_and_named(kind: str) -> None:
    tool: dict[str, object] = {"type": kind}
    body, dropped = sent(tools=[tool, TOOL])
    if kind == "apply_patch":
        assert (body["tools"], dropped) == ([tool, TOOL], "")
    else:
        assert (body["tools"], dropped) == ([TOOL], f"tools.{kind}")


@pytest.mark.parametrize("kind", TOOLS)
def test_gpt_tool_of_the_client_keeps_the_members_of_the_table(kind: str) -> None:
    given: dict[str, Any] = {
        "name": "w",
        "description": "d",
        "parameters": {"type": "object"},
        "strict": True,
        "defer_loading": True,
        "format": {"type": "text"},
        "execution": "client",
        "tools": [TOOL, {"type": "web_search"}],
        "server_url": "https://x",
    }
    tool = {"type": kind, **given}
    (left,) = sent(tools=[tool])[0]["tools"]
    expected = {name: value for name, value in tool.items() if name in TOOLS[kind]}
    if kind == "namespace":
        expected["tools"] = [TOOL]
    assert left == expected


def test_gpt_arguments_of_a_search_of_tools_stay_an_object() -> None:
    search = {"type": "tool_search_call", "execution": "client", "arguments": {"goal": "weather"}}
    assert sent(input=[search])[0]["input"] == [search]


def test_gpt_search_of_tools_on_a_servers_side_is_left_out() -> None:
    assert "tools" not in sent(tools=[{"type": "tool_search"}])[0]
    assert "tools" not in sent(tools=[{"type": "tool_search", "execution": "server"}])[0]


@pytest.mark.parametrize(
    ("choice", "tools", "left"),
    [
        ("auto", [TOOL], "auto"),
        ("required", [TOOL], "required"),
        ("auto", [{"type": "web_search"}], None),
        ({"type": "function", "name": "w", "x": 1}, [TOOL], {"type": "function", "name": "w"}),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "w"}, {"type": "mcp"}],
            },
            [TOOL],
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "w"}]},
        ),
    ],
)
def test_gpt_tool_choice_is_kept_while_there_are_tools(choice: object, tools: object, left: object) -> None:
    assert sent(tool_choice=choice, tools=tools)[0].get("tool_choice") == left


@pytest.mark.parametrize(
    ("choice", "tools"),
    [
        ("required", [{"type": "web_search"}]),
        ("any", [TOOL]),
        ({"type": "web_search"}, [TOOL]),
        ({"type": "mcp", "server_label": "x"}, [TOOL]),
        ({"type": "allowed_tools", "mode": "required", "tools": [{"type": "mcp"}]}, [TOOL]),
        ({"type": "allowed_tools", "mode": "x", "tools": []}, [TOOL]),
        ({"type": "function", "name": "w"}, []),
    ],
)
def test_gpt_choice_that_demands_a_tool_which_is_not_run_is_a_400(choice: object, tools: object) -> None:
    with pytest.raises(HTTPError) as caught:
        read(tool_choice=choice, tools=tools)
    assert caught.value.status == 400


@pytest.mark.parametrize("kind", ITEMS)
def test_gpt_item_keeps_the_members_of_the_table(kind: str) -> None:
    text = [{"type": "input_text", "text": "a"}]
    given: dict[str, Any] = {
        "id": "i",
        "role": "user",
        "content": text,
        "status": "completed",
        "phase": "p",
        "call_id": "c",
        "name": "w",
        "namespace": "n",
        "arguments": "{}",
        "input": "x",
        "output": text,
        "summary": [{"type": "summary_text", "text": "s"}],
        "encrypted_content": "gAAAA",
        "operation": {"type": "delete_file", "path": "a"},
        "execution": "client",
        "tools": [TOOL],
        "caller": {"type": "program"},
    }
    item = {"type": kind, **given}
    body, dropped = sent(input=[item])
    assert body["input"] == [{name: value for name, value in item.items() if name in ITEMS[kind]}]
    assert dropped.startswith("unknown: ")


@pytest.mark.parametrize("kind", sorted(SERVER_ITEMS - ITEMS.keys()))
def test_gpt_item_of_a_server_is_left_out_and_named(kind: str) -> None:
    assert sent(input=[{"role": "user", "content": "a"}, {"type": kind}])[1] == f"input.{kind}"


@pytest.mark.parametrize("content", [None, "", sealed({"text": "t", "signature": "s"})])
def test_gpt_reasoning_that_is_not_openais_is_left_out(content: str | None) -> None:
    reasoning: dict[str, Any] = {"type": "reasoning", "summary": [], "encrypted_content": content}
    body, dropped = sent(input=[reasoning, {"role": "user", "content": "a"}])
    assert (len(body["input"]), dropped) == (1, "input.reasoning")


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "item_reference", "id": "msg_1"}, "input[0]"),
        ({"type": "x"}, "input[0]"),
        ({"role": "tool", "content": "x"}, "input[0].role"),
        ({"role": "user", "content": [{"type": "input_audio"}]}, "input[0].content[0]"),
        *(
            ({"role": "user", "content": [{"type": kind, name: "x"}]}, f"input[0].content[0].{name}")
            for kind in ("input_image", "input_file")
            for name in STORED
        ),
        *(
            (
                {"role": "user", "content": [{"type": "input_image", "image_url": url}]},
                "input[0].content[0].image_url",
            )
            for url in ("https://x", "s3://b/k", "file:///etc/passwd", "DATA:image/png;base64,AA")
        ),
        (
            {"role": "user", "content": [{"type": "input_file", "file_data": "s3://b/k"}]},
            "input[0].content[0].file_data",
        ),
        (
            {
                "type": "function_call_output",
                "call_id": "c",
                "output": [{"type": "input_image", "image_url": "s3://b"}],
            },
            "input[0].output[0].image_url",
        ),
    ],
)
def test_gpt_item_that_would_be_fetched_or_is_stored_is_a_400(item: dict[str, Any], param: str) -> None:
    with pytest.raises(HTTPError) as caught:
        read(input=[item])
    assert (caught.value.status, caught.value.param) == (400, param)


@pytest.mark.parametrize("kind", [kind for kind in PARTS if kind not in ("reasoning_text", "summary_text")])
def test_gpt_part_keeps_the_members_of_the_table(kind: str) -> None:
    given = {"text": "a", "refusal": "no", "image_url": "data:image/png;base64,AA", "detail": "low"}
    given |= {"file_data": "data:application/pdf;base64,AA", "filename": "a.pdf"}
    part = {"type": kind, **given, "annotations": [{"url": "https://x"}]}
    (left,) = sent(input=[{"role": "user", "content": [part]}])[0]["input"][0]["content"]
    expected = {name: value for name, value in part.items() if name in PARTS[kind]}
    assert left == (expected | {"annotations": []} if kind == "output_text" else expected)


def test_gpt_request_for_probabilities_is_a_400() -> None:
    with pytest.raises(HTTPError) as caught:
        read(include=["message.output_text.logprobs"])
    assert caught.value.param == "include"


def test_gpt_unknown_form_of_the_answer_is_a_400() -> None:
    with pytest.raises(HTTPError) as caught:
        read(text={"format": {"type": "grammar"}})
    assert caught.value.param == "text.format.type"


def test_gpt_empty_input_is_a_400() -> None:
    nothing: tuple[object, ...] = ("", [], None)
    for empty in nothing:
        with pytest.raises(HTTPError):
            read(input=empty)
