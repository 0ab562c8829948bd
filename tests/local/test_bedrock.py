"""The Bedrock stand-in, seen by an unmodified boto3: ConverseStream, and every way to fail."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import boto3
import botocore.eventstream
import pytest
import urllib3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.eventstream import EventStream
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError

from streaming_api_tools.local.services.bedrock.operations import HTTP_EXCEPTIONS, OPERATIONS
from streaming_api_tools.local.services.bedrock.script import BREAKS, Prompt, Reply
from tests.local.serving import PATIENCE
from tests.support.bedrock.shipped import Paced, standin

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@contextmanager
def client(url: str, read_timeout: float = PATIENCE) -> Iterator[BaseClient]:
    """Yield a client that does not retry."""
    bedrock = boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
    )
    with closing(bedrock):
        yield bedrock


def conversation(prompt: str, max_tokens: int = 100) -> dict[str, Any]:
    """Return the arguments of Converse and ConverseStream."""
    return {
        "modelId": MODEL,
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "inferenceConfig": {"maxTokens": max_tokens},
    }


def native(prompt: str) -> dict[str, Any]:
    """Return the arguments of InvokeModel and InvokeModelWithResponseStream."""
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
    }
    return {"modelId": MODEL, "body": json.dumps(body)}


def read(stream: EventStream) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream, which is closed afterwards."""
    with closing(stream):
        yield from stream


def converse_stream(bedrock: BaseClient, prompt: str, max_tokens: int = 100) -> Iterator[dict[str, Any]]:
    return read(bedrock.converse_stream(**conversation(prompt, max_tokens))["stream"])


def invoke_stream(bedrock: BaseClient, prompt: str) -> Iterator[dict[str, Any]]:
    return read(bedrock.invoke_model_with_response_stream(**native(prompt))["body"])


def count_tokens(bedrock: BaseClient, prompt: str) -> int:
    converse = {"messages": conversation(prompt)["messages"]}
    counted = bedrock.count_tokens(modelId=MODEL.removeprefix("us."), input={"converse": converse})
    return int(counted["inputTokens"])


#: Every operation, with the events of its stream, or without any.
ASK: dict[str, Callable[[BaseClient, str], Any]] = {
    "Converse": lambda bedrock, prompt: [bedrock.converse(**conversation(prompt))],
    "ConverseStream": converse_stream,
    "InvokeModel": lambda bedrock, prompt: [
        json.loads(bedrock.invoke_model(**native(prompt))["body"].read())
    ],
    "InvokeModelWithResponseStream": invoke_stream,
    "CountTokens": lambda bedrock, prompt: [count_tokens(bedrock, prompt)],
}
#: Whether an event is a token.
TOKENS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "ConverseStream": lambda event: "contentBlockDelta" in event,
    "InvokeModelWithResponseStream": lambda event: b"text_delta" in event["chunk"]["bytes"],
}


def text_of(event: dict[str, Any]) -> str:
    return str(event["contentBlockDelta"]["delta"]["text"])


def test_bedrock_standin_event_is_decoded_before_the_next_token_is_sent() -> None:
    pace = Paced()
    with standin(pace) as url, client(url) as bedrock:
        events = converse_stream(bedrock, "hi", max_tokens=3)
        assert next(events) == {"messageStart": {"role": "assistant"}}
        words = []
        for _ in range(3):
            pace.let_go()
            words.append(text_of(next(events)))
        rest = list(events)
    assert "".join(words) == "This answer comes "
    assert [next(iter(event)) for event in rest] == ["contentBlockStop", "messageStop", "metadata"]
    assert rest[1] == {"messageStop": {"stopReason": "max_tokens"}}
    assert rest[2]["metadata"]["usage"] == {"inputTokens": 1, "outputTokens": 3, "totalTokens": 4}


