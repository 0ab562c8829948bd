"""Speak Anthropic's Messages on ``/anthropic/v1/messages``.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html. The form of an error in a
stream is not known; it is Anthropic's ``error`` event here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .anthropic.checks import check_messages_body
from .anthropic.request import converse_request
from .anthropic.response import ClaudeResponse
from .operations import Event, ServiceError
from .prompt import Prompt, read_prompt
from .validation.refusals import refused

VERSION, BETA = "anthropic-version", "anthropic-beta"
#: Anthropic's types of errors for HTTP statuses; another is an api_error.
ERRORS = {
    400: "invalid_request_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}
#: Exceptions within a stream that are no api_error -> HTTP status of their types.
IN_STREAM = {"serviceUnavailableException": 503, "throttlingException": 429, "validationException": 400}
#: What is before and after the name of a model in its id.
AROUND = re.compile(r"^.*anthropic\.|(-\d{8})?(-v\d+)?(:\d+)?$")


class MessagesApi:
    """Anthropic's Messages, as Bedrock takes them."""

    def read(self, body: dict[str, object], given: Mapping[str, str], *, lenient: bool) -> Prompt:
        """Return the prompt of a request.

        :raises ServiceError: when it is refused
        """
        if not lenient:
            if VERSION not in given:
                raise refused("version header")
            betas = [beta.strip() for beta in given.get(BETA, "").split(",") if beta.strip()]
            check_messages_body(body, betas)
        return read_prompt(str(body.get("model")), converse_request(body))

    def translation(self, body: dict[str, object], prompt: Prompt) -> MessagesTranslation:
        """Return what translates the response."""
        return MessagesTranslation(prompt)

    def error(self, error: ServiceError, status: int) -> dict[str, object]:
        """Return the body of an error."""
        return error_event(str(error), status)


class MessagesTranslation:
    """Translates a response to server-sent events of Messages."""

    def __init__(self, prompt: Prompt) -> None:
        self._response = ClaudeResponse(AROUND.sub("", prompt.model_id), prompt.words)

    def add(self, event: Event) -> bytes:
        """Return the text of the stream for the next event."""
        return b"".join(_sse(each) for each in self._response.add(event))

    def fail(self, error: ServiceError) -> bytes:
        """Return the text of the stream for a failure."""
        return _sse(error_event(str(error), IN_STREAM.get(error.name, 500)))

    def whole(self) -> dict[str, object]:
        """Return the message."""
        return self._response.whole()


def error_event(message: str, status: int) -> dict[str, object]:
    """Return an error, which has one form within a stream and instead of it."""
    error = {"type": ERRORS.get(status, "api_error"), "message": message}
    return {"type": "error", "request_id": "req_standin", "error": error}


def _sse(event: Mapping[str, object]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
