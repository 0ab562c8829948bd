"""Run a case of the fault matrix in AWS's runtime loop, and tell what a client and Lambda see of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.table import CUT, FAILED, LATE, REFUSED, REJECTED, REPORTED, WHOLE, Case, Seen
from tests.runtime.function import Function
from tests.support.runtime_api import Invocation, Request

REFUSAL = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n\r\n{}"


def observe(case: Case, *, python: str = sys.executable, paths: Sequence[Path] = ()) -> Seen:
    """Run a case, and return what is seen of it.

    :param python: the interpreter. Default: - the one of the tests
    :param paths: what goes before the interpreter's own packages. Default: - nothing
    """
    fault = case.fault
    with Function("faults.by_event", python=python, paths=paths) as function:
        invocation = function.api.invoke(
            {"form": case.form, "fault": fault.name, "when": fault.when},
            timeout_s=fault.timeout,
            held=fault.reader == "nothing",
            refuse_after=5000 if fault.reader == "refuses" else None,
            refusal=REFUSAL,
        )
        if fault.reader == "nothing":
            _wait_for_the_end(function)
            invocation.hold.set()
        if fault.name == "c_code_with_gil":
            return _kill_at_the_timeout(function, invocation, fault.timeout)
        answer = invocation.wait()
        if fault.reader == "refuses":
            _wait_for_the_end(function)
            assert "StreamRejected" in function.output
            assert not [path for path in function.api.paths if path.endswith("/error")]
            return REJECTED
        return seen(answer)


def seen(answer: Request) -> Seen:
    """Return what is seen of an answer; API Gateway and Lambda pass on what they get."""
    if answer.path.endswith("/error"):
        return FAILED
    if answer.truncated:
        assert b"event: error" not in answer.payload
        return CUT
    assert answer.complete
    if answer.trailers:
        assert b'{"type":"error","error":{' in answer.payload
        return REPORTED
    if answer.prelude["statusCode"] >= 400:
        return LATE if answer.prelude["statusCode"] == 504 else REFUSED
    return WHOLE


def _wait_for_the_end(function: Function) -> None:
    """Wait until the runtime asks for its next invocation; the first time is before the one that runs."""
    function.api.wait_for_poll()
    function.api.wait_for_poll()


def _kill_at_the_timeout(function: Function, invocation: Invocation, timeout: float) -> Seen:
    """Do as Lambda does, which the function cannot help: kill it at its timeout."""
    invocation.skip_head()
    time.sleep(2 * timeout)
    function.kill()
    return seen(invocation.wait())
