"""Speak OpenAI's Responses API on ``/openai/v1/responses``; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping

from .operations import ServiceError
from .prompt import Prompt, read_prompt
from .responses.request import check_request, converse_request
from .responses.response import ResponsesTranslation

#: OpenAI's types of errors for HTTP statuses; another is a server_error.
ERRORS = {
    400: "invalid_request_error",
    403: "permission_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
}


class ResponsesApi:
    """The Responses API, as Bedrock takes it."""

    def read(self, body: dict[str, object], given: Mapping[str, str], *, lenient: bool) -> Prompt:
        """Return the prompt of a request.

        :raises ServiceError: when it is refused
        """
        if not lenient:
            check_request(body)
        return read_prompt(str(body.get("model")), converse_request(body))

    def translation(self, body: dict[str, object], prompt: Prompt) -> ResponsesTranslation:
        """Return what translates the response."""
        return ResponsesTranslation(body)

    def error(self, error: ServiceError, status: int) -> dict[str, object]:
        """Return the body of an error."""
        kind = ERRORS.get(status, "server_error")
        return {"error": {"message": str(error), "type": kind, "param": None, "code": None}}
