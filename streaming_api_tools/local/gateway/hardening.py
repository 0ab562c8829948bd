"""Log what the aiohttp server reports, and allow it more connections."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

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


def allow_connections() -> None:
    """Let this process have as many connections as it may, up to :data:`DESCRIPTORS`."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
