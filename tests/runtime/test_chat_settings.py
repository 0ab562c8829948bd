"""What the deployment decided, as Bedrock and the browser get it from the chat function."""

from __future__ import annotations

import json

import pytest

from tests.runtime.test_functions import chat, error_of, request
from tests.support.bedrock import queued as bedrock
from tests.support.bedrock.queued import Bedrock

GUARDRAIL = {"guardrailIdentifier": "g", "guardrailVersion": "1", "streamProcessingMode": "async"}
ANSWER = (bedrock.START, bedrock.text("Hi"), bedrock.STOP, bedrock.METADATA, None)
SETTINGS = {
    "models": [{"modelId": "model-1", "guardrailConfig": GUARDRAIL}, {"modelId": "model-2"}],
    "maxTokens": 100,
    "system": "Be brief",
    "serviceTier": "flex",
    "latency": "optimized",
}


def test_chat_function_sends_the_settings_of_the_deployment() -> None:
    with Bedrock() as model, chat(model, BEDROCK_SETTINGS=json.dumps(SETTINGS)) as function:
        model.send(*ANSWER)
        assert function.api.invoke(request()).wait().prelude["statusCode"] == 200
    assert model.asked == [
        (
            "/model/model-1/converse-stream",
            {
                "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
                "system": [{"text": "Be brief"}],
                "inferenceConfig": {"maxTokens": 100},
                "guardrailConfig": GUARDRAIL,
                "serviceTier": {"type": "flex"},
                "performanceConfig": {"latency": "optimized"},
            },
        )
    ]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"model": "model-3"}, 404, "model_not_found"),
        ({"system": [{"text": "x"}]}, 400, "not_allowed"),
        ({"guardrailConfig": {}}, 400, "not_allowed"),
        ({"serviceTier": {"type": "priority"}}, 400, "not_allowed"),
    ],
)
def test_chat_function_disallowed_member_never_reaches_the_model(
    more: dict[str, object], status: int, code: str
) -> None:
    body = json.dumps({"prompt": "Hi", **more})
    with Bedrock() as model, chat(model, BEDROCK_SETTINGS=json.dumps(SETTINGS)) as function:
        answer = function.api.invoke({"body": body}).wait()
    assert (answer.prelude["statusCode"], error_of(answer.payload)["code"]) == (status, code)
    assert model.asked == []


def test_chat_function_cors_matching_origin_is_on_answers_and_errors() -> None:
    origins = "https://a.example,https://b.example"
    with (
        Bedrock() as model,
        chat(model, CORS_ALLOW_ORIGIN=origins, CORS_ALLOW_CREDENTIALS="true") as function,
    ):
        model.send(*ANSWER)
        for prompt in ("Hi", ""):
            asked = request(prompt, headers={"Origin": "https://b.example"})
            headers = function.api.invoke(asked).wait().prelude["headers"]
            assert headers["access-control-allow-origin"] == "https://b.example"
            assert headers["access-control-allow-credentials"] == "true"


def test_chat_function_log_content_logs_prompts_and_answers() -> None:
    with Bedrock() as model, chat(model, BEDROCK_SETTINGS='{"logContent": true}') as function:
        model.send(*ANSWER)
        function.api.invoke(request("my question")).wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "my question" in function.output
        assert '"text": "Hi"' in function.output


def test_chat_function_deeply_nested_body_is_a_400() -> None:
    nested = '{"prompt": "Hi", "additionalModelRequestFields": ' + '{"a":' * 900 + "1" + "}" * 901
    with Bedrock() as model, chat(model) as function:
        model.send(*ANSWER)
        assert function.api.invoke({"body": nested}).wait().prelude["statusCode"] in {200, 400}


def test_chat_function_utf8_split_into_bytes_is_complete_in_every_format() -> None:
    text = "wörld \U0001f642"
    frames = b"".join(each for each in (bedrock.START, bedrock.text(text), bedrock.STOP, bedrock.METADATA))
    with Bedrock() as model, chat(model) as function:
        for path in ("/chat", "/v1/chat/completions", "/v1/responses", "/v1/messages", "/ui/chat"):
            body: dict[str, object] = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
            if path == "/v1/messages":
                body["max_tokens"] = 5
            if path == "/chat":
                body = {"prompt": "Hi"}
            if path == "/v1/responses":
                body = {"input": "Hi", "stream": True}
            if path == "/ui/chat":
                body = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]}
            model.send(*(bytes([byte]) for byte in frames), None)
            answer = function.api.invoke({"path": path, "body": json.dumps(body)}).wait()
            assert answer.prelude["statusCode"] == 200
            assert text in answer.payload.decode()
