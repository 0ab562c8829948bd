"""Read the earlier responses that a request refers to, as far as they are its caller's."""

from __future__ import annotations

from lambda_streaming import HTTPError
from lambda_streaming_store.current import own_table
from lambda_streaming_store.errors import StoreError
from lambda_streaming_store.follow import StreamUnknown
from lambda_streaming_store.replay import unavailable
from lambda_streaming_store.responses import RUNNING, KeptResponse, stream_of, stream_of_item

from ...json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_PREVIOUS, _REFERENCE = "previous_response_id", "item_reference"


def whole_conversation(previous: str | None, given: list[dict[str, Any]], owner: str) -> list[dict[str, Any]]:
    """Return the conversation before a request, and its own items with no references among them.

    :param previous: id of the response that it goes on from. Default: - it begins a conversation
    :param given: the items of the client
    :raises HTTPError: 400 or 404 for what this caller does not have, 503 when the store does not answer
    """
    earlier = _Earlier(owner)
    items = earlier.conversation(previous) if previous is not None else []
    return [*items, *earlier.resolved(given, {item.get("id") for item in items})]


class _Earlier:
    """The earlier responses of a caller, each of which is read once.

    :param owner: whose they are
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._items: dict[str, dict[str, Any]] = {}

    def conversation(self, response_id: str) -> list[dict[str, Any]]:
        """Return what a response was asked, and what it answered.

        :raises HTTPError: 400 when this caller has no such response, or it goes on
        """
        try:
            found = self._read(stream_of(response_id))
        except StreamUnknown:
            message = f"Previous response with id '{response_id}' not found."
            raise bad_request(message, "previous_response_not_found", _PREVIOUS) from None
        if found is None:
            message = f"Previous response with id '{response_id}' has not ended yet."
            raise bad_request(message, "previous_response_in_progress", _PREVIOUS)
        return found

    def resolved(self, given: list[dict[str, Any]], known: set[Any]) -> Iterator[dict[str, Any]]:
        """Yield the items of a client, with those that references name in place of the references.

        :param known: ids of items that are in the conversation already
        :raises HTTPError: 404 for a reference to an item that this caller does not have
        """
        references = [item["id"] for item in given if item.get("type") == _REFERENCE and _is_id(item)]
        # the newest response has the items of those before it
        for item_id in reversed(references):
            if item_id not in self._items and item_id not in known:
                self._find(item_id)
        for item in given:
            if item.get("type") != _REFERENCE:
                yield item
            elif not _is_id(item) or item["id"] not in {*self._items, *known}:
                raise _item_unknown(item.get("id"))
            elif item["id"] not in known:
                yield self._items[item["id"]]

    def _find(self, item_id: str) -> None:
        stream_id = stream_of_item(item_id)
        if stream_id is not None:
            try:
                self._read(stream_id)
            except StreamUnknown:
                return

    def _read(self, stream_id: str) -> list[dict[str, Any]] | None:
        """Return the conversation with its answer; None while that goes on."""
        try:
            kept = KeptResponse(own_table(), self._owner, stream_id)
            response = kept.resource()
        except StoreError as error:
            raise unavailable() from error
        if response["status"] in RUNNING:
            return None
        items = [*kept.input, *response["output"]]
        self._items.update({item["id"]: item for item in items if _is_id(item)})
        return items


def _is_id(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("id"), str)


def _item_unknown(item_id: object) -> HTTPError:
    message = f"Item with id '{str(item_id)[:80]}' not found. Items are not stored with store: false."
    return HTTPError(404, message, type="invalid_request_error", code="item_not_found", param="input")
