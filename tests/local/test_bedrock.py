"""The Bedrock stand-in, seen by an unmodified boto3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import boto3
import botocore.eventstream
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from streaming_api_tools.local.bedrock_script import BREAKS, HTTP_EXCEPTIONS, STREAM_EXCEPTIONS
from tests.local.model_standin import Paced, standin
from tests.local.serving import PATIENCE


@contextmanager
def converse(
    url: str, prompt: str, max_tokens: int = 100, read_timeout: float = PATIENCE
) -> Iterator[Iterator[dict[str, object]]]:
    """Send a prompt with boto3 and yield the events."""
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
    )
    with closing(client):
        response = client.converse_stream(
            modelId="us.amazon.nova-2-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": prompt}]}],
            inferenceConfig={"maxTokens": max_tokens},
        )
        with closing(response["stream"]) as stream:
            yield iter(stream)


def ask(url: str, prompt: str) -> list[dict[str, object]]:
    """Send a prompt and return all events."""
    with converse(url, prompt) as events:
        return list(events)


def text_of(event: dict[str, object]) -> str:
    return event["contentBlockDelta"]["delta"]["text"]  # type: ignore[index,no-any-return]


def test_each_event_is_decoded_before_the_next_token_is_sent() -> None:
    pace = Paced()
    with standin(pace) as url, converse(url, "hi", max_tokens=3) as events:
        assert next(events) == {"messageStart": {"role": "assistant"}}
        words = []
        for _ in range(3):
            pace.let_go()
            words.append(text_of(next(events)))
        rest = list(events)
    assert "".join(words) == "This answer comes "
    assert [next(iter(event)) for event in rest] == ["contentBlockStop", "messageStop", "metadata"]
    assert rest[1] == {"messageStop": {"stopReason": "max_tokens"}}
    assert rest[2]["metadata"]["usage"] == {"inputTokens": 1, "outputTokens": 3, "totalTokens": 4}  # type: ignore[index]


def test_the_reply_is_the_same_each_time_and_has_the_prompt_in_it() -> None:
    with standin() as url:
        texts = {
            "".join(text_of(event) for event in ask(url, "why so?") if "contentBlockDelta" in event)
            for _ in range(2)
        }
    assert len(texts) == 1
    assert "why so?" in texts.pop()


@pytest.mark.parametrize("name", sorted(HTTP_EXCEPTIONS))
def test_an_exception_before_the_stream_is_typed(name: str) -> None:
    with standin() as url, pytest.raises(ClientError) as error:
        ask(url, f"[[{name}]]")
    assert error.value.response["Error"]["Code"] == name
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == HTTP_EXCEPTIONS[name]


def received(url: str, prompt: str, read_timeout: float = PATIENCE) -> tuple[int, BaseException | None]:
    """Return the number of tokens that came, and how the stream ended."""
    count = 0
    try:
        with converse(url, prompt, read_timeout=read_timeout) as events:
            for event in events:
                count += "contentBlockDelta" in event
    except (EventStreamError, urllib3.exceptions.HTTPError, botocore.eventstream.ChecksumMismatch) as error:
        return count, error
    return count, None


@pytest.mark.parametrize("name", sorted(STREAM_EXCEPTIONS))
def test_an_exception_in_the_stream_comes_after_the_tokens_before_it(name: str) -> None:
    with standin() as url:
        count, error = received(url, f"[[{name}@2]]")
    assert count == 2
    assert isinstance(error, EventStreamError)
    assert error.response["Error"]["Code"] == name


@pytest.mark.parametrize(
    ("name", "error_type"),
    [
        ("cut", urllib3.exceptions.ProtocolError),
        ("bad-crc", botocore.eventstream.ChecksumMismatch),
        ("silent-end", None),
        ("stall", urllib3.exceptions.ReadTimeoutError),
    ],
)
def test_a_stream_can_break_in_every_way_that_a_connection_can(
    name: str, error_type: type[BaseException] | None
) -> None:
    assert name in BREAKS
    with standin() as url:
        count, error = received(url, f"[[{name}@2]]", read_timeout=0.3 if name == "stall" else PATIENCE)
    assert count == 2
    assert type(error) is (error_type or type(None))


def test_a_fault_that_nobody_knows_is_a_validation_exception() -> None:
    with standin() as url, pytest.raises(ClientError, match="ValidationException"):
        ask(url, "[[nonsense]]")


def test_a_request_without_a_prompt_is_refused_as_by_the_service() -> None:
    with standin() as url, pytest.raises(ClientError, match="ValidationException"):
        ask(url, " ")
