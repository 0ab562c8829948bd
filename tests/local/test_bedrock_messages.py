"""Anthropic's Messages, by InvokeModel and on Bedrock's endpoint for them: refusals and events."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from streaming_api_tools.local.services.bedrock.server import BedrockStandin
from streaming_api_tools.local.services.bedrock.validation.refusals import refusals
from tests.local.bedrock_refused_natively import (
    BY_INVOKE,
    BY_MESSAGES,
    EVERYWHERE,
    HI,
    TAKEN,
    TAKEN_BY_INVOKE,
    Native,
)
from tests.local.bedrock_requests import NOVA, SONNET_4_5
from tests.local.serving import PATIENCE
from tests.local.test_bedrock import client, read
from tests.support.bedrock.shipped import at_once, serving, standin

PATH = "/anthropic/v1/messages"
VERSION = {"anthropic-version": "2023-06-01"}
TOOL = {"name": "w", "input_schema": {"type": "object"}}
ALL = '[[reasoning=Hm.]] [[redacted]] [[say=Yes.]] [[tool=w {"a": 1}]] [[tool=v]]'


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the endpoint of a stand-in."""
    with standin() as endpoint:
        yield endpoint


def post(
    url: str, body: object, headers: Mapping[str, str], path: str = PATH
) -> tuple[int, http.client.HTTPMessage, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)) as connection:
        connection.request("POST", path, json.dumps(body), dict(headers))
        with connection.getresponse() as response:
            return response.status, response.headers, response.read()


def invoke(url: str, case: Native) -> dict[str, Any]:
    betas = {"anthropic_beta": list(case.betas)} if case.betas else {}
    body = {"anthropic_version": "bedrock-2023-05-31", **case.body, **betas}
    if "anthropic_version" in case.more:
        del body["anthropic_version"]
    with client(url) as bedrock:
        answer = bedrock.invoke_model(modelId=case.model, body=json.dumps(body))
        whole: dict[str, Any] = json.loads(answer["body"].read())
        return whole


def messages(url: str, case: Native) -> tuple[int, dict[str, Any]]:
    betas = {"anthropic-beta": ",".join(case.betas)} if case.betas else {}
    body = {"model": case.model, **case.body}
    if case.more.get("model", 1) is None:
        del body["model"]
    status, _, content = post(url, body, {**VERSION, **betas}, f"{PATH}?beta=true")
    return status, json.loads(content)


@pytest.mark.parametrize("case", [*EVERYWHERE, *BY_INVOKE], ids=str)
def test_standin_invoke_model_invalid_messages_body_is_refused(url: str, case: Native) -> None:
    with pytest.raises(ClientError) as error:
        invoke(url, case)
    told = error.value.response["Error"]
    assert told["Code"] == refusals()[case.refusal].exception == "ValidationException"
    assert case.said in told["Message"]


@pytest.mark.parametrize("case", [*EVERYWHERE, *BY_MESSAGES], ids=str)
def test_standin_messages_invalid_body_is_refused(url: str, case: Native) -> None:
    status, content = messages(url, case)
    assert (status, content["type"], content["error"]["type"]) == (400, "error", "invalid_request_error")
    assert case.said in content["error"]["message"]


@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_standin_messages_valid_body_is_answered(url: str, case: Native) -> None:
    assert invoke(url, case)["type"] == "message"
    assert messages(url, case)[0] == 200


def test_standin_messages_format_of_the_answer_is_taken_by_invoke_model_alone(url: str) -> None:
    assert invoke(url, TAKEN_BY_INVOKE)["type"] == "message"
    assert messages(url, TAKEN_BY_INVOKE)[0] == 400


def test_standin_messages_request_without_version_is_refused(url: str) -> None:
    status, _, content = post(url, {"model": SONNET_4_5, "max_tokens": 9, "messages": [HI]}, {})
    assert (status, json.loads(content)["error"]["message"]) == (400, "anthropic-version: header is required")


def test_standin_messages_lenient_answers_invalid_body() -> None:
    with serving(lambda: BedrockStandin(at_once, lenient=True)) as url:
        for case in (*EVERYWHERE, *BY_MESSAGES):
            if case.refusal not in ("field required", "unknown tag", "extra input"):
                assert messages(url, case)[0] == 200, case


def events(url: str, text: str, **more: object) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a stream of the endpoint."""
    said = [{"role": "user", "content": text}]
    body = {"model": SONNET_4_5, "max_tokens": 99, "messages": said, "stream": True, **more}
    status, headers, content = post(url, body, VERSION)
    assert (status, headers["content-type"]) == (200, "text/event-stream")
    found = []
    for event in content.decode().strip().split("\n\n"):
        name, data = event.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
        assert found[-1][0] == found[-1][1]["type"]
    return found


def native_events(url: str, text: str) -> list[dict[str, Any]]:
    """Return the events of a stream of InvokeModelWithResponseStream."""
    said = [{"role": "user", "content": text}]
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": said}
    with client(url) as bedrock:
        answer = bedrock.invoke_model_with_response_stream(modelId=SONNET_4_5, body=json.dumps(body))
        return [json.loads(event["chunk"]["bytes"]) for event in read(answer["body"])]


def assembled(stream: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Put the blocks of a stream together, as a client does."""
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for event in stream:
        if event["type"] == "content_block_start":
            assert event["index"] not in blocks
            blocks[event["index"]] = dict(event["content_block"])
        elif event["type"] == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            match delta["type"]:
                case "text_delta":
                    block["text"] += delta["text"]
                case "thinking_delta":
                    block["thinking"] += delta["thinking"]
                case "signature_delta":
                    block["signature"] += delta["signature"]
                case "input_json_delta":
                    inputs[event["index"]] = inputs.get(event["index"], "") + delta["partial_json"]
    for index, text in inputs.items():
        blocks[index]["input"] = json.loads(text)
    return blocks


