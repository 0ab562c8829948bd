"""A model on an OpenAI-compatible server, such as Ollama or llama.cpp on the workstation."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator

import aiohttp

from ....client.sse import EventDecoder, EventTooLarge
from .chat_completions import ChatEvents, chat_request
from .converse import Event
from .operations import ServiceError
from .script import Prompt

#: What Bedrock would answer where the server answers with a status; any other is a ModelErrorException.
EXCEPTIONS = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    413: "ValidationException",
    422: "ValidationException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}


class OpenAiModel:
    """Asks a server for every answer, and passes it on as it comes.

    :param url: the base URL of the API, such as ``http://127.0.0.1:11434/v1`` for Ollama
    :param model: which of the server's models. Default: - the first that it lists
    """

    def __init__(self, url: str, model: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._model = model
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield the answer of the server, the first event as soon as it has accepted the request."""
        began = time.monotonic()
        decoder, events = EventDecoder(), ChatEvents(prompt)
        try:
            body = _request(prompt, self._model or await self._first_model())
            async with self._client().post(f"{self._url}/chat/completions", json=body) as answer:
                if answer.status != 200:
                    raise await _refusal(answer)
                yield "messageStart", {"role": "assistant"}
                try:
                    async for data in answer.content.iter_any():
                        for message in decoder.feed(data):
                            if message.data != "[DONE]":
                                for event in events.feed(json.loads(message.data)):
                                    yield event
                except (aiohttp.ClientError, EventTooLarge, ValueError) as error:
                    raise ServiceError("modelStreamErrorException", f"{self._url}: {error}") from error
        except aiohttp.ClientError as error:
            raise ServiceError("ServiceUnavailableException", f"{self._url}: {error}") from error
        for event in events.finish(int((time.monotonic() - began) * 1000)):
            yield event

    async def count(self, prompt: Prompt) -> int:
        """Count the words, since these servers have no operation for it."""
        return prompt.words

    async def close(self) -> None:
        """Close the connections to the server."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # a model that is loaded first may take its time
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        return self._session

    async def _first_model(self) -> str:
        async with self._client().get(f"{self._url}/models") as answer:
            if answer.status != 200:
                raise await _refusal(answer)
            listed = (await answer.json(content_type=None)).get("data")
        if not listed:
            raise ServiceError("ResourceNotFoundException", f"{self._url} has no models")
        self._model = str(listed[0]["id"])
        return self._model


def _request(prompt: Prompt, model: str) -> dict[str, object]:
    try:
        return chat_request(prompt, model)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no request for ConverseStream: {error!r}") from error


async def _refusal(answer: aiohttp.ClientResponse) -> ServiceError:
    text = (await answer.text(errors="replace"))[:2000]
    name = EXCEPTIONS.get(answer.status, "ModelErrorException")
    return ServiceError(name, f"{answer.url} answered {answer.status}: {text}")
