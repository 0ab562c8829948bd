"""Send the streamed ``POST .../response`` of Lambda's Runtime API, on a socket of its own.

Protocol: "Using the Lambda runtime API for custom runtimes", section "Response streaming", and what AWS's
Node.js runtime client sends.
"""

from __future__ import annotations

# The C module below `socket`: what that one adds would be the dearest import of a cold start.
import _socket
import time
from contextlib import suppress

from ._deadline import Interruption
from ._head import DELIMITER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._awslambdaric import Invocation
    from ._errors import StreamRejected
    from ._head import Prelude

_HEAD = (
    "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\n"
    "Host: {address}\r\n"
    "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
    # Lambda loses trailers that are not declared here.
    "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
    "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
    "Transfer-Encoding: chunked\r\n"
)
_ACCEPTED = b"202"
# How often it is looked for an answer that comes too early, in seconds: each time costs as much as a send.
_LOOK_EVERY = 0.001
# Of an answer that comes too early: as many bytes are reserved for each look.
_EARLY_ANSWER = 4096


class RuntimeApiResponse:
    """One response on its way to the Runtime API.

    :param address: ``host:port``, as AWS_LAMBDA_RUNTIME_API has it
    :param invocation: the invocation that is answered; it counts as answered from the first byte on
    """

    def __init__(self, address: str, invocation: Invocation) -> None:
        self._address = address
        self._invocation = invocation
        self._socket: _socket.socket | None = None
        self._look_at = 0.0
        self._sent_all = False
        self._cut = False

    def open(self, prelude: Prelude) -> None:
        """Connect and send the head of the response, which is what makes Lambda answer its caller.

        An invocation of whose response nothing was sent is still unanswered when this raises.

        :raises OSError: when there is no Runtime API
        :raises StreamRejected: when the invocation has an answer, of which this would be the second
        :raises Interruption: when the connection was cut at the deadline
        """
        if self._invocation.answered:
            raise _rejected("the invocation is already answered")
        head = _HEAD.format(id=self._invocation.invoke_id, address=self._address)
        if self._invocation.invocation_id:
            head += f"Lambda-Runtime-Invocation-Id: {self._invocation.invocation_id}\r\n"
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        try:
            host, _, port = self._address.rpartition(":")
            self._socket.connect((host, int(port)))
            self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            # No body with it: Lambda has held responses whose first bytes came with the delimiter
            # (aws-lambda-nodejs-runtime-interface-client#94).
            self._begin(f"{head}\r\n".encode("ascii") + _chunk(prelude.encoded) + _chunk(DELIMITER))
        except BaseException:
            self.drop()
            raise

    def write(self, data: bytes) -> None:
        """Send a chunk of the body. It must not be empty: an empty chunk ends the response.

        :raises StreamRejected: when the Runtime API has already answered
        :raises Interruption: when the chunk was stuck at the deadline, and the connection was cut
        """
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY
            self._check_early_answer()
        self._send(b"%x\r\n%b\r\n" % (len(data), data))

    def close(self) -> None:
        """End the response and wait until the Runtime API has it.

        :raises StreamRejected: when the Runtime API does not accept it
        """
        self._finish(b"0\r\n\r\n")

    def fail(self, error: BaseException) -> None:
        """End the response with trailers that tell Lambda, not the client, what went wrong."""
        from ._errors import trailers

        self._finish(trailers(error))

    def limit(self, seconds: float) -> None:
        """Limit how long the connection may make each further step wait, in seconds."""
        if self._socket:
            import struct

            timeval = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
            for option in (_socket.SO_SNDTIMEO, _socket.SO_RCVTIMEO):
                self._socket.setsockopt(_socket.SOL_SOCKET, option, timeval)

    def cut(self) -> bool:
        """Cut the connection under whoever is stuck in sending, from any thread.

        :returns: whether something was cut; a response that only waits to be acknowledged is not
        """
        stuck = self._socket
        if stuck is None or self._sent_all:
            return False
        self._cut = True
        with suppress(OSError):
            stuck.shutdown(_socket.SHUT_RDWR)
        return True

    def drop(self) -> None:
        """Close the connection, whatever state the response is in."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _finish(self, data: bytes) -> None:
        try:
            self._send(data)
            self._sent_all = True
            answer = self._read_answer()
        finally:
            self.drop()
        if answer.split(None, 2)[1:2] != [_ACCEPTED]:
            raise _rejection(answer)

    def _connected(self) -> _socket.socket:
        if self._socket is None:
            raise _rejected("the connection to the Runtime API is closed")
        return self._socket

    def _begin(self, data: bytes) -> None:
        # cut() cannot end a connection that is not made yet
        if self._cut:
            raise Interruption
        try:
            sent = self._connected().send(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._broken() from error
        # Not before: the runtime loop reports the error of an invocation that has no answer.
        self._invocation.answered = True
        if sent < len(data):
            self._send(data[sent:])

    def _send(self, data: bytes) -> None:
        connection = self._socket or self._connected()
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._broken() from error

    def _broken(self) -> BaseException:
        if self._cut:
            return Interruption()
        self._check_early_answer()
        return _rejection(b"")

    def _check_early_answer(self) -> None:
        try:
            data = (self._socket or self._connected()).recv(_EARLY_ANSWER, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        raise _rejection(data)

    def _read_answer(self) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            try:
                part = self._connected().recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                break
            data += part
        return data


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _rejection(answer: bytes) -> StreamRejected:
    from ._errors import rejection

    return rejection(answer)


def _rejected(why: str) -> StreamRejected:
    from ._errors import StreamRejected

    return StreamRejected(why)