@pytest.mark.parametrize("how", ["endpoint", "invoke"])
def test_standin_messages_every_block_is_streamed_as_by_anthropic(url: str, how: str) -> None:
    stream = [event for _, event in events(url, ALL)] if how == "endpoint" else native_events(url, ALL)
    assert [event["type"] for event in stream][:2] == ["message_start", "content_block_start"]
    assert [event["type"] for event in stream][-2:] == ["message_delta", "message_stop"]
    blocks = assembled(stream)
    assert [block["type"] for block in blocks.values()] == [
        "thinking",
        "redacted_thinking",
        "text",
        "tool_use",
        "tool_use",
    ]
    assert blocks[0]["thinking"] == "Hm."
    assert blocks[0]["signature"]
    assert (blocks[3]["input"], blocks[4]["input"]) == ({"a": 1}, {})
    assert stream[-2]["delta"]["stop_reason"] == "tool_use"
    assert ("amazon-bedrock-invocationMetrics" in stream[-1]) == (how == "invoke")
    stops = [event["index"] for event in stream if event["type"] == "content_block_stop"]
    assert stops == [0, 1, 2, 3, 4]


def test_standin_messages_whole_response_has_every_block(url: str) -> None:
    case = Native("", "", {"messages": [{"role": "user", "content": ALL}], "max_tokens": 99})
    whole = invoke(url, case)
    assert [block["type"] for block in whole["content"]] == [
        "thinking",
        "redacted_thinking",
        "text",
        "tool_use",
        "tool_use",
    ]
    assert whole["content"][3]["input"] == {"a": 1}
    status, same = messages(url, case)
    assert status == 200
    assert (same["content"], same["model"]) == (whole["content"], "claude-sonnet-4-5")


def test_standin_messages_forced_tool_is_followed(url: str) -> None:
    forced = {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "w"}}
    blocks = assembled([event for _, event in events(url, "hi", **forced)])
    assert blocks[0]["name"] == "w"


def test_standin_messages_stop_sequence_and_usage_are_reported(url: str) -> None:
    *_, (_, last), _ = events(url, "[[say=a b END c]]", stop_sequences=["END"])
    assert last["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END"}
    assert last["usage"] == {"input_tokens": 4, "output_tokens": 2}


def test_standin_messages_errors_have_the_form_of_anthropic(url: str) -> None:
    said = [{"role": "user", "content": "[[ThrottlingException]]"}]
    body = {"model": SONNET_4_5, "max_tokens": 9, "messages": said}
    status, _, content = post(url, body, VERSION)
    assert (status, json.loads(content)["error"]["type"]) == (429, "rate_limit_error")
    *_, (name, event) = events(url, "[[modelStreamErrorException@2]]")
    assert (name, event["error"]["type"]) == ("error", "api_error")
    *_, (name, event) = events(url, "[[throttlingException@2]]")
    assert (name, event["error"]["type"]) == ("error", "rate_limit_error")
    *_, (name, event) = events(url, "[[serviceUnavailableException@2]]")
    assert (name, event["error"]["type"]) == ("error", "overloaded_error")
    *_, (name, _) = events(url, "[[silent-end@2]]")
    assert name == "content_block_delta"
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        events(url, "[[cut@2]]")


def test_standin_nova_streams_tool_calls_like_converse(url: str) -> None:
    said = [{"role": "user", "content": [{"text": '[[say=Yes.]] [[tool=w {"a": 1}]]'}]}]
    with client(url) as bedrock:
        answer = bedrock.invoke_model_with_response_stream(modelId=NOVA, body=json.dumps({"messages": said}))
        chunks = [json.loads(event["chunk"]["bytes"]) for event in read(answer["body"])]
        body = bedrock.invoke_model(modelId=NOVA, body=json.dumps({"messages": said}))["body"].read()
    assert (
        next(chunk for chunk in chunks if "contentBlockStart" in chunk)["contentBlockStart"][
            "contentBlockIndex"
        ]
        == 1
    )
    assert json.loads(body)["output"]["message"]["content"][1]["toolUse"]["input"] == {"a": 1}


@pytest.mark.parametrize(
    "path", ["/v1/messages", "/v1/chat/completions", "/anthropic/v1/messages/count_tokens"]
)
def test_standin_path_without_api_is_200_with_unknown_operation(url: str, path: str) -> None:
    status, _, content = post(url, {}, {}, path)
    assert (status, b"UnknownOperationException" in content) == (200, True)
