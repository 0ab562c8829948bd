"""Run a loop of our own, if awslambdaric does not have the functions that :mod:`_awslambdaric` replaces.

This never runs on an awslambdaric of today; it is what keeps functions alive on a new one. The loop begins
when AWS's own one fetches the handler from its module, which is then completely imported, and never returns.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from types import ModuleType, SimpleNamespace

from . import _awslambdaric
from ._errors import error_text, lambda_error_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
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

    # "The Python Language Reference", section 3.3.2.1: this is how a module customizes access to its
    # attributes. A stand-in in sys.modules would be missed by a loader that keeps the module itself.
    class HandlerModule(ModuleType):
        def __getattribute__(self, name: str) -> object:
            value = super().__getattribute__(name)
            if name == function and not getattr(self.__spec__, "_initializing", False):
                run(value)
            return value

    module.__class__ = HandlerModule


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
    invocation = _awslambdaric.Invocation(
        headers["Lambda-Runtime-Aws-Request-Id"], headers.get("Lambda-Runtime-Invocation-Id")
    )
    _awslambdaric.begin(invocation)
    _announce(invocation.invoke_id, headers.get("Lambda-Runtime-Trace-Id"))
    echo = {"Lambda-Runtime-Invocation-Id": invocation.invocation_id} if invocation.invocation_id else {}
    path = f"/invocation/{invocation.invoke_id}"
    try:
        result = json.dumps(handler(json.loads(body), InvocationContext(headers)))
    except Exception as error:
        logging.getLogger().error("%s: %s", type(error).__name__, error_text(error), exc_info=True)
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
        "errorMessage": error_text(error),
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


class InvocationContext:
    """The ``context`` of one invocation: what "AWS Lambda context object in Python" lists.

    :param headers: those of the Runtime API's ``/next``
    """

    def __init__(self, headers: Message) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.tenant_id = headers["Lambda-Runtime-Aws-Tenant-Id"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = _client_context(headers["Lambda-Runtime-Client-Context"])
        identity = json.loads(headers["Lambda-Runtime-Cognito-Identity"] or "{}")
        self.identity = SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, in milliseconds."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: str) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


def _client_context(header: str | None) -> SimpleNamespace | None:
    if not header:
        return None
    given = json.loads(header)
    client = given.get("client")
    return SimpleNamespace(
        custom=given.get("custom"), env=given.get("env"), client=client and SimpleNamespace(**client)
    )
