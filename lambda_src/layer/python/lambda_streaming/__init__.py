"""Stream responses from Python handlers on AWS Lambda's managed runtime.

A decorated handler answers Lambda's Runtime API itself, chunk by chunk, on AWS's own runtime loop
(awslambdaric): no web server, extension, container or exec wrapper. Outside Lambda it returns a plain
:class:`CollectedResponse`, so that tests need nothing.

Example::

    from lambda_streaming import HTTPError, stream


    @stream
    def handler(event, context):
        if not event.get("body"):
            raise HTTPError(400, "the body must not be empty", code="missing_body")
        for n in range(10):
            yield {"n": n}
"""

from __future__ import annotations

import os

from . import _awslambdaric
from ._stream import at_end, cancelled, keep_now, stream, stream_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._applications.asgi import asgi
    from ._applications.wsgi import wsgi
    from ._errors import DeadlineExceeded, HTTPError, StreamCancelled, StreamRejected
    from ._event import Event
    from ._forms.response import Response
    from ._forms.writer import ResponseWriter
    from ._test_response import CollectedResponse

__all__ = [
    "CollectedResponse",
    "DeadlineExceeded",
    "Event",
    "HTTPError",
    "Response",
    "ResponseWriter",
    "StreamCancelled",
    "StreamRejected",
    "asgi",
    "at_end",
    "cancelled",
    "keep_now",
    "stream",
    "stream_id",
    "wsgi",
]

if "AWS_LAMBDA_RUNTIME_API" in os.environ and not _awslambdaric.install():
    from . import _own_runtime_loop

    _own_runtime_loop.prepare(os.environ.get("_HANDLER", ""))


# Where the rest is, which is not loaded before it is wanted: a cold start pays for every module.
_MODULES = {
    "CollectedResponse": "_test_response",
    "DeadlineExceeded": "_errors",
    "Event": "_event",
    "HTTPError": "_errors",
    "Response": "_forms.response",
    "ResponseWriter": "_forms.writer",
    "StreamCancelled": "_errors",
    "StreamRejected": "_errors",
    "asgi": "_applications.asgi",
    "wsgi": "_applications.wsgi",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value
