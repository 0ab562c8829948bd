"""Describe one server-sent event."""

from __future__ import annotations

from ._sse import MEDIA_TYPE, EventFields, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What a timer of 32 bits holds, as browsers have them: nearly 25 days.
_LONGEST_RETRY = 2**31 - 1


class Event(EventFields):
    """One server-sent event.

    Example::

        yield Event({"stopReason": "end_turn"}, event="done")

    :param data: a mapping is sent as JSON, a string as it is, on as many ``data:`` lines as it has
    :param event: name of the event. Default: - none, which browsers call ``message``
    :param id: id of the event, which browsers send back in ``Last-Event-ID``. Default: - none
    :param retry: how long browsers wait before they reconnect, in milliseconds, 0 to 2147483647. Default: -
        the browser's choice
    :raises TypeError: for a name or an id that is no string, or a ``retry`` that is no whole number
    :raises ValueError: for a name or an id that spans lines, or a ``retry`` out of range
    """

    __slots__ = ()

    def __init__(
        self,
        data: Mapping[str, object] | str,
        *,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
    ) -> None:
        if event is not None:
            _check("event", event)
        if id is not None:
            _check("id", id)
        if retry is not None:
            if not isinstance(retry, int) or isinstance(retry, bool):
                raise TypeError(f"retry of an Event must be whole milliseconds, got {retry!r}")
            if not 0 <= retry <= _LONGEST_RETRY:
                raise ValueError(f"retry of an Event must be 0 to {_LONGEST_RETRY} ms, got {retry}")
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry

    def encode(self) -> bytes:
        """Return the event as it goes over the wire, with the blank line that ends it."""
        return encode(self, MEDIA_TYPE)


def _check(field: str, value: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{field} of an Event must be a string, got {value!r}")
    if "\n" in value or "\r" in value or "\0" in value:
        raise ValueError(f"{field} of an Event must be one line without NUL, got {value!r}")
