"""OpenAI's Responses API: answers, streamed and whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from chat.errors import UpstreamError

from tests.unit.lambda_src.chat.response_events import ASK, PATH, body, failed, kinds, resource, streamed
from tests.unit.lambda_src.chat.streams import (
    METADATA,
    START,
    TEXT,
    TOOLS,
    call,
    delta,
    end,
    respond,
    stop,
)

if TYPE_CHECKING:
    from chat.converse.stream import ConverseEvent

# Open Responses, `ResponseResource`: what a response object must have.
MEMBERS = (
    "id object created_at completed_at status incomplete_details model previous_response_id instructions "
    "output error tools tool_choice truncation parallel_tool_calls text top_p presence_penalty "
    "frequency_penalty top_logprobs temperature reasoning usage max_output_tokens max_tool_calls store "
    "background service_tier metadata safety_identifier prompt_cache_key"
)
BEGIN = ["response.created", "response.in_progress"]
SAID = [
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
]


def whole(events: Iterable[ConverseEvent], **more: object) -> dict[str, Any]:
    found = respond(call(PATH, {**ASK, **more}), events).body
    assert isinstance(found, dict)
    return resource(found)


def use(index: int, name: str, *pieces: str, identity: str = "t-1") -> list[ConverseEvent]:
    start = {"toolUse": {"toolUseId": identity, "name": name}}
    return [
        {"contentBlockStart": {"contentBlockIndex": index, "start": start}},
        *(delta(index, toolUse={"input": each}) for each in pieces),
        stop(index),
    ]


def test_responses_text_stream_has_its_events_in_order() -> None:
    events = streamed(TEXT)
    assert kinds(events) == [*BEGIN, *SAID, "response.completed"]
    assert [each["delta"] for each in events if "delta" in each] == ["Hel", "lo"]
    assert events[6]["text"] == "Hello"


def test_responses_terminal_event_has_the_whole_output_and_the_usage() -> None:
    response = streamed(TEXT)[-1]["response"]
    part = {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
    item = {"type": "message", "role": "assistant", "status": "completed", "content": [part]}
    assert response["output"] == [{"id": "msg_r-1_0", **item}]
    assert response["usage"] == {
        "input_tokens": 8,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 10,
    }
    assert (response["status"], response["completed_at"]) == ("completed", 7)


def test_responses_object_has_all_members_from_its_first_event_on() -> None:
    for event in streamed(TEXT):
        if "response" in event:
            assert set(event["response"]) == set(MEMBERS.split())
    assert len(MEMBERS.split()) == 31
    assert set(whole(TEXT)) == set(MEMBERS.split())


def test_responses_object_repeats_the_request() -> None:
    tool = {"type": "function", "name": "f"}
    asked = {
        "instructions": "Be brief",
        "max_output_tokens": 9,
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "prompt_cache_key": "k",
        "reasoning": {"effort": "low"},
        "safety_identifier": "s",
        "temperature": 0.5,
        "tool_choice": "required",
        "tools": [tool, {"type": "web_search"}],
    }
    response = whole(TEXT, **asked)
    shown = {**tool, "description": None, "parameters": None, "strict": None}
    repeated = {**asked, "reasoning": {"effort": "low", "summary": None}, "tools": [shown]}
    assert {name: response[name] for name in asked} == repeated
    assert (response["store"], response["background"], response["truncation"]) == (False, False, "disabled")


def test_responses_object_has_the_defaults_of_openai_for_what_was_not_asked() -> None:
    response = whole(TEXT)
    assert {name: response[name] for name in ("temperature", "top_p", "parallel_tool_calls")} == {
        "temperature": 1,
        "top_p": 1,
        "parallel_tool_calls": True,
    }
    assert [response[f"{name}_penalty"] for name in ("frequency", "presence")] == [0, 0]
    assert (response["top_logprobs"], response["max_output_tokens"]) == (0, None)
    assert (response["tool_choice"], response["tools"]) == ("auto", [])
    assert (response["service_tier"], response["metadata"]) == ("default", {})
    assert response["text"] == {"format": {"type": "text"}}


def test_responses_schema_of_the_text_is_repeated() -> None:
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    # Open Responses' type takes no schema but null
    response = respond(call(PATH, {**ASK, "text": {"format": form}}), TEXT).body
    assert response["text"] == {"format": {**form, "description": None}}  # type: ignore[index,call-overload]


def test_responses_reasoning_text_and_call_have_their_events_in_order() -> None:
    events = streamed(TOOLS, tools=[{"type": "function", "name": "weather"}])
    assert kinds(events) == [
        *BEGIN,
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        *(each for index, each in enumerate(SAID) if index != 3),
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    done = [each["item"] for each in events if each["type"] == "response.output_item.done"]
    assert events[-1]["response"]["output"] == done
    assert [each["output_index"] for each in events if "output_index" in each] == sorted(
        each["output_index"] for each in events if "output_index" in each
    )
    assert done[2] == {
        "id": "fc_r-1_2",
        "type": "function_call",
        "call_id": "t-1",
        "name": "weather",
        "arguments": '{"city":"Bonn"}',
        "status": "completed",
    }


def test_responses_whole_answer_is_the_response_of_the_terminal_event() -> None:
    assert whole(TOOLS) == streamed(TOOLS)[-1]["response"]


def test_responses_texts_in_a_row_are_one_message_with_one_part() -> None:
    events = [START, delta(0, text="a"), stop(0), delta(1, text="b"), stop(1), end("end_turn"), METADATA]
    (item,) = whole(events)["output"]
    assert [part["text"] for part in item["content"]] == ["ab"]
    assert kinds(streamed(events)) == [*BEGIN, *SAID, "response.completed"]


def test_responses_interleaved_blocks_lose_nothing() -> None:
    first, second = use(1, "f", '{"x":', "1}"), use(2, "g", "{}", identity="t-2")
    mixed = [first[0], second[0], first[1], second[1], first[2], second[2], first[3]]
    events = [START, delta(0, text="a"), *mixed[:3], delta(0, text="b"), *mixed[3:], stop(0), end("tool_use")]
    message, one, two = streamed(events)[-1]["response"]["output"]
    assert message["content"][0]["text"] == "ab"
    assert [(each["name"], each["arguments"]) for each in (one, two)] == [("f", '{"x":1}'), ("g", "{}")]


def test_responses_text_that_ended_before_the_cut_is_complete() -> None:
    cut = use(1, "f", '{"x":')
    events = [START, delta(0, text="a"), cut[0], stop(0), *cut[1:], end("max_tokens")]
    message, call_item = streamed(events)[-1]["response"]["output"]
    assert (message["status"], call_item["status"]) == ("completed", "incomplete")


def test_responses_call_without_input_has_an_empty_object() -> None:
    events = streamed([START, *use(0, "now"), end("tool_use"), METADATA])
    assert [each["delta"] for each in events if "delta" in each] == ["{}"]
    assert events[-1]["response"]["output"][0]["arguments"] == "{}"


def test_responses_namespaced_call_has_name_and_namespace_of_the_client() -> None:
    space = {"type": "namespace", "name": "files", "tools": [{"type": "function", "name": "f"}]}
    events = streamed([START, *use(0, "files__f", "{}"), end("tool_use")], functions=False, tools=[space])
    for event in events:
        if item := event.get("item"):
            assert (item["name"], item["namespace"]) == ("f", "files")


def test_responses_custom_call_has_its_text() -> None:
    called = [START, *use(0, "patch", '{"input":', '"a\\nb"}'), end("tool_use")]
    events = streamed(called, functions=False, tools=[{"type": "custom", "name": "patch"}])
    assert kinds(events)[2:-1] == [
        "response.output_item.added",
        "response.custom_tool_call_input.delta",
        "response.custom_tool_call_input.done",
        "response.output_item.done",
    ]
    assert (events[3]["delta"], events[4]["input"]) == ("a\nb", "a\nb")
    assert events[-1]["response"]["output"] == [
        {"id": "ctc_r-1_0", "type": "custom_tool_call", "call_id": "t-1", "name": "patch", "input": "a\nb"}
    ]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("max_tokens", "max_output_tokens"),
        ("model_context_window_exceeded", "max_output_tokens"),
        ("content_filtered", "content_filter"),
        ("guardrail_intervened", "content_filter"),
    ],
)
def test_responses_answer_that_was_cut_is_incomplete(reason: str, why: str) -> None:
    events = streamed([START, delta(0, text="Hel"), stop(0), end(reason), METADATA])
    response = events[-1]["response"]
    assert kinds(events)[-1] == "response.incomplete"
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": why})
    assert response["output"][0]["status"] == "incomplete"
    assert response["completed_at"] is None


@pytest.mark.parametrize("tool", ["function", "custom"])
def test_responses_call_that_was_cut_is_incomplete_and_any_other_broken_one_fails(tool: str) -> None:
    tools = [{"type": tool, "name": "f"}]
    events = [START, *use(0, "f", '{"input": "a'), end("max_tokens"), METADATA]
    assert streamed(events, functions=False, tools=tools)[-1]["type"] == "response.incomplete"
    broken = body([*events[:-2], end("tool_use"), METADATA], tools=tools)
    assert failed(broken, UpstreamError, functions=False)[-1]["type"] == "response.failed"
