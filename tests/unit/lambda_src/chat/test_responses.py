"""OpenAI's Responses API: requests converted."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from chat.formats.responses import translate_error
from chat.settings import ChatSettings
from lambda_streaming import HTTPError

from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import call

PATH = "/v1/responses"
HI: dict[str, object] = {"model": "model-1", "input": "Hi"}
PIXEL = b64encode(b"pixel").decode()
ASKED = {"role": "user", "content": [{"text": "Hi"}]}


def messages(*items: object, **more: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(PATH, {"input": list(items), **more}).members["messages"]
    return found


def refused(**more: object) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        call(PATH, {**HI, **more})
    assert caught.value.status == 400
    return caught.value


def ignored(**more: object) -> str | None:
    answer = handle({"path": PATH, "body": json.dumps({**HI, **more})})
    assert answer.status == 200, answer.body
    return answer.headers.get("x-streaming-api-ignored")


def test_responses_request_sends_only_given_members() -> None:
    asked = call(PATH, HI)
    assert asked.model == "model-1"
    assert asked.members == {"messages": [ASKED]}


def test_responses_parameters_become_converse_members() -> None:
    asked = call(
        PATH,
        {
            **HI,
            "instructions": "Be brief",
            "max_output_tokens": 5,
            "temperature": 0.5,
            "top_p": 1,
            "reasoning": {"effort": "high", "summary": "auto"},
            "service_tier": "flex",
            "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
        },
    )
    assert asked.members["system"] == [{"text": "Be brief"}]
    assert asked.members["inferenceConfig"] == {"maxTokens": 5, "temperature": 0.5, "topP": 1}
    assert asked.members["serviceTier"] == {"type": "flex"}
    schema = {"jsonSchema": {"schema": '{"type": "object"}', "name": "n"}}
    text_format = {"type": "json_schema", "structure": schema}
    assert asked.members["outputConfig"] == {"effort": "high", "textFormat": text_format}


def test_responses_json_object_is_asked_for_in_words() -> None:
    asked = call(PATH, {**HI, "text": {"format": {"type": "json_object"}}})
    assert asked.own_system == [{"text": "Answer with one JSON object and nothing else."}]
    assert "system" not in asked.members


@pytest.mark.parametrize(
    ("effort", "sent"), [("none", None), ("minimal", "low"), ("xhigh", "xhigh"), (None, None)]
)
def test_responses_reasoning_effort_has_bedrocks_name(effort: str | None, sent: str | None) -> None:
    members = call(PATH, {**HI, "reasoning": {"effort": effort}}).members
    assert members.get("outputConfig", {}).get("effort") == sent


def test_responses_items_without_type_are_messages() -> None:
    parts = [{"type": "input_text", "text": "Hi"}]
    assert messages({"role": "user", "content": "Hi"}) == [ASKED]
    assert messages({"role": "user", "content": parts}) == [ASKED]


def test_responses_system_and_developer_items_become_the_system_prompt() -> None:
    items = [
        {"role": "developer", "content": "One"},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Two"}]},
        {"role": "user", "content": "Hi"},
    ]
    members = call(PATH, {"instructions": "Zero", "input": items}).members
    assert members["system"] == [{"text": "Zero"}, {"text": "One"}, {"text": "Two"}]
    assert members["messages"] == [ASKED]


def test_responses_images_and_files_are_converted() -> None:
    url = f"data:application/pdf;base64,{PIXEL}"
    (message,) = messages(
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "See"},
                {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"},
                {"type": "input_file", "filename": "a.pdf", "file_data": url},
                {"type": "input_file", "filename": "b.CSV", "file_data": PIXEL},
                {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}},
            ],
        }
    )
    source = {"bytes": b"pixel"}
    assert message["content"] == [
        {"text": "See"},
        {"image": {"format": "png", "source": source}},
        {"document": {"format": "pdf", "source": source, "name": "a pdf"}},
        {"document": {"format": "csv", "source": source, "name": "b CSV"}},
        {"audio": {"format": "wav", "source": source}},
    ]


def test_responses_two_calls_and_their_results_are_one_turn_each() -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    found = messages(
        {"role": "user", "content": "Hi"},
        {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "f", "arguments": '{"x":1}'},
        {"type": "function_call", "call_id": "b", "name": "f", "arguments": ""},
        {"type": "function_call_output", "call_id": "a", "output": "rain"},
        {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "sun"}]},
        tools=[tool],
    )
    assert found == [
        ASKED,
        {
            "role": "assistant",
            "content": [
                {"toolUse": {"toolUseId": "a", "name": "f", "input": {"x": 1}}},
                {"toolUse": {"toolUseId": "b", "name": "f", "input": {}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "a", "content": [{"text": "rain"}]}},
                {"toolResult": {"toolUseId": "b", "content": [{"text": "sun"}]}},
            ],
        },
    ]


def test_responses_assistant_text_is_taken_back() -> None:
    part = {"type": "output_text", "text": "Yes", "annotations": [], "logprobs": []}
    said = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    found = messages({"role": "user", "content": "Hi"}, said, {"role": "user", "content": "Hi"})
    assert found == [ASKED, {"role": "assistant", "content": [{"text": "Yes"}]}, ASKED]


def test_responses_unknown_item_reference_is_a_400_that_names_store_false() -> None:
    error = refused(input=[{"role": "user", "content": "Hi"}, {"type": "item_reference", "id": "msg_1"}])
    assert "store: false" in error.message
    assert (error.code, error.param) == ("item_not_found", "input[1]")


@pytest.mark.parametrize(
    ("more", "lacks"),
    [
        ({"store": True}, "stores no responses"),
        ({"previous_response_id": "resp_1"}, "stores no responses"),
        ({"conversation": "conv_1"}, "stores no responses"),
        ({"background": True}, "runs no response in the background"),
        ({"prompt": {"id": "pmpt_1"}}, "has no stored prompts"),
    ],
)
def test_responses_stateful_member_is_a_400_that_says_what_the_deployment_lacks(
    more: dict[str, object], lacks: str
) -> None:
    error = refused(**more)
    assert lacks in error.message
    assert [error.param] == list(more)


@pytest.mark.parametrize(
    "harmless", [{"store": False}, {"background": False}, {"include": []}, {"truncation": "disabled"}]
)
def test_responses_members_with_default_values_are_accepted(harmless: dict[str, object]) -> None:
    assert ignored(**harmless) is None


@pytest.mark.parametrize("path", ["/v1/responses/resp_1", "/v1/responses/resp_1/cancel"])
def test_responses_by_id_is_a_404_with_the_envelope(path: str) -> None:
    answer = handle({"path": path})
    error = json.loads(answer.body)["error"]
    assert answer.status == 404
    assert (error["type"], error["code"]) == ("not_found_error", "response_not_found")


def test_responses_path_with_slash_at_its_end_is_the_route() -> None:
    assert handle({"path": f"{PATH}/", "body": json.dumps(HI)}).status == 200


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"input": []}, "input"),
        ({"input": ""}, "input"),
        ({"input": None}, "input"),
        ({"input": [{"role": "tool", "content": "x"}]}, "input[0].role"),
        ({"input": [{"type": "new_thing"}]}, "input[0]"),
        ({"input": [{"type": "compaction", "encrypted_content": "x"}]}, "input[0]"),
        ({"max_output_tokens": "5"}, "max_output_tokens"),
        ({"metadata": "x"}, "metadata"),
        (
            {
                "input": [
                    {"role": "user", "content": [{"type": "input_image", "image_url": "https://a/b.png"}]}
                ]
            },
            "input[0].content[0].image_url",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]}]},
            "input[0].content[0].file_id",
        ),
    ],
)
def test_responses_unsupported_field_is_a_400_with_its_name(more: dict[str, object], param: str) -> None:
    assert refused(**more).param == param


def test_responses_items_of_server_tools_are_left_out_and_named() -> None:
    items = [{"role": "user", "content": "Hi"}, {"type": "web_search_call", "id": "ws_1"}]
    assert ignored(input=items) == "input.web_search_call"
    assert messages(*items) == [ASKED]


def test_responses_defaults_of_codex_are_accepted_and_named() -> None:
    named = ignored(
        parallel_tool_calls=True,
        reasoning={"summary": "auto"},
        store=False,
        include=["reasoning.encrypted_content"],
        prompt_cache_key="k",
        client_metadata={"a": "b"},
    )
    assert named == "prompt_cache_key, client_metadata"


@pytest.mark.parametrize(
    ("more", "param"),
    [({"service_tier": "flex"}, "service_tier"), ({"instructions": "x"}, "instructions")],
)
def test_responses_field_decided_by_deployment_is_named_as_openai_names_it(
    more: dict[str, object], param: str
) -> None:
    prompted = ChatSettings("model-1", '{"system": "Be brief"}')
    with pytest.raises(HTTPError) as caught:
        prompted.arguments(prompted.model(None), call(PATH, {**HI, **more}).members)
    translate_error(caught.value)
    assert (caught.value.code, caught.value.param) == ("not_allowed", param)
