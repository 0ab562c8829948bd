"""Handlers that look at what the runtime loop gives them."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Iterator
from typing import Any

from lambda_streaming import stream

from tests.runtime.functions import gate

snapshots = importlib.import_module("snapshot_restore_py")
snapshots.register_before_snapshot(lambda: gate.say(b"before "))
snapshots.register_after_restore(lambda: gate.say(b"after "))


@stream
def context_of(event: object, context: Any) -> Iterator[object]:  # noqa: ANN401
    logging.getLogger().error("a line of the log")
    yield {
        "request": context.aws_request_id,
        "tenant": getattr(context, "tenant_id", None),
        "custom": context.client_context and context.client_context.custom,
        "identity": context.identity.cognito_identity_id,
        "arn": context.invoked_function_arn,
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "time": context.get_remaining_time_in_millis() > 0,
    }


@stream
def gated_with_pid(event: object, context: object) -> Iterator[object]:
    yield {"pid": os.getpid()}
    gate.wait()
    yield {"pid": os.getpid()}


@stream
def refused(event: object, context: object) -> Iterator[object]:
    raise RuntimeError("before the first byte")
    yield


def buffered(event: object, context: object) -> object:
    return {"echo": event}
