"""The bundled functions in AWS's runtime loop: the chat against a Bedrock on a socket, and the probe."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from tests.runtime.function import Function
from tests.support.bedrock import queued as bedrock
from tests.support.bedrock.queued import Bedrock

ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x"


def chat(model: Bedrock, **environment: str) -> Function:
    return Function(
        "chat.handler.handler",
        environment={
            "BEDROCK_MODEL_ID": "model-1",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            **environment,
        },
    )


def request(prompt: str = "Hi", **more: object) -> dict[str, object]:
    return {"httpMethod": "POST", "body": json.dumps({"prompt": prompt}), **more}


def error_of(payload: bytes) -> dict[str, object]:
    error = json.loads(payload.partition(b"event: error\ndata: ")[2] or payload)["error"]
    assert isinstance(error, dict)
    return error


def test_chat_function_text_reaches_the_client_before_the_model_goes_on() -> None:
    with Bedrock() as model, chat(model) as function:
        invocation = function.api.invoke(request())
        model.send(bedrock.START, bedrock.text("Hel"))
        invocation.skip_head()
        assert invocation.next_chunk() == b'event: start\ndata: {"model":"model-1"}\n\n'
        assert invocation.next_chunk() == b'event: delta\ndata: {"text":"Hel"}\n\n'
        model.send(bedrock.text("lö"))
        assert invocation.next_chunk() == 'event: delta\ndata: {"text":"lö"}\n\n'.encode()
        model.send(bedrock.STOP, bedrock.METADATA, None)
        assert (invocation.next_chunk() or b"").startswith(b"event: usage\n")
        assert invocation.next_chunk() == (
            b'event: done\ndata: {"stopReason":"end_turn",'
            b'"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}\n\n'
        )
        assert invocation.wait().trailers == {}
    assert model.asked == [
        ("/model/model-1/converse-stream", {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]})
    ]


def test_chat_function_text_format_has_only_the_text() -> None:
    with Bedrock() as model, chat(model) as function:
        invocation = function.api.invoke(request(queryStringParameters={"format": "text"}))
        model.send(
            bedrock.START, bedrock.text("Hel"), bedrock.text("lo"), bedrock.STOP, bedrock.METADATA, None
        )
        answer = invocation.wait()
    assert answer.prelude["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert answer.payload == b"Hello"


def test_chat_function_refused_request_never_reaches_the_model() -> None:
    with Bedrock() as model, chat(model) as function:
        answer = function.api.invoke(request("")).wait()
    assert answer.prelude["statusCode"] == 400
    assert error_of(answer.payload)["code"] == "empty_prompt"
    assert model.asked == []


def test_chat_function_cors_headers_are_on_errors() -> None:
    with Bedrock() as model, chat(model, CORS_ALLOW_ORIGIN="https://example.com") as function:
        headers = function.api.invoke(request("")).wait().prelude["headers"]
    assert headers["access-control-allow-origin"] == "https://example.com"


@pytest.mark.parametrize(
    ("refusal", "status", "code", "attempts"),
    [
        ((403, "AccessDeniedException", f"not authorized to use {ARN}"), 403, "model_access_denied", 1),
        ((400, "ValidationException", f"{ARN}: temperature is deprecated"), 400, "validation_error", 1),
        ((408, "ModelTimeoutException", ""), 504, "model_timeout", 1),
        ((424, "ModelErrorException", ""), 502, "model_error", 1),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_chat_function_bedrock_error_is_a_status_without_account_names(
    refusal: tuple[int, str, str], status: int, code: str, attempts: int
) -> None:
    with Bedrock() as model, chat(model) as function:
        model.refusal = refusal
        answer = function.api.invoke(request()).wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert refusal[1] in function.output
    assert answer.prelude["statusCode"] == status
    assert error_of(answer.payload)["code"] == code
    assert b"arn:" not in answer.payload
    assert b"123456789012" not in answer.payload
    assert len(model.requests) == attempts


def test_chat_function_exception_before_first_text_is_a_status() -> None:
    with Bedrock() as model, chat(model) as function:
        invocation = function.api.invoke(request())
        model.send(bedrock.START, bedrock.exception("throttlingException", "slow down"), None)
        answer = invocation.wait()
    assert answer.prelude["statusCode"] == 429
    assert answer.prelude["headers"]["retry-after"] == "1"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([bedrock.exception("modelStreamErrorException", ARN), None], "modelStreamErrorException"),
        ([bedrock.exception("validationException", ARN), None], "validationException"),
        ([bedrock.exception("somethingNew", ARN), None], "upstream_error"),
        ([bedrock.CUT], "upstream_stream_broken"),
        ([bedrock.text("x")[:-4] + b"\0\0\0\0", None], "upstream_stream_broken"),
        ([None], "stream_truncated"),
        ([bedrock.event("messageStop", {"stopReason": "malformed_tool_use"}), None], "malformed_output"),
    ],
    ids=["exception", "explained", "unknown", "cut", "checksum", "truncated", "malformed"],
)
@pytest.mark.parametrize("format", ["sse", "text"])
def test_chat_function_broken_stream_is_never_complete(
    frames: list[bytes | None], code: str, format: str
) -> None:
    with Bedrock() as model, chat(model) as function:
        invocation = function.api.invoke(request(queryStringParameters={"format": format}))
        model.send(bedrock.START, bedrock.text("Hel"))
        invocation.skip_head()
        assert invocation.next_chunk()
        model.send(*frames)
        answer = invocation.wait()
    assert b"event: done" not in answer.payload
    assert b"arn:" not in answer.payload
    if format == "sse":
        told = json.loads(b64decode(answer.trailers["Lambda-Runtime-Function-Error-Body"]))
        assert told["errorType"] == "UpstreamError"
        assert error_of(answer.payload)["code"] == code
    else:
        assert answer.truncated
        assert answer.payload == b"Hel"


def test_chat_function_prompts_and_completions_are_not_logged() -> None:
    with Bedrock() as model, chat(model) as function:
        invocation = function.api.invoke(request("my secret"))
        model.send(bedrock.START, bedrock.text("her secret"), None)
        invocation.wait()
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert "stream_truncated" in function.output
        assert "secret" not in function.output


def test_probe_function_follows_its_challenge() -> None:
    with Function("probe.handler.handler") as function:
        body = json.dumps({"gaps_ms": [20, 0], "pad": 3, "first_ms": 1})
        answer = function.api.invoke({"body": body}).wait()
    *events, done, end = answer.payload.split(b"\n\n")
    sent = [json.loads(event.removeprefix(b"data: ")) for event in events]
    assert [(event["i"], event["x"]) for event in sent] == [(0, "xxx"), (1, "xxx"), (2, "xxx")]
    assert sent[0]["s"] >= 1
    assert sent[1]["s"] >= 1 + 20
    assert (done, end) == (b'event: done\ndata: {"events":3}', b"")


def test_probe_function_challenge_out_of_bounds_is_a_400() -> None:
    with Function("probe.handler.handler") as function:
        answer = function.api.invoke({"body": '{"pad": 65537}'}).wait()
    assert answer.prelude["statusCode"] == 400
    assert error_of(answer.payload)["param"] == "pad"
