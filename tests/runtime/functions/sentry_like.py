"""A handler behind what Sentry's SDK does to the runtime loop before the handler is imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

from tests.runtime.functions import gate

_post_invocation_error = LambdaRuntimeClient.post_invocation_error


def _reporting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
    gate.say(b"reported ")
    return _post_invocation_error(*arguments, **named)


LambdaRuntimeClient.post_invocation_error = _reporting

from lambda_streaming import stream  # noqa: E402


@stream
def handler(event: object, context: object) -> Iterator[object]:
    yield {"n": 1}
    raise RuntimeError("in the middle")
