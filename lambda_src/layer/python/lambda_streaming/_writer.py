"""The writer form: a handler that is given its response."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._production import Production
    from ._response import Headers
    from ._sse import Item


class ResponseWriter:
    """The response of a handler with three parameters, as ``awslambda.HttpResponseStream`` is in Node.js.

    There is no end to forget: the response ends with the handler, in order or, after an exception, not.

    Example::

        @stream
        def handler(event, context, response: ResponseWriter):
            response.start(201, {"location": "/reports/7"})
            response.write({"n": 1})
    """

    def __init__(self, production: Production) -> None:
        self._production = production

    def start(self, status: int = 200, headers: Headers | None = None, cookies: Sequence[str] = ()) -> None:
        """Set the head of the response, which is sent with the first item or after the grace period.

        :param status: HTTP status, 200 to 599
        :param headers: as for :class:`Response`. Default: - the decorator's
        :param cookies: ``Set-Cookie`` values. Default: - none
        :raises RuntimeError: when the head is already sent
        :raises ValueError: for a status or a header that cannot be sent
        """
        self._production.start(status, headers, cookies)

    def write(self, item: Item) -> None:
        """Send an item: a dict, a string, bytes or an :class:`Event`.

        :raises StreamRejected: when the Runtime API takes no more
        :raises RuntimeError: when the response has ended
        """
        self._production.send(item)

    def end(self) -> None:
        """End the response before the handler ends, for work that the client need not wait for."""
        self._production.end()
