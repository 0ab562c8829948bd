"""Bedrock's own operations, whose answers botocore's parser must read as Bedrock's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import EventStreamError
from botocore.parsers import create_parser
from chat.converse.model_call import ResponseMetadata
from chat.converse.native_request import native_arguments
from chat.converse.stream import checked_chunks
from chat.errors import translate
from chat.formats.event_stream import ERRORS, MEMBERS, OTHER, Frames, translate_error
from lambda_streaming import HTTPError
from lambda_streaming._deadline import Interruption

from tests.unit.lambda_src.chat.streams import (
    ABOUT,
    SETTINGS,
    TEXT,
    TOOLS,
    call,
    failing,
    items,
    items_before_failure,
)

SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
CONVERSE = f"/model/{ARN.replace('/', '%2F')}/converse-stream"
INVOKE = "/model/meta.llama/invoke-with-response-stream"
HI = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
CHUNKS: list[dict[str, Any]] = [
    {"chunk": {"bytes": b'{"generation":"Hi"}'}},
    {"chunk": {"bytes": b'{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}'}},
]


def parsed(operation: str, frames: Iterable[object]) -> list[dict[str, Any]]:
    """Return what botocore makes of a stream."""
    shape = SERVICE.operation_model(operation).get_event_stream_output()
    parser = create_parser("rest-json")._event_stream_parser
    buffer = EventStreamBuffer()
    for frame in frames:
        assert isinstance(frame, bytes)
        buffer.add_data(frame)
    return [parser.parse(message.to_response_dict(), shape) for message in buffer]


@pytest.mark.parametrize("events", [TEXT, TOOLS], ids=["text", "tools"])
def test_chat_relay_boto3_reads_the_events_that_bedrock_sent(events: list[dict[str, Any]]) -> None:
    asked = call(CONVERSE, HI)
    assert (asked.model, asked.members) == (ARN, HI)
    assert parsed("ConverseStream", items(asked, events)) == events


def test_chat_relay_bytes_are_sent_as_base64() -> None:
    event = {"contentBlockIndex": 0, "delta": {"reasoningContent": {"redactedContent": b"\xff"}}}
    events = [{"contentBlockDelta": event}, *TEXT[3:]]
    assert parsed("ConverseStream", items(call(CONVERSE, HI), events)) == events


def test_chat_relay_broken_stream_ends_in_exception_without_account_names() -> None:
    said = {"Error": {"Code": "throttlingException", "Message": f"slow down, {ARN}"}}
    error = EventStreamError(said, "ConverseStream")
    frames = items_before_failure(call(CONVERSE, HI), failing(TEXT[:2], error))
    *_, last = parsed("ConverseStream", frames)
    assert last["Error"]["Code"] == "throttlingException"
    assert "arn:" not in str(last)


def test_chat_relay_failed_stream_before_first_event_has_no_frame() -> None:
    assert items_before_failure(call(CONVERSE, HI), failing([], ConnectionResetError())) == []


@pytest.mark.parametrize("operation", ["ConverseStream", "InvokeModelWithResponseStream"])
def test_chat_relay_every_exception_frame_is_in_the_service_model(operation: str) -> None:
    members = SERVICE.operation_model(operation).get_event_stream_output().members
    assert {*MEMBERS.values(), OTHER} <= members.keys()
    assert set(ERRORS.values()) <= {shape.name for shape in SERVICE.operation_model(operation).error_shapes}


def test_chat_relay_error_before_the_stream_has_x_amzn_errortype() -> None:
    error: HTTPError = translate(TimeoutError())
    translate_error(error)
    assert error.headers["x-amzn-errortype"] == "InternalServerException"


def test_chat_relay_native_body_is_passed_on_and_chunks_are_returned() -> None:
    asked = call(INVOKE, {"prompt": "Hi"})
    assert (asked.model, asked.native) == ("meta.llama", {"prompt": "Hi"})
    frames = list(asked.respond(checked_chunks(CHUNKS), ABOUT).body)  # type: ignore[arg-type]
    assert parsed("InvokeModelWithResponseStream", frames) == CHUNKS


def test_chat_relay_sse_format_has_metrics_in_the_last_event() -> None:
    asked = call(INVOKE, {"prompt": "Hi"}, query={"format": "sse"})
    assert list(asked.respond(checked_chunks(CHUNKS), ABOUT).body) == [  # type: ignore[arg-type]
        '{"generation":"Hi"}',
        '{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}',
    ]


def test_chat_relay_response_headers_of_bedrock_are_passed_on() -> None:
    metadata = ResponseMetadata("r-1", "model-1", 7)

    def answered() -> Iterator[dict[str, Any]]:
        metadata.headers = {"x-amzn-bedrock-service-tier": "flex", "x-amzn-requestid": "theirs"}
        yield from CHUNKS

    response = call(INVOKE, {"prompt": "Hi"}).respond(answered(), metadata)
    assert response.headers == {
        "content-type": "application/vnd.amazon.eventstream",
        "x-amzn-bedrock-service-tier": "flex",
    }
    frames: Iterable[object] = response.body  # type: ignore[assignment]
    assert parsed("InvokeModelWithResponseStream", frames) == CHUNKS


@pytest.mark.parametrize(
    ("headers", "param"),
    [
        ({"X-Amzn-Bedrock-GuardrailIdentifier": "g"}, "guardrailConfig"),
        ({"X-Amzn-Bedrock-Service-Tier": "free"}, "serviceTier.type"),
        ({"X-Amzn-Bedrock-Request-Metadata": "{"}, "x-amzn-bedrock-request-metadata"),
        ({"X-Amzn-Bedrock-Request-Metadata": "[]"}, "requestMetadata"),
    ],
)
def test_chat_relay_invalid_request_header_is_a_400(headers: dict[str, str], param: str) -> None:
    with pytest.raises(HTTPError) as caught:
        call(INVOKE, {}, headers=headers)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_chat_relay_header_decided_by_deployment_is_a_400() -> None:
    asked = call(INVOKE, {"prompt": "Hi"}, headers={"X-Amzn-Bedrock-Trace": "ENABLED"})
    with pytest.raises(HTTPError) as caught:
        native_arguments(SETTINGS, SETTINGS.model(None), asked.members, asked.native or {})
    assert (caught.value.status, caught.value.param) == (400, "guardrailConfig")


def test_chat_relay_unknown_format_is_a_400() -> None:
    with pytest.raises(HTTPError) as caught:
        call(INVOKE, {}, query={"format": "xml"})
    assert caught.value.param == "format"


@pytest.mark.parametrize(
    ("error", "message"),
    [(Interruption, "the function ran out of time"), (KeyError, "the response could not be completed")],
)
def test_chat_relay_stream_cut_by_the_function_ends_in_an_exception(
    error: type[BaseException], message: str
) -> None:
    def events() -> Iterator[dict[str, Any]]:
        yield {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hi"}}}
        raise error

    body, written = Frames(events()), list[bytes]()
    with pytest.raises(error) as caught:
        written.extend(body)
    written.append(body.last_event(caught.value))
    *_, last = parsed("ConverseStream", written)
    assert last["Error"] == {"Code": OTHER, "Message": message}
