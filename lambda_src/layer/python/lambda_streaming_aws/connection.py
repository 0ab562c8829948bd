"""HTTP/1.1 to one origin, over a connection that is kept for the next request."""

from __future__ import annotations

import functools
import socket
from select import select

from .endpoint import parts_of
from .exceptions import ConnectionFailed, ReadTimeout, StreamBroken, StreamStalled
from .http_answer import BrokenAnswer, HttpAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from ssl import SSLContext

# Far above what a service says about an error, which is a sentence or two.
LONGEST_ERROR = 256 * 1024


@functools.cache
def tls_context(bundle: str | None) -> SSLContext:
    """Return what certificates are trusted, the same for every client: it takes 20 ms to make.

    :param bundle: a file of certificates. Default: - those of the system
    """
    import ssl

    return ssl.create_default_context(cafile=bundle or None)


class HttpOrigin:
    """The server of a URL.

    Requests do not wait for each other: one that comes while the connection is in use makes its own.

    :param url: ``http`` or ``https``, a host, and what paths begin with
    :param tls: what certificates are trusted; needed for ``https``
    :param connect_timeout: in seconds
    :param read_timeout: seconds of silence, before the answer as well as inside it
    """

    def __init__(
        self, url: str, tls: SSLContext | None, *, connect_timeout: float, read_timeout: float
    ) -> None:
        self.secure, self.host, self._name, self._port, self.path = parts_of(url)
        self._tls = tls
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        #: the one that is kept, at most; a list, of which only one thread gets it
        self._idle: list[socket.socket] = []

    def post(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        may_send: Callable[[], None] | None = None,
    ) -> AwsResponse:
        """Send a request and return the answer as soon as its head is there.

        :param may_send: called once there is a connection, before anything is written; what it raises ends
            the request. Default: - nothing is waited for
        :raises ConnectionFailed: when there is no connection or it ends before the answer
        :raises ReadTimeout: when there is no answer in time
        """
        return self._answered(_request("POST", path, headers, body), may_send)

    def get(self, path: str, headers: Mapping[str, str]) -> AwsResponse:
        """Return the answer to a request without a body; raises as :meth:`post` does."""
        return self._answered(_request("GET", path, headers))

    def _answered(self, request: bytes, may_send: Callable[[], None] | None = None) -> AwsResponse:
        if may_send:
            self._await(may_send)
        if (connection := self._taken()) is not None:
            try:
                if not select([connection], [], [], 0)[0]:
                    return self._exchange(connection, request)
                # nothing was asked, so what there is to read is the end
                connection.close()
            except ConnectionFailed as error:
                # the server closed it while the request was on its way, if it has not answered
                if not isinstance(error.__cause__, OSError):
                    raise
        return self._exchange(self._connect(), request)

    def begin(self, path: str, body: bytes, headers: Mapping[str, str]) -> SentRequest | None:
        """Send a request over the connection that is kept, and wait for nothing; None where there is none."""
        if (connection := self._taken()) is None:
            return None
        try:
            if not select([connection], [], [], 0)[0]:
                connection.sendall(_request("POST", path, headers, body))
                return SentRequest(self, connection)
        except OSError:
            pass
        connection.close()
        return None

    def receive(self, connection: socket.socket) -> AwsResponse:
        """Return the answer to what was sent, as soon as its head is there; raises as :meth:`post` does."""
        try:
            return AwsResponse(self, connection)
        except (OSError, BrokenAnswer) as error:
            connection.close()
            raise self._unanswered(error) from error

    def close(self) -> None:
        """End the connection that is kept."""
        while (connection := self._taken()) is not None:
            connection.close()

    def keep(self, connection: socket.socket) -> None:
        """Take back a connection whose answer has been read to its end."""
        self.close()
        self._idle.append(connection)

    def _taken(self) -> socket.socket | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _await(self, may_send: Callable[[], None]) -> None:
        connection = self._taken()
        # nothing was asked, so what there is to read is the end
        if connection is not None and select([connection], [], [], 0)[0]:
            connection.close()
            connection = None
        self.keep(connection or self._connect())
        may_send()

    def _connect(self) -> socket.socket:
        connection = None
        try:
            connection = socket.create_connection((self._name, self._port), self._connect_timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_hostname=self._name)
        except OSError as error:
            if connection:
                connection.close()
            raise ConnectionFailed(f"no connection to {self.host}: {error}") from error
        connection.settimeout(self._read_timeout)
        return connection

    def _exchange(self, connection: socket.socket, request: bytes) -> AwsResponse:
        try:
            connection.sendall(request)
        except OSError as error:
            connection.close()
            raise self._unanswered(error) from error
        return self.receive(connection)

    def _unanswered(self, error: Exception) -> Exception:
        if isinstance(error, TimeoutError):
            return ReadTimeout(f"no answer from {self.host} in {self._read_timeout:g} s")
        return ConnectionFailed(f"no answer from {self.host}: {error}")


class SentRequest:
    """A request whose answer is not waited for yet."""

    def __init__(self, origin: HttpOrigin, connection: socket.socket) -> None:
        self._origin = origin
        self._connection = connection

    def answered(self, seconds: float) -> bool:
        """Return whether there is an answer, or the end, after that time at most."""
        return bool(select([self._connection], [], [], seconds)[0])

    def response(self) -> AwsResponse:
        """Return the answer; raises as :meth:`HttpOrigin.post` does."""
        return self._origin.receive(self._connection)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


class AwsResponse:
    """The head of an answer, and its body as it comes."""

    def __init__(self, origin: HttpOrigin, connection: socket.socket) -> None:
        self._answer = HttpAnswer(connection)
        self.status = self._answer.status
        self.headers = self._answer.headers
        self._origin = origin
        self._connection: socket.socket | None = connection

    def read(self) -> bytes:
        """Return a short body, as that of an error; an empty one where it is longer than any of a service's.

        Raises as :meth:`chunks` does.
        """
        body = b""
        for chunk in self.chunks():
            body += chunk
            if len(body) > LONGEST_ERROR:
                self.close()  # the rest is not read, so the connection ends
                return b""
        return body

    def chunks(self) -> Iterator[bytes]:
        """Yield what there is of the body, as soon as it is there.

        :raises StreamStalled: when the server is silent for too long
        :raises StreamBroken: when the connection ends before the body does
        """
        read = self._answer.read
        try:
            while self._connection is not None and (data := read()):
                yield data
        except TimeoutError as error:
            raise StreamStalled("the stream was silent for too long") from error
        except (OSError, BrokenAnswer) as error:
            # nobody knows what the server sends next
            self._leave(whole=False)
            raise StreamBroken(f"the stream broke off: {error!r}") from error
        finally:
            self.close()

    def close(self) -> None:
        """Give the connection back if the body has been read to its end, else end it."""
        self._leave(whole=self._answer.ended)

    def _leave(self, *, whole: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # Of a stream that is collected with all that held it, the socket may be ended before.
        if whole and self._answer.keeps_connection and connection.fileno() >= 0:
            self._origin.keep(connection)
        else:
            connection.close()


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a request in one piece: each piece would wake the other side.

    :raises ValueError: for a header that would be more than one
    """
    fields = {**headers, "Accept-Encoding": "identity"}
    if method == "POST":
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header of a request must be one line")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
