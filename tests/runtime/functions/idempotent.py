"""Powertools' idempotency around a stream, and around something that happens in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    BasePersistenceLayer,
    IdempotencyConfig,
    idempotent,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyItemAlreadyExistsError
from lambda_streaming import stream


class Memory(BasePersistenceLayer):  # type: ignore[misc]
    """Stands in for a table of DynamoDB."""

    def __init__(self) -> None:
        super().__init__()
        self._records: dict[str, Any] = {}

    def _get_record(self, idempotency_key: str) -> object:
        return self._records[idempotency_key]

    def _put_record(self, data_record: Any) -> None:  # noqa: ANN401
        if data_record.idempotency_key in self._records:
            raise IdempotencyItemAlreadyExistsError
        self._update_record(data_record)

    def _update_record(self, data_record: Any) -> None:  # noqa: ANN401
        self._records[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record: Any) -> None:  # noqa: ANN401
        del self._records[data_record.idempotency_key]


_orders = iter(range(1, 10))


def place(event: Mapping[str, object]) -> int:
    return next(_orders)


place_once = idempotent_function(
    place, data_keyword_argument="event", persistence_store=Memory(), config=IdempotencyConfig()
)


def ordered(event: Mapping[str, object], context: object) -> Iterator[object]:
    yield {"order": place_once(event=event)}


around = idempotent(stream(ordered), persistence_store=Memory())
within = stream(ordered)