@pytest.mark.parametrize("operation", ASK)
def test_bedrock_standin_reply_is_the_same_each_time(operation: str) -> None:
    def ask() -> list[Any]:
        answers = list(ASK[operation](bedrock, "why so?"))
        for answer in answers:
            if isinstance(answer, dict):
                answer.pop("ResponseMetadata", None)
        return answers

    with standin() as url, client(url) as bedrock:
        assert ask() == ask()


def test_bedrock_standin_reply_contains_the_prompt() -> None:
    with standin() as url, client(url) as bedrock:
        events = [event for event in converse_stream(bedrock, "why so?") if "contentBlockDelta" in event]
    assert "why so?" in "".join(map(text_of, events))


@pytest.mark.parametrize(
    ("operation", "name"),
    [(operation.name, name) for operation in OPERATIONS for name in sorted(operation.exceptions)],
)
def test_bedrock_standin_exception_instead_of_response_is_typed(operation: str, name: str) -> None:
    with standin() as url, client(url) as bedrock:
        with pytest.raises(getattr(bedrock.exceptions, name)) as error:
            list(ASK[operation](bedrock, f"[[{name}]]"))
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == HTTP_EXCEPTIONS[name]
        assert error.value.response["Error"]["Message"] == f"{name} was asked for"


def received(operation: str, url: str, prompt: str, read_timeout: float = PATIENCE) -> tuple[int, object]:
    """Return the number of tokens that came, and how the stream ended."""
    count = 0
    try:
        with client(url, read_timeout) as bedrock:
            for event in ASK[operation](bedrock, prompt):
                count += TOKENS[operation](event)
    except (EventStreamError, urllib3.exceptions.HTTPError, botocore.eventstream.ChecksumMismatch) as error:
        return count, error
    return count, None


@pytest.mark.parametrize(
    ("operation", "name"),
    [(operation.name, name) for operation in OPERATIONS for name in sorted(operation.stream_exceptions)],
)
def test_bedrock_standin_exception_in_stream_follows_the_tokens_before_it(operation: str, name: str) -> None:
    with standin() as url:
        count, error = received(operation, url, f"[[{name}@2]]")
    assert count == 2
    assert isinstance(error, EventStreamError)
    assert error.response["Error"] == {"Code": name, "Message": f"{name} was asked for"}


@pytest.mark.parametrize("operation", TOKENS)
@pytest.mark.parametrize(
    ("name", "error_type"),
    [
        ("cut", urllib3.exceptions.ProtocolError),
        ("bad-crc", botocore.eventstream.ChecksumMismatch),
        ("silent-end", type(None)),
        ("stall", urllib3.exceptions.ReadTimeoutError),
    ],
)
def test_bedrock_standin_stream_breaks_in_every_documented_way(
    name: str, error_type: type[object], operation: str
) -> None:
    assert name in BREAKS
    with standin() as url:
        timeout = 0.3 if name == "stall" else PATIENCE
        count, error = received(operation, url, f"[[{name}@2]]", read_timeout=timeout)
    assert count == 2
    assert type(error) is error_type


@pytest.mark.parametrize(
    ("operation", "prompt", "message"),
    [
        ("ConverseStream", "[[nonsense]]", r"the stand-in has no directive \[\[nonsense\]\]"),
        ("ConverseStream", "[[ServiceQuotaExceededException]]", "ConverseStream has no ServiceQuota"),
        ("Converse", "[[bad-crc]]", "Converse has no bad-crc"),
        ("CountTokens", "[[ModelTimeoutException]]", "CountTokens has no ModelTimeoutException"),
        ("ConverseStream", "[[stop=never]]", "the stop reasons are content_filtered, end_turn"),
        ("ConverseStream", "[[pace=fast]]", r"\[\[pace=fast\]\]: expected a number"),
        ("ConverseStream", " ", "messages: text content blocks must contain non-whitespace text"),
    ],
)
def test_bedrock_standin_impossible_script_is_a_validation_exception(
    operation: str, prompt: str, message: str
) -> None:
    with standin() as url, client(url) as bedrock, pytest.raises(ClientError, match=message) as error:
        list(ASK[operation](bedrock, prompt))
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_bedrock_standin_exception_not_of_the_stream_is_validation_exception() -> None:
    message = "ConverseStream has no modelTimeoutException"
    with standin() as url, client(url) as bedrock, pytest.raises(EventStreamError, match=message) as error:
        list(converse_stream(bedrock, "[[modelTimeoutException@2]]"))
    assert error.value.response["Error"]["Code"] == "validationException"


