"""Give an empty body behind a Lambda function URL one line end, because it hangs at the client there.

Reports: aws-lambda-nodejs-runtime-interface-client#95, aws-lambda-web-adapter#499, nitrojs/nitro#4417. The
head arrives, the end does not. Answers with 204, 205 and 304 end by themselves.
"""

from __future__ import annotations

from ._head import WITHOUT_BODY
from ._sse import EMPTY_COMMENT, NDJSON, essence, is_sse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._head import Prelude
    from ._response_stream import Sink

_METHODS = {"GET", "POST"}


class FunctionUrlSink:
    """The destination of a response to a function URL. It gets a line end if it has had no body at its end.

    :param sink: where the response goes
    :param method: of the request
    """

    def __init__(self, sink: Sink, method: str) -> None:
        self._sink = sink
        self._method = method
        self._filler = b""
        self.cut = sink.cut
        self.drop = sink.drop
        self.fail = sink.fail
        self.limit = sink.limit

    def open(self, prelude: Prelude) -> None:
        """Send the head of the response."""
        self._filler = filler(self._method, prelude)
        self._sink.open(prelude)

    def write(self, data: bytes) -> None:
        """Send a chunk of the body."""
        self._filler = b""
        self._sink.write(data)

    def close(self) -> None:
        """End the response, with a line end if it has had no body."""
        if self._filler:
            try:
                self._sink.write(self._filler)
            except BaseException:
                # no error event may follow what was cut in a chunk
                self._sink.drop()
                raise
        self._sink.close()


def filler(method: str, prelude: Prelude) -> bytes:
    """Return what stands for an empty body behind a function URL; nothing where a byte would do harm."""
    if method not in _METHODS or prelude.status in WITHOUT_BODY or prelude.content_length is not None:
        return b""
    if is_sse(prelude.content_type):
        return EMPTY_COMMENT
    kind = essence(prelude.content_type)
    is_json = kind == "application/json" or kind.endswith("+json") or kind in NDJSON
    return b"\n" if is_json or kind.startswith("text/") else b""
