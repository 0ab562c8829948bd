"""Read the kept responses of OpenAI's Responses API: what each was asked, and what has become of it.

The id of a response is made of that of its stream, and so are the ids of its items. What the response object
is at the moment is told by the last event of the stream, which has it.
"""

from __future__ import annotations

import json
import re
import time

from . import rows
from .errors import StoreError
from .follow import LEASE, Liveness, StreamUnknown
from .request_rows import query_request, request_of
from .rows import Head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeVar

    from .follow import Rows

    Result = TypeVar("Result")

PREFIX = "resp_"
QUEUED, IN_PROGRESS, FAILED, CANCELLED = "queued", "in_progress", "failed", "cancelled"
#: Statuses of a response that goes on.
RUNNING = (QUEUED, IN_PROGRESS)
#: Why a response is not whole, for the client.
LOST = "the function that wrote the response is lost, and the response incomplete"
NOT_KEPT = "the rest of the response was not kept"
_ID = re.compile(r"[a-z]+_(?P<stream>[0-9a-f]{32})")
_ITEM = re.compile(r".*[_~](?P<stream>[0-9a-f]{32})(_(in)?[0-9]+)?")
_EVENT = re.compile(rb"^event: (response\.[a-z_]+)\n", re.MULTILINE)
_DATA = re.compile(rb"^data: (.*)$", re.MULTILINE)
#: Events that have the whole response object.
_LIFE = {
    b"response.cancelled",
    b"response.completed",
    b"response.created",
    b"response.failed",
    b"response.in_progress",
    b"response.incomplete",
    b"response.queued",
}
# How long a table may be busy or silent, and the pause between two attempts, in seconds.
_PATIENCE, _PAUSE = 2.0, 0.1


def stream_of(response_id: str) -> str:
    """Return the id of the stream that a response is.

    :raises StreamUnknown: for what is no id of a response
    """
    found = _ID.fullmatch(response_id)
    if not found or not response_id.startswith(PREFIX):
        raise StreamUnknown
    return found["stream"]


def stream_of_item(item_id: str) -> str | None:
    """Return the id of the stream that an item is of; None for an item that was not made here."""
    found = _ITEM.fullmatch(item_id)
    return found["stream"] if found else None


class KeptResponse:
    """A response that is kept.

    :param store: the table
    :param owner: whose response it is to be
    :param stream_id: of its stream
    :raises StreamUnknown: when this owner has no such response
    :raises StoreError: when the table does not answer
    """

    def __init__(self, store: Rows, owner: str, stream_id: str) -> None:
        self._store = store
        self.id = PREFIX + stream_id
        self.partition = rows.partition_key(owner, stream_id)
        self.head = self._head()
        request = request_of(patiently(lambda: list(store.query(query_request(self.partition)))))
        if request is None:
            raise StreamUnknown
        #: the items of the whole conversation that it was asked
        self.input: list[dict[str, Any]] = request["input"]
        self.background: bool = request["background"]
        self.streamed: bool = request["stream"]
        self._opening: dict[str, Any] | None = request.get("response")

    def resource(self) -> dict[str, Any]:
        """Return the response object as it is now.

        :raises StreamUnknown: for one that is gone, or that nobody may see before its end
        """
        self.head, log = self._read()
        told = last_response(log) or self._opening
        if self.head.status == rows.STREAMING:
            if not self.background:
                raise StreamUnknown
            return failed(told, LOST) if self.lost() else _known(told)
        if told and told["status"] not in RUNNING:
            return told
        if not self.background:
            raise StreamUnknown
        return failed(told, NOT_KEPT if self.head.status == rows.NOT_KEPT else LOST)

    def lost(
        self,
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> bool:
        """Return whether the writer of a stream that has not ended is gone.

        A fresh lease tells that it is not; an old one is watched, since clocks differ.
        """
        liveness, first = Liveness(), self.head.beat
        while self.head.status == rows.STREAMING:
            if now() - self.head.renewed <= LEASE or self.head.beat != first:
                return False
            if liveness.lost(self.head, monotonic(), now()):
                return True
            sleep(_PAUSE)
            self.head = self._head()
        return False

    def ended(self, patience: float, sleep: Callable[[float], object] = time.sleep) -> bool:
        """Wait for the end of the stream; return whether it has ended."""
        until = time.monotonic() + patience
        while self.head.status == rows.STREAMING:
            if time.monotonic() > until:
                return False
            sleep(_PAUSE)
            self.head = self._head()
        return True

    def _head(self) -> Head:
        item = patiently(lambda: self._store.call("GetItem", rows.get(self.partition)).get("Item"))
        return _current(item)

    def _read(self) -> tuple[Head, bytes]:
        """Return the head, and what is kept of the stream so far."""
        query = rows.query_from(self.partition, self.head.token, 0)
        log, head = b"", None
        for item in patiently(lambda: list(self._store.query(query))):
            batch = rows.batch_of(item, self.head.token)
            if item[rows.SORT]["S"] == rows.HEAD:
                head = _current(item)
            elif batch and batch[0] == len(log):
                log += batch[1]
        if head is None:
            raise StreamUnknown
        return head, log


def patiently(read: Callable[[], Result]) -> Result:
    """Return what a read returns, which is tried again while the table is busy or does not answer.

    :raises StoreError: when it still does not
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return read()
        except StoreError as error:
            if not error.again or time.monotonic() > until:
                raise
        time.sleep(_PAUSE)


def events_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the server-sent events of a stream one by one, each with the empty line at its end."""
    rest = b""
    for chunk in chunks:
        *events, rest = (rest + chunk).split(b"\n\n")
        for event in events:
            yield event + b"\n\n"


def data_of(event: bytes) -> dict[str, Any] | None:
    """Return the JSON of an event; None for a comment."""
    found = _DATA.search(event)
    return json.loads(found[1]) if found else None


def response_in(event: bytes) -> dict[str, Any] | None:
    """Return the response object of an event; None where it has none."""
    kind = _EVENT.search(event)
    data = data_of(event) if kind and kind[1] in _LIFE else None
    return data["response"] if data else None


def last_response(log: bytes) -> dict[str, Any] | None:
    """Return the newest response object in a log, which is events or one object; None where it has none."""
    if log.startswith(b"{"):
        try:
            told: dict[str, Any] = json.loads(log)
        except ValueError:
            return None
        return told if told.get("object") == "response" else None
    for event in reversed(list(events_of([log]))):
        if response := response_in(event):
            return response
    return None


def failed(response: Mapping[str, Any] | None, message: str) -> dict[str, Any]:
    """Return a response object as one that has failed.

    :param response: as it was last
    """
    error = {"code": "server_error", "message": message}
    return {**_known(response), "status": FAILED, "error": error}


def _known(response: Mapping[str, Any] | None) -> dict[str, Any]:
    if response is None:
        raise StreamUnknown
    return dict(response)


def _current(item: Mapping[str, Any] | None) -> Head:
    """Return a head that has not expired: DynamoDB deletes days late."""
    if item is None or (head := Head(item)).expires <= time.time() or head.status == rows.ERASED:
        raise StreamUnknown
    return head
