"""Serve the operations of bedrock-runtime that SDKs of AWS call."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from ....json_text import parse_json
from ...http.event_stream import CONTENT_TYPE, encode
from ...http.handler import Answer
from .converse import LanguageModel
from .http_bodies import JSON, STATUSES, details, headers, write_body, write_exception
from .message import Message
from .native import NativeResponse, native_response, read_native
from .operations import (
    HTTP_EXCEPTIONS,
    STREAM_EXCEPTIONS,
    BedrockOperation,
    BrokenStreamError,
    Event,
    ServiceError,
)
from .prompt import Prompt, read_prompt
from .request_validator import RequestValidator
from .validation.refusals import RefusedError

#: The service pads its events, so that their sizes do not give the tokens away.
PADDING = "abcdefgh"
#: Sent with a wrong checksum.
BROKEN: Event = ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "broken"}})
#: Encodes an event for an operation.
Frames = Callable[[Event], list[bytes]]


class OperationServer:
    """Answers requests of operations.

    :param model: answers the prompts
    :param validator: refuses what Bedrock refuses; None to refuse nothing
    """

    def __init__(self, model: LanguageModel, validator: RequestValidator | None) -> None:
        self._model = model
        self._validator = validator

    async def handle(
        self,
        operation: BedrockOperation,
        model_id: str,
        given: Mapping[str, str],
        body: bytes,
        answer: Answer,
    ) -> None:
        """Answer a request.

        :param given: its headers
        """
        try:
            try:
                if self._validator is not None:
                    self._validator.check(operation, model_id, given, body)
                await self._serve(operation, model_id, body, answer)
            except ValueError as error:
                raise ServiceError("ValidationException", str(error)) from error
        except RefusedError as error:
            await write_exception(answer, error.name, STATUSES[error.name], str(error))
        except ServiceError as error:
            name = STREAM_EXCEPTIONS.get(error.name, error.name)
            if name in operation.exceptions:
                await write_exception(answer, name, HTTP_EXCEPTIONS[name], str(error))
            else:
                message = _unknown(operation, error.name, operation.exceptions)
                await write_exception(answer, "ValidationException", 400, message)

    async def _serve(self, operation: BedrockOperation, model_id: str, body: bytes, answer: Answer) -> None:
        if operation.name == "CountTokens":
            tokens = await self._model.count(_counted(model_id, body))
            return await write_body(answer, 200, {"inputTokens": tokens})
        native = None
        if operation.native:
            family, prompt = read_native(model_id, body)
            native = native_response(family, prompt)
        else:
            prompt = read_prompt(model_id, parse_json(body))
        async with aclosing(self._model.answer(prompt)) as events:
            if not operation.streams:
                return await _collect(events, native, answer)
            frames = _chunks(native) if native else _events
            return await _stream(operation, events, frames, answer)


async def _stream(
    operation: BedrockOperation, events: AsyncGenerator[Event, None], frames: Frames, answer: Answer
) -> None:
    # an exception before the first event is one instead of a stream
    first = await anext(events)
    await answer.start(
        200, headers(CONTENT_TYPE, {"X-Amzn-Bedrock-Content-Type": JSON} if operation.native else {})
    )
    try:
        for frame in frames(first):
            await answer.write(frame)
        async for event in events:
            for frame in frames(event):
                await answer.write(frame)
    except ServiceError as error:
        await answer.write(_exception(operation, error))
    except BrokenStreamError as broken:
        if broken.kind == "cut":
            return answer.cut()
        if broken.kind == "bad-crc":
            (*_, frame) = frames(BROKEN)
            await answer.write(frame[:-1] + bytes([frame[-1] ^ 1]))
    await answer.end()


async def _collect(
    events: AsyncGenerator[Event, None], native: NativeResponse | None, answer: Answer
) -> None:
    message = Message()
    try:
        async for event in events:
            message.add(event)
            if native:
                native.chunks(event)
    except BrokenStreamError as broken:
        if broken.kind != "cut":
            raise ServiceError(broken.kind, "") from broken
        # instead of half a response, which botocore takes for a whole one
        return answer.cut()
    await write_body(answer, 200, native.whole() if native else message.as_converse())


def _counted(model_id: str, body: bytes) -> Prompt:
    """Return the prompt whose tokens CountTokens counts.

    :raises ValueError: when there is none
    """
    request = parse_json(body)
    given = request.get("input") if isinstance(request, dict) else None
    if isinstance(given, dict) and isinstance(given.get("converse"), dict):
        return read_prompt(model_id, given["converse"])
    if isinstance(given, dict) and isinstance(given.get("invokeModel"), dict):
        return read_native(model_id, base64.b64decode(str(given["invokeModel"].get("body"))))[1]
    raise ValueError("input must have converse or invokeModel")


def _events(event: Event) -> list[bytes]:
    name, payload = event
    return [_event(name, {**payload, "p": PADDING})]


def _chunks(native: NativeResponse) -> Frames:
    return lambda event: [
        _event("chunk", {"bytes": base64.b64encode(chunk).decode(), "p": PADDING})
        for chunk in native.chunks(event)
    ]


def _event(name: str, payload: dict[str, object]) -> bytes:
    return encode(
        {":event-type": name, ":content-type": JSON, ":message-type": "event"}, json.dumps(payload).encode()
    )


def _exception(operation: BedrockOperation, error: ServiceError) -> bytes:
    name, message = error.name, str(error)
    if name not in operation.stream_exceptions:
        name, message = "validationException", _unknown(operation, name, operation.stream_exceptions)
    kind = {":exception-type": name, ":content-type": JSON, ":message-type": "exception"}
    return encode(kind, json.dumps(details(name, message)).encode())


def _unknown(operation: BedrockOperation, name: str, known: frozenset[str]) -> str:
    return f"{operation.name} has no {name}, but {', '.join(sorted(known))}"
