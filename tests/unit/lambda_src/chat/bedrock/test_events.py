"""Events, exceptions and errors, against botocore's parsers and service model."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator

import botocore.session
import pytest
from botocore.model import Shape
from botocore.parsers import create_parser
from chat.bedrock.error_response import read_error
from chat.bedrock.events import BLOBS, events
from chat.bedrock.exceptions import BedrockError

from tests.support.bedrock.scripted import event, exception, message

MODEL = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("ConverseStream")


def binary_members(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if shape.type_name in {"blob", "timestamp"}:
        yield path
    for name, member in getattr(shape, "members", {}).items():
        yield from binary_members(member, (*path, name))
    if shape.type_name == "list":
        yield from binary_members(shape.member, (*path, "[]"))


def test_bedrock_events_blob_table_has_every_blob_of_service_model() -> None:
    delta = ("contentBlockDelta", "delta")
    assert set(binary_members(MODEL.get_event_stream_output())) == {(*delta, *path) for path in BLOBS}


@pytest.mark.parametrize("path", BLOBS, ids=".".join)
def test_bedrock_events_blob_members_become_bytes(path: tuple[str, ...]) -> None:
    delta: object = b64encode(b"\x00\xff").decode()
    for name in reversed(path):
        delta = {name: delta}
    (found,) = events([event("contentBlockDelta", contentBlockIndex=0, delta=delta)])
    value: object = found["contentBlockDelta"]["delta"]
    for name in path:
        assert isinstance(value, dict)
        value = value[name]
    assert value == b"\x00\xff"


@pytest.mark.parametrize("delta", [{"toolUse": {"input": "{"}}, {"image": {"error": {"message": "m"}}}, {}])
def test_bedrock_events_other_deltas_are_unchanged(delta: dict[str, object]) -> None:
    (found,) = events([event("contentBlockDelta", contentBlockIndex=0, delta=delta)])
    assert found == {"contentBlockDelta": {"contentBlockIndex": 0, "delta": delta}}


def test_bedrock_events_unknown_event_type_is_passed_on() -> None:
    assert list(events([event("somethingNew", a=1)])) == [{"somethingNew": {"a": 1}}]


def test_bedrock_events_initial_response_is_skipped() -> None:
    assert list(events([event("initial-response")])) == []


@pytest.mark.parametrize(
    "data",
    [
        exception("throttlingException", message="slow down"),
        exception("modelStreamErrorException", message="m", originalStatusCode=500, originalMessage="o"),
        exception("validationException"),
        message(b"", message_type="error", error_code="InternalFailure", error_message="m"),
    ],
)
def test_bedrock_events_exception_in_stream_equals_that_of_botocore(data: bytes) -> None:
    with pytest.raises(BedrockError) as caught:
        list(events([data]))
    assert caught.value.response == botocores_error(data)


def botocores_error(data: bytes) -> object:
    from botocore.eventstream import EventStreamBuffer

    buffer = EventStreamBuffer()
    buffer.add_data(data)
    parser = create_parser("rest-json")._event_stream_parser
    return parser.parse(next(buffer).to_response_dict(), MODEL.get_event_stream_output())


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"x-amzn-errortype": "ThrottlingException:http://internal/"}, {"message": "m"}),
        (400, {"x-amzn-errortype": "ValidationException"}, {"Message": "m"}),
        (403, {}, {"__type": "com.amazonaws#AccessDeniedException", "message": "m"}),
        (403, {}, {"code": "AccessDenied", "message": "m"}),
        (424, {"x-amzn-errortype": "ModelErrorException"}, {"message": "m", "originalStatusCode": 400}),
        (404, {}, {}),
        (404, {}, "nothing here"),
        (404, {}, ""),
        (503, {}, ""),
        (502, {}, "<html><body>Bad Gateway</body></html>"),
        (500, {"x-amzn-errortype": "InternalServerException"}, {"message": "m"}),
    ],
)
def test_bedrock_error_response_is_read_as_botocore_reads_it(
    status: int, headers: dict[str, str], body: object
) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {"x-amzn-requestid": "r-1", **headers}
    response = {"status_code": status, "headers": headers, "body": raw, "context": {}}
    expected = create_parser("rest-json").parse(response, MODEL.output_shape)
    found = read_error(status, headers, raw)
    assert found["Error"] == expected["Error"]
    for name, value in expected["ResponseMetadata"].items():
        assert found["ResponseMetadata"][name] == value
    if isinstance(body, dict):
        assert body.items() <= found.items()
