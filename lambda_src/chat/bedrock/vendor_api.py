"""Read what Bedrock's paths for the APIs of other vendors answer: server-sent events, and errors.

https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html
"""

from __future__ import annotations

from .error_response import error_members, read_error
from .exceptions import BedrockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, Protocol

    class Answer(Protocol):
        """The head of an answer, and its body."""

        @property
        def status(self) -> int:
            """The HTTP status."""

        @property
        def headers(self) -> Mapping[str, str]:
            """The header fields, with names in lower case."""

        def read(self) -> bytes:
            """Return a short body."""

        def chunks(self) -> Iterator[bytes]:
            """Yield what there is of the body, as soon as it is there."""

        def close(self) -> None:
            """End the answer, wherever it is."""


EVENTS = "text/event-stream"
#: Said in the body of an answer to a path that Bedrock does not serve, whatever its status.
UNKNOWN_OPERATION = "UnknownOperation"
# Status of an error in a vendor's own words -> what Bedrock's operations call it. 401 is a role without the
# permission for the project: sample-llm-gateway, notes of September 2026.
CODES = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    529: "ServiceUnavailableException",
}


def refusal(answer: Answer) -> BedrockError | None:
    """Return the error that an answer is; None for a stream of events."""
    streams = answer.headers.get("content-type", "").partition(";")[0].strip().lower() == EVENTS
    if answer.status == 200 and streams:
        return None
    return BedrockError(vendor_error(answer.status, answer.headers, answer.read()))


def vendor_error(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return an error as botocore would have it: of OpenAI's form, of Anthropic's, or of AWS's own."""
    if UNKNOWN_OPERATION.encode() in body:
        found = read_error(status, headers, b"")
        found["Error"] = {"Code": f"{UNKNOWN_OPERATION}Exception", "Message": "there is no such operation"}
        return found
    found = read_error(status, headers, body)
    if isinstance(said := error_members(body).get("error"), dict):
        message = said.get("message")
        code = CODES.get(status, str(status))
        found["Error"] = {"Code": code, "Message": message if isinstance(message, str) else ""}
    return found


class ServerSentEvents:
    """The events of an answer, as InvokeModelWithResponseStream has its own; iterated over once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[dict[str, dict[str, bytes]]]:
        try:
            for data in data_of_events(self._answer.chunks()):
                yield {"chunk": {"bytes": data}}
        finally:
            self.close()

    def close(self) -> None:
        """End the stream, wherever it is."""
        self._answer.close()


def data_of_events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of each event as soon as its last byte is there: the WHATWG's HTML standard, 9.2.

    The names of the events are in their data as well. An event without its blank line does not count.
    """
    pending = b""
    data: list[bytes] = []
    for chunk in chunks:
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data = []