@pytest.mark.parametrize("operation", ["Converse", "InvokeModel"])
def test_bedrock_standin_mid_stream_fault_replaces_a_whole_response(operation: str) -> None:
    with standin() as url, client(url) as bedrock:
        with pytest.raises(bedrock.exceptions.ThrottlingException):
            ASK[operation](bedrock, "[[throttlingException@2]]")
        with pytest.raises(bedrock.exceptions.ModelErrorException) as error:
            ASK[operation](bedrock, "[[modelStreamErrorException@2]]")
        assert error.value.response["originalStatusCode"] == 500
        with pytest.raises(ConnectionClosedError):
            ASK[operation](bedrock, "[[cut]]")


def test_bedrock_standin_reply_is_set_sized_and_stopped_by_the_prompt() -> None:
    with standin() as url, client(url) as bedrock:
        said = bedrock.converse(**conversation("Hello. [[say=Well, well.]] [[tokens=3]] [[stop=tool_use]]"))
    assert said["output"]["message"] == {"role": "assistant", "content": [{"text": "Well, well.Well, "}]}
    assert said["stopReason"] == "tool_use"
    assert said["usage"]["outputTokens"] == 3


def test_bedrock_standin_script_decides_reply_and_sees_the_whole_request() -> None:
    seen: list[Prompt] = []

    def script(prompt: Prompt) -> Reply:
        seen.append(prompt)
        return Reply(("Beep.",), "stop_sequence")

    with standin(script=script) as url, client(url) as bedrock:
        answer = bedrock.converse(**conversation("hi", max_tokens=7), system=[{"text": "be brief"}])
    assert (answer["output"]["message"]["content"], answer["stopReason"]) == (
        [{"text": "Beep."}],
        "stop_sequence",
    )
    (prompt,) = seen
    assert (prompt.model_id, prompt.text, prompt.words, prompt.max_tokens) == (MODEL, "hi", 3, 7)
    assert prompt.request["system"] == [{"text": "be brief"}]


@pytest.mark.parametrize("operation", ASK)
def test_bedrock_standin_raising_script_is_internal_server_exception(operation: str) -> None:
    def script(prompt: Prompt) -> Reply:
        raise KeyError("no reply left")

    message = r"KeyError\('no reply left'\)"
    with (
        standin(script=script) as url,
        client(url) as bedrock,
        pytest.raises(ClientError, match=message) as error,
    ):
        list(ASK[operation](bedrock, "hi"))
    assert error.value.response["Error"]["Code"] == "InternalServerException"


def test_bedrock_standin_slow_reader_holds_the_reply_back() -> None:
    spoken: queue.Queue[int] = queue.Queue()
    tokens, size = 3000, 20000  # 60 MB; the buffers of the kernel take some of it

    async def pace(index: int) -> None:
        spoken.put(index)

    with standin(pace) as url, client(url) as bedrock:
        events = converse_stream(bedrock, f"[[say={'x' * size}]] [[tokens={tokens}]]", max_tokens=tokens)
        next(events)
        before = spoken.get(timeout=PATIENCE)
        # it stops by itself, since nobody reads
        with suppress(queue.Empty):
            while True:
                before = spoken.get(timeout=0.5)
        assert before < tokens // 2
        assert sum("contentBlockDelta" in event for event in events) == tokens
