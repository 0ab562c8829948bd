"""Read an error response of Bedrock as botocore does."""

from __future__ import annotations

import json
from http.client import responses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return what botocore has in ``ClientError.response``.

    :param headers: with names in lower case
    """
    members = error_members(body)
    message = _message(members)
    code = headers.get("x-amzn-errortype") or members.get("code") or members.get("__type") or str(status)
    if status >= 500 and (not body.strip() or body.lstrip().startswith(b"<html>")):
        code, message = str(status), responses.get(status, "")
    return {
        **members,
        # "ThrottlingException:http://internal.amazon.com/..." and "com.amazonaws#ThrottlingException"
        "Error": {"Code": str(code).split(":")[0].rsplit("#")[-1], "Message": message},
        "ResponseMetadata": {
            "RequestId": headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": status,
            "HTTPHeaders": dict(headers),
        },
    }


def error_message(body: bytes) -> str:
    """Return the message in the body of an error, or in the payload of an exception."""
    return _message(error_members(body))


def _message(members: Mapping[str, Any]) -> str:
    message = members.get("message") or members.get("Message") or ""
    return message if isinstance(message, str) else json.dumps(message)


def error_members(body: bytes) -> dict[str, Any]:
    """Return the members of the body of an error, which may be a text instead."""
    try:
        members = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {"message": body.decode(errors="replace")}
    return members if isinstance(members, dict) else {}
