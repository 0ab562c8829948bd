"""What a caller may send to the chat function."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress

import pytest
from chat.request import ChatRequest
from hypothesis import given
from hypothesis import strategies as st
from lambda_streaming import HTTPError


def refused(event: dict[str, object]) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        ChatRequest.from_event(event)
    assert caught.value.status == 400
    assert caught.value.type == "invalid_request_error"
    return caught.value


def test_a_prompt_is_all_it_takes() -> None:
    assert ChatRequest.from_event({"body": '{"prompt": "Hi"}'}) == ChatRequest("Hi")


def test_a_base64_encoded_body_is_decoded() -> None:
    body = b64encode('{"prompt": "schön"}'.encode()).decode()
    assert ChatRequest.from_event({"body": body, "isBase64Encoded": True}).prompt == "schön"


def test_the_format_is_chosen_in_the_query() -> None:
    event = {"body": '{"prompt": "Hi"}', "queryStringParameters": {"format": "text"}}
    assert ChatRequest.from_event(event).format == "text"


def test_inference_parameters_are_taken_as_they_are() -> None:
    config = {"maxTokens": 5, "temperature": 0, "topP": 0.5, "stopSequences": ["x"]}
    body = json.dumps({"prompt": "Hi", "inferenceConfig": config})
    assert ChatRequest.from_event({"body": body}).inference_config == config


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (None, "invalid_json", None),
        ("", "invalid_json", None),
        ("{", "invalid_json", None),
        ("[" * 100_000, "invalid_json", None),
        ("[]", "invalid_json", None),
        ("{}", "missing_prompt", "prompt"),
        ('{"prompt": ""}', "empty_prompt", "prompt"),
        ('{"prompt": " \\n"}', "empty_prompt", "prompt"),
        ('{"prompt": 7}', "invalid_prompt", "prompt"),
        ('{"prompt": null}', "invalid_prompt", "prompt"),
        ('{"prompt": "Hi", "promt": ""}', "unknown_field", "promt"),
        ('{"prompt": "Hi", "inferenceConfig": []}', "invalid_type", "inferenceConfig"),
        ('{"prompt": "Hi", "inferenceConfig": {"top_p": 1}}', "unknown_field", "inferenceConfig.top_p"),
        ('{"prompt": "Hi", "inferenceConfig": {"topP": true}}', "invalid_type", "inferenceConfig.topP"),
        (
            '{"prompt": "Hi", "inferenceConfig": {"maxTokens": 1.5}}',
            "invalid_type",
            "inferenceConfig.maxTokens",
        ),
        (
            '{"prompt": "Hi", "inferenceConfig": {"stopSequences": [1]}}',
            "invalid_type",
            "inferenceConfig.stopSequences",
        ),
    ],
)
def test_a_body_that_is_no_chat_request_gets_a_400_that_names_the_field(
    body: str | None, code: str, param: str | None
) -> None:
    error = refused({"body": body})
    assert (error.code, error.param) == (code, param)


def test_a_body_that_is_not_base64_gets_a_400() -> None:
    assert refused({"body": "%%%", "isBase64Encoded": True}).code == "invalid_json"


def test_an_unknown_format_gets_a_400() -> None:
    error = refused({"body": '{"prompt": "Hi"}', "queryStringParameters": {"format": "xml"}})
    assert (error.code, error.param) == ("invalid_format", "format")


@given(st.text() | st.binary().map(lambda data: b64encode(data).decode()), st.booleans())
def test_no_body_whatever_raises_anything_but_an_http_error(body: str, encoded: bool) -> None:
    with suppress(HTTPError):
        ChatRequest.from_event({"body": body, "isBase64Encoded": encoded})
