"""Define the rows of a stream, and the requests of DynamoDB that write and read them.

All rows of a stream have one partition key, which is made of its owner and its id: whoever is not the owner
finds nothing. The batches sort by the offset of their first byte, and the head after them, so that one Query
returns what is new and how the stream is. A batch has the fencing token of its writer in its key; rows of
another writer are never read.
"""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Item = Mapping[str, Any]

# No name is a reserved word of DynamoDB, so that expressions need no placeholders for them.
PARTITION, SORT, EXPIRY = "pk", "sk", "expires_at"
_ANSWER, _BATCH, HEAD, ACTIVE = "answer#", "batch#", "head", "active"
#: Statuses of a head: what the first client saw, or that the rest is not here.
STREAMING, ENDED, CUT, NOT_KEPT, ERASED = "streaming", "ended", "cut", "not kept", "erased"
#: Values of the cancel flag.
CANCEL, ERASE = "cancel", "erase"
_DIGITS = 12


def partition_key(owner: str, stream_id: str) -> str:
    """Return the partition key of a stream: neither its id nor its owner can be read from it."""
    from hashlib import sha256  # not before the first byte of a response

    return sha256(f"{owner}\n{stream_id}".encode()).hexdigest()[:40]


class Head:
    """The head row of a stream, as a reader finds it.

    ``beat`` counts the renewals of the lease, ``renewed`` is the writer's clock at the last one, in seconds
    since the epoch, and ``length`` how many bytes an ended stream has.
    """

    __slots__ = ("beat", "expires", "length", "renewed", "status", "token")

    def __init__(self, item: Item) -> None:
        self.token: str = item["writer_token"]["S"]
        self.status: str = item["stream_status"]["S"]
        self.beat = int(item["beat_count"]["N"])
        self.renewed = int(item["renewed_at"]["N"])
        self.expires = int(item[EXPIRY]["N"])
        self.length = int(item["byte_count"]["N"]) if "byte_count" in item else None


def key_of(partition: str, sort: str = HEAD) -> dict[str, Any]:
    """Return the primary key of a row."""
    return {PARTITION: {"S": partition}, SORT: {"S": sort}}


def cancel_flag(item: Item) -> str | None:
    """Return what a reader has asked the writer for, if anything."""
    flag: str | None = item.get("cancel_flag", {}).get("S")
    return flag


def put_answer(partition: str, token: str, expires: int, answer: Mapping[str, object]) -> dict[str, Any]:
    """Return the PutItem that keeps status and headers; it comes before the head."""
    text = json.dumps(answer, separators=(",", ":"))
    item = {**key_of(partition, _ANSWER + token), "response_head": {"S": text}, EXPIRY: {"N": str(expires)}}
    return {"Item": item}


