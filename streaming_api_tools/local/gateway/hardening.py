"""Harden the aiohttp server: refuse malformed requests, log what it reports, allow more connections."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http import HttpVersion10
from aiohttp.http_exceptions import HttpProcessingError

#: Connections and pipes that are open at the same time; half of the systems start with 1,024 or 256.
DESCRIPTORS = 8192


class ServerLog(logging.Handler):
    """Passes the reports of the HTTP server on: a malformed or broken request is a line.

    :param log: takes a line
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on; an exception that nobody expected keeps its traceback."""
        exception = record.exc_info[1] if record.exc_info else None
        if isinstance(exception, HttpProcessingError):
            self._log(f"refused a malformed request: {' '.join(exception.message.split())[:200]}")
        elif isinstance(exception, ConnectionError):
            self._log("a client disconnected before its request was whole")
        else:
            self._log(self.format(record))


def server_logger(log: Callable[[str], None]) -> logging.Logger:
    """Return a logger for the HTTP server."""
    logger = logging.Logger("streaming_api_tools.local")
    logger.addHandler(ServerLog(log))
    return logger


#: "Total combined size of request line and header values".
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MAX_HEAD = 10_240


def malformed(request: web.Request) -> web.Response | None:
    """Return the refusal of a malformed request, None when it is well-formed.

    Without a version the parser takes it for HTTP/0.9; ``Host`` must be one; the head has a largest size.
    """
    if request.version < HttpVersion10 or not is_host(request.headers.get("Host", "")):
        refusal = web.Response(status=400)
    elif head_size(request) > MAX_HEAD:
        message = f"the request line and the values of headers may have {MAX_HEAD} bytes together"
        refusal = web.json_response({"message": message}, status=431)
    else:
        return None
    refusal.force_close()
    return refusal


def head_size(request: web.Request) -> int:
    """Return the bytes of the request line and the values of headers."""
    line = f"{request.method} {request.raw_path} HTTP/1.1"
    return len(line.encode()) + sum(len(value) for _, value in request.raw_headers)


def is_host(text: str) -> bool:
    """Tell whether a text has the form of a host, with or without a port.

    >>> [is_host(text) for text in ("a.example:3000", "[::1]:3000", "a:b", "a:99999", "[::1")]
    [True, True, False, False, False]
    """
    try:
        parts = urlsplit(f"//{text}")
        return parts.port is None or parts.hostname is not None
    except ValueError:
        return False


def allow_connections() -> None:
    """Let this process have as many connections as it may, up to :data:`DESCRIPTORS`."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
