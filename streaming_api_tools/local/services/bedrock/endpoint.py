"""Serve a path that speaks a vendor's own API: one translated event after the other, as server-sent events.

https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Protocol

from ....json_text import parse_json
from ...http.handler import Answer
from .converse import LanguageModel
from .http_bodies import EVENTS, STATUSES, headers, write_body
from .message import Message
from .operations import STREAM_EXCEPTIONS, BrokenStreamError, Event, ServiceError
from .prompt import Prompt


class Translation(Protocol):
    """Translates one response."""

    def add(self, event: Event) -> bytes:
        """Return the text of the stream for the next event."""
        ...

    def fail(self, error: ServiceError) -> bytes:
        """Return the text of the stream for a failure."""
        ...

    def whole(self) -> dict[str, object]:
        """Return the whole response."""
        ...


class VendorApi(Protocol):
    """The API of a vendor."""

    def read(self, body: dict[str, object], given: Mapping[str, str], *, lenient: bool) -> Prompt:
        """Return the prompt of a request.

        :raises ServiceError: when it is refused
        """
        ...

    def translation(self, body: dict[str, object], prompt: Prompt) -> Translation:
        """Return what translates the response."""
        ...

    def error(self, error: ServiceError, status: int) -> dict[str, object]:
        """Return the body of an error."""
        ...


class VendorEndpoint:
    """Answers requests of a vendor's API.

    :param lenient: whether requests are answered that Bedrock would refuse
    """

    def __init__(self, api: VendorApi, model: LanguageModel, *, lenient: bool) -> None:
        self._api = api
        self._model = model
        self._lenient = lenient

    async def handle(self, given: Mapping[str, str], data: bytes, answer: Answer) -> None:
        """Answer a request.

        :param given: its headers
        """
        try:
            try:
                body = parse_json(data)
                if not isinstance(body, dict):
                    raise ValueError("the body must be an object")
                prompt = self._api.read(body, given, lenient=self._lenient)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise ServiceError("ValidationException", str(error)) from error
            translation = self._api.translation(body, prompt)
            stream = self._stream if body.get("stream") else self._collect
            await stream(prompt, translation, answer)
        except ServiceError as error:
            name = STREAM_EXCEPTIONS.get(error.name, error.name)
            status = STATUSES.get(name, 500)
            await write_body(answer, status, self._api.error(error, status), {"x-request-id": "req_standin"})

    async def _stream(self, prompt: Prompt, translation: Translation, answer: Answer) -> None:
        async with aclosing(self._model.answer(prompt)) as events:
            first = await anext(events)
            await answer.start(200, headers(EVENTS, {}))
            try:
                await answer.write(translation.add(first))
                async for event in events:
                    if text := translation.add(event):
                        await answer.write(text)
            except ServiceError as error:
                await answer.write(translation.fail(error))
            except BrokenStreamError as broken:
                # there are no checksums that could be wrong
                if broken.kind != "silent-end":
                    return answer.cut()
            await answer.end()

    async def _collect(self, prompt: Prompt, translation: Translation, answer: Answer) -> None:
        message = Message()
        try:
            async with aclosing(self._model.answer(prompt)) as events:
                async for event in events:
                    message.add(event)
                    translation.add(event)
        except BrokenStreamError:
            return answer.cut()
        await write_body(answer, 200, translation.whole())