def put_head(partition: str, token: str, now: int, expires: int) -> dict[str, Any]:
    """Return the PutItem that begins a stream, unless there is one under the same key."""
    return {
        "Item": {
            **key_of(partition),
            "writer_token": {"S": token},
            "stream_status": {"S": STREAMING},
            "beat_count": {"N": "0"},
            "renewed_at": {"N": str(now)},
            EXPIRY: {"N": str(expires)},
        },
        "ConditionExpression": f"attribute_not_exists({PARTITION}) OR {EXPIRY} <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(now)}},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def put_batch(partition: str, token: str, start: int, data: bytes, expires: int) -> dict[str, Any]:
    """Return the PutItem that appends bytes; a second attempt of the same is recognized by what is there."""
    return {
        "Item": {
            **key_of(partition, batch_sort(token, start)),
            "body_bytes": {"B": b2a_base64(data, newline=False).decode()},
            EXPIRY: {"N": str(expires)},
        },
        "ConditionExpression": f"attribute_not_exists({PARTITION})",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def put_active(chat: str, stream_id: str, expires: int) -> dict[str, Any]:
    """Return the PutItem that notes the newest stream of a chat.

    :param chat: the partition key of the chat
    """
    return {
        "Item": {**key_of(chat, ACTIVE), "stream_id": {"S": stream_id}, EXPIRY: {"N": str(expires)}},
    }


def clear_active(chat: str, stream_id: str) -> dict[str, Any]:
    """Return the UpdateItem by which a chat has no stream any more; it fails if it has another by now.

    :param chat: the partition key of the chat
    """
    return {
        "Key": key_of(chat, ACTIVE),
        "UpdateExpression": "REMOVE stream_id",
        "ConditionExpression": "stream_id = :stream",
        "ExpressionAttributeValues": {":stream": {"S": stream_id}},
    }


def active_of(item: Item | None, now: float) -> str | None:
    """Return the id of the newest stream of a chat, unless it was stopped or has expired."""
    if not item or "stream_id" not in item or int(item[EXPIRY]["N"]) <= now:
        return None
    stream_id: str = item["stream_id"]["S"]
    return stream_id


def chat_key(owner: str, chat_id: str) -> str:
    """Return the partition key of a chat; the id is the client's, and so is below its owner."""
    return partition_key(owner, f"chat {chat_id}")


def renew(partition: str, token: str, beat: int, now: int) -> dict[str, Any]:
    """Return the UpdateItem that renews the lease, and brings the cancel flag back."""
    return _update(
        partition,
        token,
        "SET beat_count = :beat, renewed_at = :now",
        {":beat": {"N": str(beat)}, ":now": {"N": str(now)}},
        returned="ALL_NEW",
    )


def finish(partition: str, token: str, status: str, length: int, expires: int) -> dict[str, Any]:
    """Return the UpdateItem that ends a stream."""
    values = {":status": {"S": status}, ":length": {"N": str(length)}, ":expires": {"N": str(expires)}}
    expression = f"SET stream_status = :status, byte_count = :length, {EXPIRY} = :expires"
    return _update(partition, token, expression, values)


def _update(
    partition: str,
    token: str,
    expression: str,
    values: Mapping[str, object],
    *,
    returned: str = "NONE",
) -> dict[str, Any]:
    return {
        "Key": key_of(partition),
        "UpdateExpression": expression,
        "ConditionExpression": "writer_token = :token",
        "ExpressionAttributeValues": {**values, ":token": {"S": token}},
        "ReturnValues": returned,
    }


def flag(partition: str, how: str) -> dict[str, Any]:
    """Return the UpdateItem that asks the writer to stop; it fails where there is no such stream.

    It names no other attribute, since the policy of the function that cancels allows none.
    """
    return {
        "Key": key_of(partition),
        "UpdateExpression": "SET cancel_flag = :how",
        "ConditionExpression": f"attribute_exists({PARTITION})",
        "ExpressionAttributeValues": {":how": {"S": how}},
    }


def get(partition: str, sort: str = HEAD) -> dict[str, Any]:
    """Return the GetItem of a row."""
    return {"Key": key_of(partition, sort), "ConsistentRead": True}


def answer_sort(token: str) -> str:
    """Return the sort key of the row with status and headers."""
    return _ANSWER + token


def batch_sort(token: str, start: int) -> str:
    """Return the sort key of the batch that begins at an offset."""
    return f"{_BATCH}{token}#{start:0{_DIGITS}}"


def query_before(partition: str, token: str, offset: int) -> dict[str, Any]:
    """Return the Query of the one batch that has the byte at an offset, or ends at it."""
    between = (batch_sort(token, 0), batch_sort(token, offset))
    return {**_query(partition, *between), "ScanIndexForward": False, "Limit": 1}


def query_from(partition: str, token: str, start: int) -> dict[str, Any]:
    """Return the Query of the batches from an offset on, and of the head."""
    return _query(partition, batch_sort(token, start), HEAD)


def query_all(partition: str) -> dict[str, Any]:
    """Return the Query of the keys of all rows of a stream."""
    return {
        "KeyConditionExpression": f"{PARTITION} = :stream",
        "ExpressionAttributeValues": {":stream": {"S": partition}},
        "ProjectionExpression": f"{PARTITION}, {SORT}",
        "ConsistentRead": True,
    }


def _query(partition: str, first: str, last: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": f"{PARTITION} = :stream AND {SORT} BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":stream": {"S": partition},
            ":first": {"S": first},
            ":last": {"S": last},
        },
        "ConsistentRead": True,
    }


def batch_of(item: Item, token: str) -> tuple[int, bytes] | None:
    """Return offset and bytes of a batch of a writer; None for every other row."""
    sort: str = item[SORT]["S"]
    prefix = f"{_BATCH}{token}#"
    if not sort.startswith(prefix):
        return None
    return int(sort[len(prefix) :]), a2b_base64(item["body_bytes"]["B"])


def answer_of(item: Item) -> dict[str, Any]:
    """Return status and headers as :func:`put_answer` took them."""
    answer: dict[str, Any] = json.loads(item["response_head"]["S"])
    return answer
