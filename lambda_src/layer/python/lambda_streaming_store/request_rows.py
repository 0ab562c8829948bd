"""Define the rows of what a client has sent, for APIs whose clients ask for it later.

They are below the key of the answer's stream, so that they are found by its id and its owner, and are deleted
with it.
"""

from __future__ import annotations

import json
import zlib
from binascii import a2b_base64, b2a_base64

from . import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_REQUEST = "request#"
# An item of DynamoDB has 400 KB at most, in which bytes count as themselves.
_LARGEST = 256 * 1024
_FAST = 1


def encoded(members: Mapping[str, object]) -> bytes:
    """Return members as the JSON that is kept."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def put_request(partition: str, text: bytes, expires: int) -> list[dict[str, Any]]:
    """Return the PutItems that keep a request; they come before the head."""
    data = zlib.compress(text, _FAST)
    pieces = [data[start : start + _LARGEST] for start in range(0, len(data), _LARGEST)]
    return [
        {
            "Item": {
                **rows.key_of(partition, f"{_REQUEST}{number:04}"),
                "request_bytes": {"B": b2a_base64(piece, newline=False).decode()},
                "row_count": {"N": str(len(pieces))},
                rows.EXPIRY: {"N": str(expires)},
            }
        }
        for number, piece in enumerate(pieces)
    ]


def query_request(partition: str) -> dict[str, Any]:
    """Return the Query of the rows of a request."""
    return {
        "KeyConditionExpression": f"{rows.PARTITION} = :stream AND begins_with({rows.SORT}, :request)",
        "ExpressionAttributeValues": {":stream": {"S": partition}, ":request": {"S": _REQUEST}},
        "ConsistentRead": True,
    }


def request_of(items: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return what :func:`put_request` took; None where it is not there, or not all of it."""
    found = list(items)
    if not found or int(found[0]["row_count"]["N"]) != len(found):
        return None
    data = b"".join(a2b_base64(item["request_bytes"]["B"]) for item in found)
    members: dict[str, Any] = json.loads(zlib.decompress(data))
    return members
