"""Read the message out of an error answer: this project's envelope, API Gateway's own, or anything else."""

from __future__ import annotations

import json

from ..printable import one_line

#: Characters of an answer that is no known error.
EXCERPT = 300


def message_of(text: str) -> str:
    """Return what an error answer or an error event says, on one line.

    >>> message_of('{"type": "error", "error": {"type": "api_error", "message": "try again"}}')
    'try again'
    >>> message_of('{"message": "Missing Authentication Token"}')
    'Missing Authentication Token'
    """
    message: object = None
    try:
        fields = json.loads(text)
        fields = fields.get("error", fields)
        message = fields.get("message") or fields.get("Message")
    except (ValueError, AttributeError, RecursionError):
        pass
    return one_line(message if isinstance(message, str) else text)[:EXCERPT]


def code_of(text: str) -> str:
    """Return the code in an error envelope, and nothing when there is none.

    >>> code_of('{"error": {"message": "no", "code": "model_access_denied"}}')
    'model_access_denied'
    >>> code_of("not JSON")
    ''
    """
    try:
        code = json.loads(text)["error"]["code"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return code if isinstance(code, str) else ""
