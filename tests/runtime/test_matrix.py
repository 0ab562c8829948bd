"""The library on every awslambdaric that managed runtimes have had, and on every Python of this machine."""

from __future__ import annotations

import json
import os
import sys

import pytest

from tests.faults.observe import observe
from tests.faults.table import cases
from tests.runtime.function import Function
from tests.runtime.interpreters import awslambdaric, pythons
from tests.support.runtime_api import Request

VERSIONS = ("2.0.12", "2.2.1", "3.1.1", "4.0.1", "4.2.2")
PYTHONS = pythons()
OWN = f"3.{sys.version_info[1]}"
#: Signals, event loops and threads are what differs from one Python to the next.
DEADLINES = (
    "thread_pool after - generator",
    "executor after - async generator",
    "finalizer after - writer",
    "produces after - writer with threads",
)


#: In `make test` the first and the last version run on this Python, in `make test-slow` the others.
MATRIX = [
    pytest.param(
        python, version, marks=() if python == OWN and version in VERSIONS[::4] else pytest.mark.slow
    )
    for python in PYTHONS
    for version in VERSIONS
]


@pytest.mark.parametrize(("python", "version"), MATRIX)
def test_runtime_matrix_streams_on_every_awslambdaric_and_python(python: str, version: str) -> None:
    interpreter = PYTHONS[python]
    paths = [awslambdaric(interpreter, python, version)]
    with Function("conformance.by_event", python=interpreter, paths=paths) as function:

        def answer(handler: str) -> Request:
            return function.api.invoke({"handler": handler}).wait()

        whole = answer("whole")
        assert whole.payload == "data: one\n\ndata: twö\n\n".encode()
        assert whole.prelude["cookies"] == ["a=1; Path=/", "b=2"]
        assert whole.complete
        assert answer("fails").trailers["Lambda-Runtime-Function-Error-Type"] == "Function.ModelError"
        assert len(answer("binary").payload) == (1 << 20) + 24
        assert answer("http_error").prelude["statusCode"] == 400
        crash = answer("crashes")
        assert crash.path.endswith("/error")
        assert json.loads(crash.body)["errorType"] == "RuntimeError"
        refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
        function.api.invoke({"handler": "endless"}, refuse_after=5000, refusal=refusal)
        assert answer("refused").prelude["statusCode"] == 429
        assert sum(path.endswith("/error") for path in function.api.paths) == 1


@pytest.mark.parametrize("name", DEADLINES)
@pytest.mark.parametrize(
    "python", [pytest.param(each, marks=() if each == OWN else pytest.mark.slow) for each in PYTHONS]
)
def test_deadline_ends_a_response_on_every_python(python: str, name: str) -> None:
    paths = [awslambdaric(PYTHONS[python], python, VERSIONS[-1])]
    (case,) = [case for case in cases() if case.id == name]
    assert observe(case, python=PYTHONS[python], paths=paths) == case.seen


@pytest.mark.skipif(
    "AT_LEAST_PYTHONS" not in os.environ,
    reason="a machine may have one Python only; our CI says how many it has",
)
def test_runtime_matrix_has_as_many_pythons_as_ci_promises() -> None:
    assert len(PYTHONS) >= int(os.environ["AT_LEAST_PYTHONS"])
