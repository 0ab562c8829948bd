"""Challenge a function by itself, with InvokeWithResponseStream, as API Gateway does.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Protocol, TypedDict

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ReadTimeoutError

# botocore lets urllib3's own errors through while an event stream is read
from botocore.response import URLLib3ProtocolError, URLLib3ReadTimeoutError

from ..client.lambda_response import (
    CONTENT_TYPE,
    LambdaResponseParser,
    MalformedResponseError,
    ResponseMetadata,
)
from ..client.moments import End, Ending, Head, Moment, Part, Sent
from ..client.proxy_event import proxy_event
from .challenge import Challenge
from .threaded import in_a_thread

#: Content types behind which metadata comes first: that of the function, or the event stream's own, since
#: the API reference does not tell which of them ResponseStreamContentType is.
FRAMED = frozenset({CONTENT_TYPE, "application/vnd.amazon.eventstream"})


class StreamedEvent(TypedDict, total=False):
    """One message of the event stream."""

    PayloadChunk: Mapping[str, bytes]
    InvokeComplete: Mapping[str, str]


class EventStream(Protocol):
    """The messages as they arrive."""

    def __iter__(self) -> Iterator[StreamedEvent]: ...
    def close(self) -> None:
        """Close the connection that they arrive on."""


class StreamedInvocation(TypedDict, total=False):
    """The response of InvokeWithResponseStream."""

    StatusCode: int
    ExecutedVersion: str
    ResponseStreamContentType: str
    EventStream: EventStream
    ResponseMetadata: Mapping[str, object]


class Lambda(Protocol):
    """The part of the Lambda client that is used."""

    def invoke_with_response_stream(self, **parameters: object) -> StreamedInvocation:
        """Invoke a function and stream its response."""

    def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True)
class FunctionTarget:
    """A probe function.

    :param connect: returns a client that gives up after so many seconds of silence
    :param function: name or ARN
    :param qualifier: version or alias. Default: - ``$LATEST``
    :param body: sent instead of a challenge, to a function that is no probe
    :param path: of the request that API Gateway would pass on
    """

    connect: Callable[[float], Lambda]
    function: str
    qualifier: str = ""
    body: bytes | None = None
    path: str = "/probe"

    def described(self) -> Mapping[str, object]:
        """Return the name of the function."""
        return {"function": self.function, "qualifier": self.qualifier or None}

    def parameters(self, payload: bytes) -> dict[str, object]:
        """Return the parameters of an invocation."""
        qualifier = {"Qualifier": self.qualifier} if self.qualifier else {}
        return {"FunctionName": self.function, "Payload": payload, **qualifier}

    async def answer(
        self, challenge: Challenge, *, idle: float, total: float
    ) -> AsyncGenerator[Moment, None]:
        """Invoke the function; the SDK is synchronous and reads in a thread.

        The client is made before: what is wrong with the configuration is no answer of the function.
        """
        body = challenge.request("").body if self.body is None else self.body
        parameters = self.parameters(event_of(body, self.path))
        client = self.connect(idle)

        def begin() -> Generator[Moment, None, None]:
            with closing(client):
                yield from invoke(lambda: client.invoke_with_response_stream(**parameters), total)

        async with aclosing(in_a_thread(begin)) as moments:
            async for moment in moments:
                yield moment


def event_of(body: bytes, path: str) -> bytes:
    """Return the event that API Gateway makes of a POST, as JSON."""
    context = {"requestId": "direct-invocation", "stage": "direct", "resourcePath": path}
    headers = (("Content-Type", "application/json"),)
    event = proxy_event("POST", path, path, headers, body, context, binary=not _is_text(body))
    return json.dumps(event).encode()


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def invoke(call: Callable[[], StreamedInvocation], total: float) -> Generator[Moment, None, None]:
    """Yield the moments of one invocation.

    :param total: seconds after which it is given up
    """
    started = time.perf_counter_ns()
    yield Sent(started, 0)
    try:
        invocation = call()
        with closing(invocation["EventStream"]):
            yield from _moments(invocation, started + round(total * 1e9))
    except ClientError as failure:
        yield from _refusal(failure)
    except MalformedResponseError as failure:
        yield End(time.perf_counter_ns(), Ending.MALFORMED, str(failure))
    except (ReadTimeoutError, URLLib3ReadTimeoutError) as failure:
        yield End(time.perf_counter_ns(), Ending.SILENT, _said(failure))
    except (URLLib3ProtocolError, HTTPClientError) as failure:
        yield End(time.perf_counter_ns(), Ending.CUT, _said(failure))
    except BotoCoreError as failure:
        yield End(time.perf_counter_ns(), Ending.UNREACHABLE, _said(failure))


def _moments(invocation: StreamedInvocation, deadline: int) -> Iterator[Moment]:
    content_type = invocation.get("ResponseStreamContentType", "")
    parser = LambdaResponseParser()
    ids = {"x-amzn-requestid": str(invocation.get("ResponseMetadata", {}).get("RequestId", ""))}
    framed = content_type in FRAMED
    if not framed:
        yield Head(time.perf_counter_ns(), 200, {"content-type": content_type, **ids})
    for event in invocation["EventStream"]:
        ns = time.perf_counter_ns()
        if (complete := event.get("InvokeComplete")) is not None:
            if framed and not complete.get("ErrorCode"):
                parser.finish()
            yield _end(ns, complete)
            return
        data = event.get("PayloadChunk", {}).get("Payload", b"")
        if framed:
            headless = parser.metadata is None
            data = parser.feed(data)
            if headless and parser.metadata is not None:
                yield _head(ns, parser.metadata, ids)
        if data:
            yield Part(ns, data)
        if ns > deadline:
            yield End(ns, Ending.OVERDUE, "the invocation takes too long")
            return
    yield End(time.perf_counter_ns(), Ending.CUT, "the event stream ended without InvokeComplete")


def _head(ns: int, metadata: ResponseMetadata, ids: Mapping[str, str]) -> Head:
    headers = {name.lower(): value for name, value in metadata.headers}
    return Head(ns, metadata.status, {**headers, **ids})


def _end(ns: int, complete: Mapping[str, str]) -> End:
    if code := complete.get("ErrorCode"):
        return End(ns, Ending.FAILED, f"{code}: {' '.join(complete.get('ErrorDetails', '').split())[:300]}")
    return End(ns, Ending.CLOSED)


def _refusal(failure: ClientError) -> Iterator[Moment]:
    """Show a refused invocation as the HTTP error that it was."""
    ns = time.perf_counter_ns()
    metadata = failure.response.get("ResponseMetadata", {})
    yield Head(ns, metadata.get("HTTPStatusCode", 500), {"content-type": "application/json"})
    yield Part(ns, json.dumps({"message": _said(failure)}).encode())
    yield End(ns, Ending.CLOSED)


def _said(failure: Exception) -> str:
    return " ".join(str(failure).split()) or type(failure).__name__
