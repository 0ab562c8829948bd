"""Requests in a model's own words: how each family is asked, and which answers are event streams."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from aiohttp import web

from streaming_api_tools.checks.context import ApiReply
from streaming_api_tools.checks.formats import FORMATS, NotWhole
from streaming_api_tools.checks.model import formats
from streaming_api_tools.checks.native_requests import words_of
from streaming_api_tools.checks.result import CheckResult
from streaming_api_tools.client.moments import Ending
from streaming_api_tools.local.services.bedrock.families import FAMILIES, Family
from streaming_api_tools.local.services.bedrock.native import read_native
from tests.smoke.aws_standin import exception, message
from tests.smoke.check_contexts import context_of
from tests.smoke.reference import chat
from tests.smoke.servers import Handler, answering, serving

MEDIA_TYPE = "application/vnd.amazon.eventstream"


def chunk(text: str) -> bytes:
    payload = json.dumps({"bytes": b64encode(text.encode()).decode(), "p": "ab"})
    return message("chunk", payload.encode(), "application/json")


LAST = chunk('{"stop": "end", "amazon-bedrock-invocationMetrics": {"outputTokenCount": 1}}')
WHOLE = chunk('{"anything": "yes"}') + LAST


def read(raw: bytes, media_type: str = MEDIA_TYPE) -> str:
    return FORMATS["invoke"].read(ApiReply(200, {"content-type": media_type}, raw, Ending.CLOSED))


def test_smoke_native_format_chunks_with_metrics_in_last_are_complete() -> None:
    assert read(WHOLE) == "2 pieces"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "the event stream has no message"),
        (b'data: {"text": "yes"}\n\n', "no event stream"),
        (WHOLE.replace(b'"p"', b'"q"', 1), "no event stream: Checksum mismatch"),
        (WHOLE[:-3], "the last message is not complete"),
        (WHOLE + b"\0\0", "the last message is not complete"),
        (chunk("{}"), "the last chunk has no amazon-bedrock-invocationMetrics"),
        (LAST + chunk("{}"), "the last chunk has no amazon-bedrock-invocationMetrics"),
        (chunk("yes") + LAST, "'yes' is not a JSON object"),
        (message("chunk", b'{"bytes": "e30"}') + LAST, "the bytes of a chunk: Incorrect padding"),
        (message("chunk", b"{}") + LAST, "the bytes of a chunk"),
        (message("contentBlockDelta", b"{}") + LAST, "an event is contentBlockDelta, not chunk"),
    ],
)
def test_smoke_native_format_malformed_frames_are_refused(raw: bytes, problem: str) -> None:
    with pytest.raises(NotWhole, match=problem):
        read(raw)


def test_smoke_native_format_other_media_type_is_refused() -> None:
    with pytest.raises(NotWhole, match="content-type is text/event-stream, not application/vnd"):
        read(WHOLE, "text/event-stream")


@pytest.mark.parametrize("name", ["invoke", "converse"])
def test_smoke_native_format_exception_in_event_stream_is_named(name: str) -> None:
    raw = exception("throttlingException", b'{"message": "no"}')
    with pytest.raises(NotWhole, match="the stream ended in throttlingException"):
        FORMATS[name].read(ApiReply(200, {"content-type": MEDIA_TYPE}, raw, Ending.CLOSED))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_smoke_native_requests_cover_every_family_of_the_stand_in(family: Family) -> None:
    """Amazon Titan's text models have reached their end of life."""
    for model in family.models:
        words = words_of(f"us.{model}-1:0")
        if model.startswith("amazon.titan"):
            assert words is None
            continue
        asked, _ = read_native(f"us.{model}-1:0", json.dumps(words).encode())
        assert asked is family
        assert "64" in json.dumps(words)


def models(name: str) -> Handler:
    return answering(
        200, json.dumps({"data": [{"id": name}]}).encode(), **{"Content-Type": "application/json"}
    )


def asked_of(model: str, invoke: Handler) -> CheckResult:
    """Make the check on an API that has the native routes and that of InvokeModelWithResponseStream."""
    routes = {
        "/prod/chat": chat,
        "/prod/v1/models": models(model),
        "/prod/model/{model}/invoke-with-response-stream": invoke,
        "/{any:.*}": answering(403),
    }
    with serving(lambda: routes) as url:
        return formats(context_of(url))


def test_smoke_check_formats_without_model_skips_native_formats() -> None:
    with serving(lambda: {"/prod/chat": chat, "/{any:.*}": answering(403)}) as url:
        case = formats(context_of(url))
    assert case.outcome == "passed"
    assert case.message.endswith(
        "; the API has no route for openai, responses, anthropic, ai-sdk; converse was not asked: GET"
        " v1/models names no model; invoke was not asked: GET v1/models names no model"
    )


def test_smoke_check_formats_unknown_model_family_is_skipped() -> None:
    case = asked_of("zz.unknown-1", answering(500))
    assert case.outcome == "passed"
    assert case.message.endswith("invoke was not asked: the words of zz.unknown-1 are not known here")


def test_smoke_check_formats_format_not_allowed_is_reported() -> None:
    error = {
        "type": "invalid_request_error",
        "message": "this API has a system prompt",
        "code": "not_allowed",
    }
    case = asked_of("amazon.nova-lite-v1:0", answering(400, json.dumps({"error": error}).encode()))
    assert case.outcome == "passed"
    assert case.message.endswith("; invoke is not allowed: this API has a system prompt")


@pytest.mark.parametrize(
    ("raw", "outcome", "seen"),
    [
        (WHOLE, "passed", "invoke: 2 pieces"),
        (WHOLE[:-3], "failure", "invoke: the last message is not complete"),
    ],
)
def test_smoke_check_formats_native_route_is_judged_by_its_frames(
    raw: bytes, outcome: str, seen: str
) -> None:
    bodies: list[object] = []

    async def invoke(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        return web.Response(body=raw, content_type=MEDIA_TYPE)

    case = asked_of("us.anthropic.claude-sonnet-4-5-20250929-v1:0", invoke)
    assert (case.outcome, seen in case.message) == (outcome, True), case.message
    assert bodies == [
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 64,
            "messages": [{"role": "user", "content": "Answer with the word yes."}],
        }
    ]
