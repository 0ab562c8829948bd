"""Let a response go on in the store when its client is gone, or has been answered already."""

from __future__ import annotations

from contextlib import suppress

from lambda_streaming._head import Prelude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_streaming._response_stream import Sink

_JSON = "application/json"


class BackgroundSink:
    """A sink in place of the client's, which loses nothing but the client.

    :param client: where the response goes for as long as the client takes it
    :param answer: JSON that the client gets in place of the response, at its beginning. Default: - it gets
        the response
    """

    def __init__(self, client: Sink, answer: bytes | None = None) -> None:
        self._client: Sink | None = client
        self._answer = answer

    def open(self, prelude: Prelude) -> None:
        """Send the head, or the whole answer of the client.

        :raises OSError: when the answer cannot be sent, so that there is nobody who knows of the response
        """
        client = self._client
        if self._answer is None or client is None:
            self._send(lambda sink: sink.open(prelude))
            return
        headers = {**prelude.headers, **prelude.multi_value_headers, "content-type": _JSON}
        client.open(Prelude(prelude.status, headers, prelude.cookies))
        client.write(self._answer)
        client.close()
        self._client = None

    def write(self, data: bytes) -> None:
        """Send a chunk, if the client still takes it."""
        self._send(lambda sink: sink.write(data))

    def close(self) -> None:
        """End the response of a client that is still there."""
        self._send(lambda sink: sink.close())

    def fail(self, error: BaseException) -> None:
        """End the response of a client that is still there with an error."""
        self._send(lambda sink: sink.fail(error))

    def limit(self, seconds: float) -> None:
        """Limit how long each further step may take, in seconds."""
        if self._client:
            self._client.limit(seconds)

    def cut(self) -> bool:
        """Cut the connection under whoever is stuck in sending."""
        return bool(self._client and self._client.cut())

    def drop(self) -> None:
        """Close the connection."""
        if self._client:
            self._client.drop()

    def _send(self, step: Callable[[Sink], object]) -> None:
        if self._client:
            try:
                step(self._client)
            except OSError:
                # nobody takes the rest, and whoever comes back finds it in the store
                client, self._client = self._client, None
                with suppress(OSError):
                    client.drop()
