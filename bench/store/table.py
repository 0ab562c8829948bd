"""A table in memory that answers in 5 ms, with the rows that the recorder writes and the follower reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

ANSWER = 0.005


class MemoryTable:
    """Takes every write: the bench has one writer a stream."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def call(self, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Do an operation on one row."""
        time.sleep(ANSWER)
        with self._lock:
            if operation == "PutItem":
                item = members["Item"]
                self._rows.setdefault(item["pk"]["S"], {})[item["sk"]["S"]] = dict(item)
                return {}
            key = members["Key"]
            row = self._rows.get(key["pk"]["S"], {}).get(key["sk"]["S"])
            if operation == "GetItem":
                return {"Item": dict(row)} if row else {}
            assert row is not None
            # SET a = :b, c = :d
            for part in members["UpdateExpression"].removeprefix("SET ").split(", "):
                name, _, value = part.partition(" = ")
                row[name] = members["ExpressionAttributeValues"][value]
            return {"Attributes": dict(row)}

    def query(self, members: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the rows between two keys."""
        time.sleep(ANSWER)
        values = members["ExpressionAttributeValues"]
        first, last = values[":first"]["S"], values[":last"]["S"]
        with self._lock:
            rows = self._rows.get(values[":stream"]["S"], {})
            found = [dict(rows[key]) for key in sorted(rows) if first <= key <= last]
        yield from found
