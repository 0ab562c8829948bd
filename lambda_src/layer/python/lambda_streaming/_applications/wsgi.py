"""Run a WSGI application inside the handler, in the handler's own thread.

Specification: PEP 3333, "Python Web Server Gateway Interface v1.0.1".
"""

from __future__ import annotations

import io
import sys
from wsgiref.util import FileWrapper

from .._head import Options
from .._stream import streamed
from .request import decoded, read_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    if sys.version_info >= (3, 11):
        from wsgiref.types import WSGIApplication
    else:
        WSGIApplication = Callable[..., Iterable[bytes]]

    from .._forms.writer import ResponseWriter
    from .._stream import StreamedHandler
    from .request import Request

    ExcInfo = tuple[type[BaseException], BaseException, object] | tuple[None, None, None]


def wsgi(
    app: WSGIApplication,
    *,
    grace: float | None = 15,
    heartbeat: float | None = 15,
    margin: float = 1,
) -> StreamedHandler:
    """Make a Lambda handler of a WSGI application, such as Flask's, Django's or Bottle's.

    Each block that the application yields or writes is sent at once. ``environ["aws.event"]`` and
    ``environ["aws.context"]`` hold what Lambda gave the handler.

    Example::

        app = Flask(__name__)
        handler = lambda_streaming.wsgi(app)

    :param app: the application
    :param grace: as for :func:`stream`, of responses that are SSE. Default: 15
    :param heartbeat: as for :func:`stream`, of responses that are SSE. Default: 15
    :param margin: as for :func:`stream`. Default: 1
    :returns: the handler for Lambda; outside Lambda, calling it returns a :class:`CollectedResponse`. It
        raises ValueError for an event that is no request
    """

    def serve(event: object, context: object, response: ResponseWriter) -> None:
        request = read_request(event)
        environ = {**_environ(request), "aws.event": event, "aws.context": context}
        call = _Call(response, request.method == "HEAD")
        blocks = app(environ, call.start_response)
        try:
            for block in blocks:
                if not call.write(block):
                    break
            call.check_started()
        finally:
            if close := getattr(blocks, "close", None):
                close()

    # What caches and proxies may do is for the application to say.
    return streamed(serve, Options(media_type="", grace=grace, heartbeat=heartbeat, margin=margin))


class _Call:
    """One request: what the application starts and writes.

    :param response: which it goes to
    :param head: whether the request was HEAD, whose response ends with its head
    """

    def __init__(self, response: ResponseWriter, head: bool) -> None:
        self._response = response
        self._head = head
        self._started = self._sent = False

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """Set the head of the response, which its first bytes send; with ``exc_info`` another one.

        :raises RuntimeError: for a second start without ``exc_info``
        """
        error = exc_info[1] if exc_info else None
        if self._started and error is None:
            raise RuntimeError("the application has called start_response twice")
        if error is not None and self._sent:
            raise error
        several: dict[str, list[str]] = {}
        for name, value in headers:
            several.setdefault(name.lower(), []).append(value)
        try:
            self._response.start(int(status.partition(" ")[0]), several, several.pop("set-cookie", []))
        except RuntimeError:  # a heartbeat has sent the head
            raise error or RuntimeError("status and headers are already sent") from None
        self._started = True
        return self.write

    def write(self, block: bytes) -> bool:
        """Send a block at once; tell whether more of them can be sent."""
        self.check_started()
        if not isinstance(block, (bytes, bytearray, memoryview)):
            raise TypeError(f"a block of the response must be bytes, got {type(block).__name__}")
        if block:
            self._sent = True
            self._response.write(block)
        return not (block and self._head)

    def check_started(self) -> None:
        """Refuse a body without a head.

        :raises RuntimeError: when the application has not called ``start_response``
        """
        if not self._started:
            raise RuntimeError("the application has not called start_response before its body")


def _environ(request: Request) -> dict[str, object]:
    environ: dict[str, object] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": decoded(request.root_path).decode("latin-1"),
        "PATH_INFO": decoded(request.path[len(request.root_path) :]).decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": str(request.server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    if request.client:
        environ["REMOTE_ADDR"] = request.client
    for name, value in request.headers:
        # "a_b" would be taken for "a-b", which other checks may have looked at
        if b"_" not in name:
            key = name.decode("latin-1").upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            between = "; " if key == "HTTP_COOKIE" else ","
            before = f"{environ[key]}{between}" if key in environ else ""
            environ[key] = before + value.decode("latin-1")
    return environ
