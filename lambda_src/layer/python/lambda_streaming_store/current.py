"""Give the handler of an invocation what it may decide about the keeping of its stream."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .recording import KeptSink, Recording
    from .table import Table

_thread = threading.local()


class Current:
    """The stream of the invocation that runs in this thread.

    :param recording: what keeps it
    :param sink: where its response goes
    """

    def __init__(self, recording: Recording, sink: KeptSink) -> None:
        self._recording = recording
        self._sink = sink
        self.stream_id = recording.stream_id

    @property
    def max_bytes(self) -> int:
        """The number of bytes that are kept of it."""
        return self._recording.max_bytes

    def keep_request(self, text: bytes) -> None:
        """Keep what the client has sent, beside the stream.

        :param text: JSON
        """
        from .request_rows import put_request

        self._recording.keep_before(lambda partition, expires: put_request(partition, text, expires))

    def begin(self) -> None:
        """Write the head of the stream now, and wait for it.

        :raises StoreError: when the table does not take it
        """
        self._recording.begin()

    def outlive_client(self, answer: bytes | None = None) -> None:
        """Go on when the client leaves.

        :param answer: JSON that the client gets in place of the stream, whose response ends with it. Default:
            - the client gets the stream
        """
        from .background import BackgroundSink

        self._sink.send_through(lambda client: BackgroundSink(client, answer))


def begin(recording: Recording | None = None, sink: KeptSink | None = None) -> None:
    """Note what keeps the stream of the invocation that begins; nothing does by default."""
    _thread.stream = (recording, sink)


def current_stream() -> Current | None:
    """Return the stream of the invocation that runs in this thread; None where it is not kept."""
    recording, sink = getattr(_thread, "stream", (None, None))
    return Current(recording, sink) if recording and sink else None


def own_table() -> Table:
    """Return the table that the streams of this function are kept in."""
    from .recording import TABLE, table_of

    return table_of(os.environ[TABLE])
