"""Define what a table answers in place of a result."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class StoreError(Exception):
    """The table did not do what it was asked for.

    :param again: whether another attempt may help
    """

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


class ConditionFailed(Exception):
    """The condition of a write does not hold.

    :param item: the row that is there, if the write asked for it
    """

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        super().__init__("the condition does not hold")
        self.item = item
