"""What AWS's own Node.js runtime client and this library send for the same response, byte by byte."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest

from streaming_api_tools.local.functions.node import RELEASES
from tests.runtime.function import ROOT, Function
from tests.runtime.interpreters import node_client
from tests.support.runtime_api import Request

*EARLIER, LATEST = RELEASES
SCENARIOS = ("whole", "fails", "refused", "empty", "binary")
HEADERS = (
    "lambda-runtime-function-response-mode",
    "trailer",
    "content-type",
    "transfer-encoding",
)
NODE_ENVIRONMENT = {
    "LAMBDA_TASK_ROOT": str(ROOT / "tests/runtime/node"),
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "group",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
}


def described(answer: Request) -> dict[str, Any]:
    """Return all that Lambda gets of an answer, of an error what both clients tell."""
    prelude, delimiter, *body = answer.chunks
    described = {
        "request": (answer.method, answer.path),
        "headers": {name: answer.headers[name] for name in HEADERS},
        "prelude": json.loads(prelude),
        "delimiter": delimiter,
        "body": body,
        "complete": answer.complete,
        "trailers": list(answer.trailers),
    }
    if answer.trailers:
        # Node.js leaves the client without a word; this library tells it first.
        described["body"] = [chunk for chunk in body if not chunk.startswith(b"event: error\n")]
        # Lambda reports a type as it is only if it is `Function.<Type>`; Node sends the bare name of the
        # error.
        kind = answer.trailers["Lambda-Runtime-Function-Error-Type"].removeprefix("Function.")
        error = json.loads(b64decode(answer.trailers["Lambda-Runtime-Function-Error-Body"]))
        described["error"] = (kind, error["errorType"], error["errorMessage"])
    return described


@pytest.mark.parametrize(
    "runtime", [*(pytest.param(each, marks=pytest.mark.slow) for each in EARLIER), LATEST]
)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_runtime_conformance_python_sends_what_node_sends(scenario: str, runtime: str) -> None:
    with Function(
        f"conformance.{scenario}", command=node_client(runtime), package="", environment=NODE_ENVIRONMENT
    ) as function:
        node = function.api.invoke().wait()
    with Function(f"conformance.{scenario}") as function:
        python = function.api.invoke().wait()
    assert described(python) == described(node)
