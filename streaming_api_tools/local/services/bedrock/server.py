"""Serve the operations of Amazon Bedrock to unmodified SDKs over HTTP/1.1 and HTTP/2."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from urllib.parse import unquote

from ....json_text import parse_json
from ...http.event_stream import CONTENT_TYPE, encode
from ...http.handler import Answer, Request
from ...http.server import TwoProtocolServer
from .converse import Event, LanguageModel, Message, Pace, ScriptedModel, text_delta
from .native import NativeResponse, read_native
from .operations import (
    HTTP_EXCEPTIONS,
    MODEL_ERRORS,
    OPERATIONS,
    STREAM_EXCEPTIONS,
    BedrockOperation,
    BrokenStreamError,
    ServiceError,
)
from .script import Prompt, Script, default_script, read_prompt
from .validation.refusals import FRAMEWORK_EXCEPTIONS, RefusedError
from .validation.validator import RequestValidator

#: 25,000,000 bytes, "the maximum allowed data size for the request body", with Base64 around them.
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
MAX_BODY = 34_000_000
BY_SUFFIX = {operation.suffix: operation for operation in OPERATIONS}
PATH = re.compile(rf"/model/(?P<model>.+)/(?P<suffix>{'|'.join(BY_SUFFIX)})")
JSON = "application/json"
STATUSES = {**HTTP_EXCEPTIONS, **FRAMEWORK_EXCEPTIONS}
#: The service pads its events, so that their sizes do not give the tokens away.
PADDING = "abcdefgh"
#: Encodes an event for an operation.
Frames = Callable[[Event], list[bytes]]


class BedrockServer:
    """Serves the operations of Bedrock for a model.

    :param model: answers the prompts
    :param lenient: whether requests are answered that Bedrock would refuse. Default: False
    :param log: called with what is doubtful about a request. Default: - it is not said
    """

    def __init__(
        self, model: LanguageModel, *, lenient: bool = False, log: Callable[[str], None] | None = None
    ) -> None:
        self._model = model
        self._validator = None if lenient else RequestValidator(log or (lambda line: None))
        self._server = TwoProtocolServer(self._handle, MAX_BODY)

    async def start(self) -> str:
        """Listen on a free port of loopback and return the endpoint URL."""
        return await self._server.start()

    async def close(self) -> None:
        """Stop serving."""
        await self._server.close()
        await self._model.close()

    async def _handle(self, request: Request, answer: Answer) -> None:
        found = PATH.fullmatch(request.path.partition("?")[0])
        if found is None or request.method != "POST":
            return await _refuse(
                answer, "UnknownOperationException", 404, "the stand-in has no such operation"
            )
        operation = BY_SUFFIX[found["suffix"]]
        try:
            try:
                model_id = unquote(found["model"])
                if self._validator is not None:
                    self._validator.check(operation, model_id, request.headers, request.body)
                await self._serve(operation, model_id, request.body, answer)
            except ValueError as error:
                raise ServiceError("ValidationException", str(error)) from error
        except RefusedError as error:
            await _refuse(answer, error.name, STATUSES[error.name], str(error))
        except ServiceError as error:
            name = STREAM_EXCEPTIONS.get(error.name, error.name)
            if name in operation.exceptions:
                await _refuse(answer, name, HTTP_EXCEPTIONS[name], str(error))
            else:
                message = _unknown(operation, error.name, operation.exceptions)
                await _refuse(answer, "ValidationException", 400, message)

    async def _serve(self, operation: BedrockOperation, model_id: str, body: bytes, answer: Answer) -> None:
        if operation.name == "CountTokens":
            tokens = await self._model.count(_counted(model_id, body))
            return await _whole(answer, json.dumps({"inputTokens": tokens}).encode())
        native = None
        if operation.native:
            family, prompt = read_native(model_id, body)
            native = NativeResponse(family, prompt)
        else:
            prompt = read_prompt(model_id, parse_json(body))
        async with aclosing(self._model.answer(prompt)) as events:
            if not operation.streams:
                return await _collect(operation, events, native, answer)
            frames = _chunks(native) if native else _events
            return await _stream(operation, events, frames, answer)


class BedrockStandin(BedrockServer):
    """Serves the operations of Bedrock, without a model.

    >>> standin = BedrockStandin(pace=lambda index: asyncio.sleep(0.04))

    :param pace: decides when the next token is sent
    :param script: decides what is sent. Default: - a fixed text with the prompt in it
    :param lenient: whether requests are answered that Bedrock would refuse. Default: False
    :param log: called with what is doubtful about a request. Default: - it is not said
    """

    def __init__(
        self,
        pace: Pace,
        script: Script = default_script,
        *,
        lenient: bool = False,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(ScriptedModel(pace, script), lenient=lenient, log=log)


async def _stream(
    operation: BedrockOperation, events: AsyncGenerator[Event, None], frames: Frames, answer: Answer
) -> None:
    # an exception before the first event is one instead of a stream
    first = await anext(events)
    await answer.start(
        200, _headers(CONTENT_TYPE, {"X-Amzn-Bedrock-Content-Type": JSON} if operation.native else {})
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
            (*_, frame) = frames(text_delta("broken"))
            await answer.write(frame[:-1] + bytes([frame[-1] ^ 1]))
    await answer.end()


async def _collect(
    operation: BedrockOperation,
    events: AsyncGenerator[Event, None],
    native: NativeResponse | None,
    answer: Answer,
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
    await _whole(answer, native.whole() if native else json.dumps(message.as_converse()).encode())


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
    headers = {":event-type": name, ":content-type": JSON, ":message-type": "event"}
    return encode(headers, json.dumps(payload).encode())


def _exception(operation: BedrockOperation, error: ServiceError) -> bytes:
    name, message = error.name, str(error)
    if name not in operation.stream_exceptions:
        name, message = "validationException", _unknown(operation, name, operation.stream_exceptions)
    headers = {":exception-type": name, ":content-type": JSON, ":message-type": "exception"}
    return encode(headers, json.dumps(_details(name, message)).encode())


def _unknown(operation: BedrockOperation, name: str, known: frozenset[str]) -> str:
    return f"{operation.name} has no {name}, but {', '.join(sorted(known))}"


def _details(name: str, message: str) -> dict[str, object]:
    """Return the members of an exception."""
    return {"message": message, **({"originalStatusCode": 500} if name in MODEL_ERRORS else {})}


async def _whole(answer: Answer, body: bytes) -> None:
    await answer.start(200, _headers(JSON, {"Content-Length": str(len(body))}))
    await answer.write(body)
    await answer.end()


async def _refuse(answer: Answer, name: str, status: int, message: str) -> None:
    body = json.dumps(_details(name, message)).encode()
    more = {"x-amzn-ErrorType": f"{name}:http://internal.amazon.com/", "Content-Length": str(len(body))}
    await answer.start(status, _headers(JSON, more))
    await answer.write(body)
    await answer.end()


def _headers(content_type: str, more: dict[str, str]) -> dict[str, str]:
    return {"Content-Type": content_type, "x-amzn-RequestId": str(uuid.uuid4()), **more}
