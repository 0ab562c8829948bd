"""Put the id of the stream into the ids of items that Bedrock has made, and take it out again.

Clients refer to an item by its id alone, and OpenAI's models take encrypted reasoning back only with the id
that they have given it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_MARK = "~"


def findable(events: Iterable[dict[str, Any]], stream_id: str) -> Iterator[dict[str, Any]]:
    """Yield events whose items have ids that name the stream."""
    for event in events:
        changed = dict(event)
        if isinstance(name := event.get("item_id"), str):
            changed["item_id"] = _marked(name, stream_id)
        if isinstance(item := event.get("item"), dict):
            changed["item"] = _found(item, stream_id)
        response = event.get("response")
        if isinstance(response, dict) and isinstance(output := response.get("output"), list):
            changed["response"] = {**response, "output": [_found(each, stream_id) for each in output]}
        yield changed


def own_id(item_id: str | None) -> str | None:
    """Return the id of an item as Bedrock has given it."""
    return item_id and item_id.partition(_MARK)[0]


def _found(item: Any, stream_id: str) -> Any:  # noqa: ANN401 - whatever Bedrock has sent
    if isinstance(item, dict) and isinstance(name := item.get("id"), str):
        return {**item, "id": _marked(name, stream_id)}
    return item


def _marked(item_id: str, stream_id: str) -> str:
    return f"{item_id}{_MARK}{stream_id}"
