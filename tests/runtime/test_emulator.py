"""AWS's own Runtime API takes our responses: the emulator that the SAM CLI ships.

It only knows buffered invocations, so it shows what a buffered caller of a streaming function gets, and it
drops error trailers.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.function import FUNCTIONS, LAYER, ROOT
from tests.runtime.interpreters import emulator
from tests.support.processes import free_port, listening
from tests.support.runtime_api import TIMEOUT

NUL = b"\0" * 8


@pytest.fixture(scope="module", name="port")
def running_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port of an emulator that runs the handlers of the conformance tests."""
    port = free_port()
    handler = f"{FUNCTIONS}.conformance.by_event"
    addresses = {"runtime-interface-emulator": port, "runtime-api": free_port()}
    options = [f"--{name}-address=127.0.0.1:{number}" for name, number in addresses.items()]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, (LAYER, ROOT))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "_HANDLER": handler,
        "LAMBDA_TASK_ROOT": str(ROOT),
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "10",
    }
    command: list[str | Path] = [emulator(), *options, sys.executable, "-m", "awslambdaric", handler]
    with listening(command, port, tmp_path_factory.mktemp("emulator") / "log", environment):
        yield port


def invoke(port: int, handler: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps({"handler": handler}))
    body = connection.getresponse().read()
    connection.close()
    return body


def test_runtime_emulator_accepts_streamed_responses_in_a_row(port: int) -> None:
    for _ in range(3):
        prelude, _, body = invoke(port, "whole").partition(NUL)
        assert json.loads(prelude)["cookies"] == ["a=1; Path=/", "b=2"]
        assert body == "data: one\n\ndata: twö\n\n".encode()


def test_runtime_emulator_accepts_error_before_first_byte_and_goes_on(port: int) -> None:
    assert json.loads(invoke(port, "crashes"))["errorType"] == "RuntimeError"
    assert json.loads(invoke(port, "http_error").partition(NUL)[0])["statusCode"] == 400


def test_runtime_emulator_accepts_error_after_first_byte_and_goes_on(port: int) -> None:
    assert b"data: one\n\nevent: error\n" in invoke(port, "fails")
    # more in the trailers than the emulator's buffer holds would end it
    assert b"data: one\n\nevent: error\n" in invoke(port, "says_a_lot")
    assert invoke(port, "refused").endswith(b"slow down")


def test_emulator_detects_cut_response_and_goes_on(port: int) -> None:
    assert json.loads(invoke(port, "cut"))["errorType"].startswith("Runtime.")
    assert invoke(port, "refused").endswith(b"slow down")
