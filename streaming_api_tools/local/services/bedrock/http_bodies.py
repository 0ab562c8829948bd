"""Write the responses of Bedrock's operations and endpoints."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from ...http.handler import Answer
from .operations import HTTP_EXCEPTIONS, MODEL_ERRORS
from .validation.refusals import FRAMEWORK_EXCEPTIONS

JSON = "application/json"
EVENTS = "text/event-stream"
STATUSES = {**HTTP_EXCEPTIONS, **FRAMEWORK_EXCEPTIONS}


def headers(content_type: str, more: Mapping[str, str]) -> dict[str, str]:
    """Return headers with an id of the request."""
    return {"Content-Type": content_type, "x-amzn-RequestId": str(uuid.uuid4()), **more}


def details(name: str, message: str) -> dict[str, object]:
    """Return the members of an exception."""
    return {"message": message, **({"originalStatusCode": 500} if name in MODEL_ERRORS else {})}


async def write_body(
    answer: Answer, status: int, body: object, more: Mapping[str, str] | None = None
) -> None:
    """Write a whole JSON body."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    await answer.start(status, headers(JSON, {"Content-Length": str(len(data)), **(more or {})}))
    await answer.write(data)
    await answer.end()


async def write_exception(answer: Answer, name: str, status: int, message: str) -> None:
    """Write an exception in AWS's REST-JSON form."""
    kind = {"x-amzn-ErrorType": f"{name}:http://internal.amazon.com/"}
    await write_body(answer, status, details(name, message), kind)
