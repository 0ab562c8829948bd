"""AWS's runtime loop replaced by one of our own, should a new awslambdaric not have the methods that
:mod:`_seam` wraps.

The loop begins when AWS's own one fetches the handler from its module, which is then completely imported, and
never returns.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from types import ModuleType

from . import _seam
from ._errors import lambda_error_type
from ._invocation_context import InvocationContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPMessage
    from typing import NoReturn

    Handler = Callable[[object, object], object]

_API = "/2018-06-01/runtime"
_EXIT_BEFORE_SNAPSHOT, _EXIT_AFTER_RESTORE = 64, 65  # as in awslambdaric


def prepare(handler: str) -> None:
    """Take over once the handler is imported.

    :param handler: Lambda's ``_HANDLER``; nothing happens unless it is being imported at the moment
    """
    name, _, function = handler.rpartition(".")
    module = sys.modules.get(name.replace("/", "."))
    if module is None:
        return

    class Awaited(ModuleType):
        def __getattribute__(self, name: str) -> object:
            value = super().__getattribute__(name)
            if name == function and not getattr(self.__spec__, "_initializing", False):
                run(value)
            return value

    module.__class__ = Awaited


def run(handler: Handler) -> NoReturn:
    """Answer invocations for as long as the process lives."""
    logging.getLogger().warning("lambda_streaming runs its own loop: awslambdaric is not as it knows it")
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        _snapshot(address)
    while True:
        headers, body = _request(address, "GET", "/invocation/next")
        _handle(address, handler, headers, body)


def _handle(address: str, handler: Handler, headers: HTTPMessage, body: bytes) -> None:
    invocation = _seam.Invocation(
        headers["Lambda-Runtime-Aws-Request-Id"], headers.get("Lambda-Runtime-Invocation-Id")
    )
    _seam.begin(invocation)
    _announce(invocation.invoke_id, headers.get("Lambda-Runtime-Trace-Id"))
    echo = {"Lambda-Runtime-Invocation-Id": invocation.invocation_id} if invocation.invocation_id else {}
    path = f"/invocation/{invocation.invoke_id}"
    try:
        result = json.dumps(handler(json.loads(body), InvocationContext(headers)))
    except Exception as error:
        logging.getLogger().error("%s: %s", type(error).__name__, error, exc_info=True)
        if not invocation.answered:
            _post_error(address, f"{path}/error", error, lambda_error_type(error), echo)
    else:
        if not invocation.answered:
            _request(
                address, "POST", f"{path}/response", result, {"Content-Type": "application/json", **echo}
            )


def _announce(request_id: str, trace_id: str | None) -> None:
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    # AWS's log formatter, which is set up before the handler is imported, has the request id from here.
    bootstrap = vars(sys.modules.get("awslambdaric.bootstrap", sys))
    if "_GLOBAL_AWS_REQUEST_ID" in bootstrap:
        bootstrap["_GLOBAL_AWS_REQUEST_ID"] = request_id


def _snapshot(address: str) -> None:
    from awslambdaric import lambda_runtime_hooks_runner as hooks

    try:
        hooks.run_before_snapshot()
        _request(address, "GET", "/restore/next")
    except Exception as error:
        _post_error(address, "/init/error", error, "Runtime.BeforeSnapshotError", {})
        sys.exit(_EXIT_BEFORE_SNAPSHOT)
    try:
        hooks.run_after_restore()
    except Exception as error:
        _post_error(address, "/restore/error", error, "Runtime.AfterRestoreError", {})
        sys.exit(_EXIT_AFTER_RESTORE)


def _post_error(address: str, path: str, error: Exception, kind: str, headers: dict[str, str]) -> None:
    body = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": kind, **headers}
    _request(address, "POST", path, json.dumps(body), headers)


def _request(
    address: str, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[HTTPMessage, bytes]:
    from http.client import HTTPConnection

    connection = HTTPConnection(address)
    try:
        connection.request(method, f"{_API}{path}", body and body.encode(), headers or {})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status >= 300:
        raise RuntimeError(f"the Runtime API answered {method} {path} with {response.status}")
    return response.headers, content
