"""The request of ConverseStream as botocore's service model has it, member by member."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from chat.bedrock.client import INVOKE_HEADERS, _blob
from chat.converse.native_request import native_arguments
from chat.converse.request import _CHOICES
from chat.formats import invoke
from chat.settings import DECIDED_HERE, ChatSettings

from tests.unit.lambda_src.chat.streams import call

SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
CONVERSE = SERVICE.operation_model("ConverseStream")
INVOKE = SERVICE.operation_model("InvokeModelWithResponseStream")
REQUEST = CONVERSE.input_shape
PATH = "/model/m/converse-stream"
EVERYTHING = ["*", "systemTool", "s3Location"]
FREE = ChatSettings("m", json.dumps({"callerMaySet": DECIDED_HERE, "callerMaySend": EVERYTHING}))
BLOB = b"\x00\xffblob"


def samples(shape: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield values of a shape, such that every member of every structure and union below it is in one."""
    if shape.type_name == "structure":
        yield from _structures(shape)
    elif shape.type_name == "list":
        yield from ([each] for each in samples(shape.member))
    elif shape.type_name == "map":
        yield from ({"key": each} for each in samples(shape.value))
    else:
        yield SCALARS[shape.type_name](shape)


def _structures(shape: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    if not shape.members:
        yield {"any": [1, "document", None]} if shape.is_document_type else {}
        return
    if shape.is_tagged_union:
        for name, member in shape.members.items():
            yield from ({name: each} for each in samples(member))
        return
    values = {name: list(samples(member)) for name, member in shape.members.items()}
    for number in range(max(map(len, values.values()))):
        yield {name: each[number % len(each)] for name, each in values.items()}


SCALARS: dict[str, Callable[[Any], object]] = {
    "string": lambda shape: shape.enum[-1] if shape.enum else "text",
    "blob": lambda shape: BLOB,
    "integer": lambda shape: 1,
    "float": lambda shape: 0.5,
    "boolean": lambda shape: True,
}


def as_json(value: object) -> object:
    """Return what a client without an SDK sends: blobs in Base64."""
    return json.loads(json.dumps(value, default=lambda blob: b64encode(blob).decode()))


def as_sdk_sends(members: dict[str, Any]) -> object:
    serialized = create_serializer("rest-json", True).serialize_to_request(
        {"modelId": "m", **members}, CONVERSE
    )
    return json.loads(serialized["body"])


BLOCK = SERVICE.shape_for("ContentBlock")
BLOCKS: list[dict[str, Any]] = list(samples(BLOCK))


def test_service_model_samples_have_every_block_and_every_blob() -> None:
    assert {name for block in BLOCKS for name in block} == BLOCK.members.keys()
    assert sum(repr(BLOB) in str(block) for block in BLOCKS) >= 9


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "".join(block))
def test_service_model_every_content_block_is_sent_as_boto3_sends_it(block: dict[str, Any]) -> None:
    messages = [{"role": "user", "content": [block]}]
    asked = call(PATH, {"messages": as_json(messages)})
    assert asked.members == {"messages": messages}
    sent = json.loads(json.dumps(asked.members, default=_blob))
    assert sent == as_sdk_sends({"messages": messages})


@pytest.mark.parametrize("name", sorted(REQUEST.members.keys() - {"modelId", "messages"}))
def test_service_model_every_other_member_is_sent_as_boto3_sends_it(name: str) -> None:
    values = list(samples(REQUEST.members[name]))
    for value in values:
        assert not ParamValidator().validate({name: value, "modelId": "m"}, REQUEST).has_errors()
        asked = call(PATH, {name: as_json(value)})
        assert asked.members == {name: value}
        sent = FREE.arguments(FREE.models[0], asked.members)
        assert json.loads(json.dumps(sent[name], default=_blob)) == as_sdk_sends({name: value})[name]  # type: ignore[index]


def test_service_model_enums_equal_those_of_the_request() -> None:
    for name, choices in _CHOICES.items():
        members = REQUEST.members[name].members
        assert {member: tuple(shape.enum) for member, shape in members.items()} == choices


def test_service_model_invoke_headers_equal_those_of_native_requests() -> None:
    read = {*invoke.HEADERS, invoke.METADATA}
    names = {
        name: shape.serialization["name"]
        for name, shape in INVOKE.input_shape.members.items()
        if shape.serialization.get("location") == "header"
    }
    assert names == INVOKE_HEADERS
    assert {name.lower() for name in names.values()} - read == {"content-type", "x-amzn-bedrock-accept"}
    answered = (shape.serialization.get("name") for shape in INVOKE.output_shape.members.values())
    assert set(invoke.ANSWERED) == {name.lower() for name in answered if name}


def test_service_model_native_request_headers_reach_bedrock_where_allowed() -> None:
    given = {
        "guardrailIdentifier": "g1",
        "guardrailVersion": "1",
        "trace": "ENABLED_FULL",
        "performanceConfigLatency": "optimized",
        "projectIdentifier": "proj_1",
        "serviceTier": "flex",
        "requestMetadata": '{"team": "a"}',
    }
    headers = {INVOKE_HEADERS[name]: value for name, value in given.items()}
    asked = call("/model/m/invoke-with-response-stream", {"prompt": "Hi"}, headers=headers)
    sent = native_arguments(FREE, FREE.models[0], asked.members, asked.native or {})
    assert sent == {
        **given,
        "modelId": "m",
        "contentType": "application/json",
        "body": b'{"prompt": "Hi"}',
    }
    assert not ParamValidator().validate(sent, INVOKE.input_shape).has_errors()
