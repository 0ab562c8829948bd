"""The chat's rows of the fault matrix: whatever breaks upstream, no client takes the answer for complete."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest
from botocore.eventstream import EventStreamBuffer

from tests.runtime.function import Function
from tests.support.bedrock import queued as bedrock
from tests.support.bedrock.queued import CUT, Bedrock

QUESTION = {"messages": [{"role": "user", "content": "Hi"}]}
MODEL = "/model/model-1"


def events(payload: bytes) -> list[tuple[str, str]]:
    """Return name and data of the server-sent events of a payload."""
    found = []
    for block in payload.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        found.append((fields.get("event", ""), fields.get("data", "")))
    return found


def event_stream_ends(payload: bytes, end: str) -> bool:
    """Return whether an AWS event stream has its last event and no exception, as botocore reads it."""
    buffer = EventStreamBuffer()
    buffer.add_data(payload)
    read = [(message.headers, json.loads(message.payload)) for message in buffer]
    said = [(headers, b64decode(body["bytes"]) if "bytes" in body else b"") for headers, body in read]
    whole = any(end.encode() in chunk or headers.get(":event-type") == end for headers, chunk in said)
    return whole and all(headers[":message-type"] == "event" for headers, _ in said)


def lines_end(payload: bytes) -> bool:
    return any(json.loads(line).get("type") == "done" for line in payload.splitlines())


def openai_ends(payload: bytes) -> bool:
    read = [data for _, data in events(payload)]
    finished = ('"finish_reason":"' in data for data in read)
    return "[DONE]" in read or any(finished)


def has_event(name: str) -> Callable[[bytes], bool]:
    return lambda payload: any(event == name for event, _ in events(payload))


def has_part(kind: str) -> Callable[[bytes], bool]:
    return lambda payload: any(f'"type":"{kind}"' in data for _, data in events(payload))


class Format(NamedTuple):
    """A route in a format, and how its client tells that an answer is complete.

    :param ends: whether a payload looks complete to the client of the format
    """

    name: str
    path: str
    body: Mapping[str, object]
    ends: Callable[[bytes], bool]
    query: Mapping[str, str] | None = None
    whole: bool = False
    native: bool = False

    @property
    def start(self) -> list[bytes]:
        """The frames up to the first byte."""
        if self.native:
            return [bedrock.chunk({"type": "content_block_delta", "delta": {"text": "Hel"}})]
        return [bedrock.START, bedrock.text("Hel")]

    @property
    def end(self) -> list[bytes]:
        """The frames of the rest of a complete answer."""
        if self.native:
            metrics = {"inputTokenCount": 1}
            return [bedrock.chunk({"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics})]
        return [bedrock.STOP, bedrock.METADATA]


PARTS = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]}
STREAM = {**QUESTION, "stream": True}
LAST = "amazon-bedrock-invocationMetrics"
FORMATS = [
    Format("native-sse", "/chat", {"prompt": "Hi"}, has_event("done")),
    Format("native-ndjson", "/chat", {"prompt": "Hi"}, lines_end, {"format": "ndjson"}),
    # plain text has no end of its own: the body that ends in order is the answer
    Format("native-text", "/chat", {"prompt": "Hi"}, lambda payload: True, {"format": "text"}),
    Format("openai", "/v1/chat/completions", STREAM, openai_ends),
    Format("openai-whole", "/v1/chat/completions", QUESTION, lambda payload: True, whole=True),
    Format("anthropic", "/v1/messages", {**STREAM, "max_tokens": 9}, has_event("message_stop")),
    Format(
        "anthropic-whole", "/v1/messages", {**QUESTION, "max_tokens": 9}, lambda payload: True, whole=True
    ),
    # its own error part ends the stream, which a second error of another form would break
    Format("ui", "/ui/chat", PARTS, has_part("finish")),
    Format(
        "converse-stream",
        f"{MODEL}/converse-stream",
        {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
        lambda payload: event_stream_ends(payload, "messageStop"),
    ),
    Format(
        "invoke",
        f"{MODEL}/invoke-with-response-stream",
        {"prompt": "Hi"},
        lambda payload: event_stream_ends(payload, LAST),
        native=True,
    ),
    Format(
        "invoke-sse",
        f"{MODEL}/invoke-with-response-stream",
        {"prompt": "Hi"},
        lambda payload: any(LAST in data for _, data in events(payload)),
        {"format": "sse"},
        native=True,
    ),
]
#: What Bedrock sends in place of the rest of the stream.
FAULTS: dict[str, list[bytes | None]] = {
    "cut": [CUT],
    "cut-inside-a-frame": [bedrock.text("x" * 50)[:40], CUT],
    "silent-end": [None],
    "bad-crc": [bedrock.text("x")[:-4] + b"\0\0\0\0", CUT],
    "bad-prelude": [b"\0" * 32, CUT],
    "throttled": [bedrock.exception("throttlingException", "slow down"), None],
    "refused": [bedrock.exception("validationException", "no"), None],
    "unknown-exception": [bedrock.exception("somethingNew", "?"), None],
    "stall": [],
}


def started(format: Format, handler: str) -> Iterator[tuple[Bedrock, Function]]:
    with Bedrock() as model:
        environment = {
            "BEDROCK_MODEL_ID": "model-1",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        with Function(handler, environment=environment) as function:
            yield model, function


@pytest.fixture(scope="module", params=FORMATS, ids=lambda format: format.name)
def warm(request: pytest.FixtureRequest) -> Iterator[tuple[Format, Bedrock, Function]]:
    """One function for all faults of a format."""
    for model, function in started(request.param, "impatient_chat.handler"):
        yield request.param, model, function


@pytest.fixture
def deployed(warm: tuple[Format, Bedrock, Function]) -> tuple[Format, Bedrock, Function]:
    """A function, and a model without frames that another test left."""
    warm[1].forget()
    return warm


def event(format: Format) -> dict[str, object]:
    return {
        "httpMethod": "POST",
        "path": format.path,
        "body": json.dumps(format.body),
        "queryStringParameters": format.query,
    }


def test_chat_fault_absent_response_is_complete(deployed: tuple[Format, Bedrock, Function]) -> None:
    format, model, function = deployed
    invocation = function.api.invoke(event(format))
    model.send(*format.start, *format.end, None)
    answer = invocation.wait()
    assert answer.prelude["statusCode"] == 200
    assert format.ends(answer.payload)
    assert (answer.complete, answer.trailers) == (True, {})


@pytest.mark.parametrize("fault", FAULTS)
def test_chat_fault_before_the_first_byte_is_a_status(
    deployed: tuple[Format, Bedrock, Function], fault: str
) -> None:
    format, model, function = deployed
    invocation = function.api.invoke(event(format))
    model.send(*FAULTS[fault])
    answer = invocation.wait()
    if fault == "stall":
        model.send(CUT)
    assert 400 <= answer.prelude["statusCode"] < 600
    error = json.loads(answer.payload)["error"]
    assert error["type"] != ""
    assert error["code"] != ""


@pytest.mark.parametrize("fault", FAULTS)
def test_chat_fault_after_the_first_byte_is_never_complete(
    deployed: tuple[Format, Bedrock, Function], fault: str
) -> None:
    format, model, function = deployed
    invocation = function.api.invoke(event(format))
    model.send(*format.start)
    if not format.whole:
        invocation.skip_head()
        assert invocation.next_chunk()
    model.send(*FAULTS[fault])
    answer = invocation.wait()
    if fault == "stall":
        model.send(CUT)
    if format.whole:
        assert 400 <= answer.prelude["statusCode"] < 600
        return
    failed = not answer.complete or bool(answer.trailers)
    assert failed
    # of plain text the client knows no more than that it does not end
    assert not format.ends(answer.payload) or (format.name == "native-text" and failed)
    if format.name == "ui":
        assert has_part("error")(answer.payload)


def test_chat_fault_message_quoting_the_prompt_is_returned_and_not_logged() -> None:
    native = FORMATS[0]
    said = "the prompt 'my secret' is malformed"
    for model, function in started(native, "chat.handler.handler"):
        model.refusal = (400, "ValidationException", said)
        answer = function.api.invoke(event(native)).wait()
        assert json.loads(answer.payload)["error"]["message"] == said
        model.refusal = None
        invocation = function.api.invoke(event(native))
        model.send(*native.start, bedrock.exception("validationException", said), None)
        assert said in invocation.wait().payload.decode()
        for _ in range(3):
            function.api.wait_for_poll()
        assert "ValidationException" in function.output
        assert "validationException" in function.output
        assert "secret" not in function.output
