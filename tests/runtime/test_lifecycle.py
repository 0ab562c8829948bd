"""What AWS's runtime loop does besides answering keeps working, also when the loop has to be ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import pytest

from tests.runtime.function import Function

# A runtime client that lost the methods that the library wraps; AWS's own loop could not even start with it.
WITHOUT_SEAM = """
import runpy, sys
import awslambdaric.lambda_runtime_client as client
for name in ("wait_next_invocation", "post_invocation_result", "post_invocation_error"):
    delattr(client.BaseLambdaRuntimeClient, name)
sys.argv = ["awslambdaric", sys.argv[1]]
runpy.run_module("awslambdaric", run_name="__main__")
"""
LOOPS: dict[str, Sequence[str] | None] = {"of AWS": None, "of our own": (sys.executable, "-c", WITHOUT_SEAM)}


@pytest.fixture(params=list(LOOPS))
def loop(request: pytest.FixtureRequest) -> Sequence[str] | None:
    """Return the command that starts a runtime loop; none for AWS's own."""
    return LOOPS[request.param]


def test_runtime_loop_handler_gets_the_whole_context(loop: Sequence[str] | None) -> None:
    headers = {
        "Lambda-Runtime-Aws-Tenant-Id": "tenant-1",
        "Lambda-Runtime-Client-Context": '{"custom": {"a": "b"}, "client": {"app_title": "t"}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}',
        "Lambda-Runtime-Invocation-Id": "inv-1",
    }
    with Function("lifecycle.context_of", command=loop) as function:
        invocation = function.api.invoke(headers=headers)
        answer = invocation.wait()
    assert json.loads(answer.payload.removeprefix(b"data: ")) == {
        "request": invocation.request_id,
        "tenant": "tenant-1",
        "custom": {"a": "b"},
        "identity": "i",
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "trace": f"Root=1-5bef4de7-{invocation.request_id}",
        "time": True,
    }
    assert answer.headers["lambda-runtime-invocation-id"] == "inv-1"


@pytest.mark.parametrize("name", list(LOOPS))
def test_runtime_loop_only_own_loop_is_logged(name: str) -> None:
    with Function("lifecycle.context_of", command=LOOPS[name]) as function:
        function.api.invoke().wait()
        said = [line for line in function.output.splitlines() if "runs its own loop" in line]
    assert len(said) == (name == "of our own")


def test_runtime_loop_log_lines_have_the_request_id(loop: Sequence[str] | None) -> None:
    with Function("lifecycle.context_of", command=loop) as function:
        invocation = function.api.invoke()
        invocation.wait()
        (line,) = [line for line in function.output.splitlines() if "a line of the log" in line]
    assert line.startswith("[ERROR]")
    assert invocation.request_id in line


def test_runtime_loop_log_format_json_is_kept(loop: Sequence[str] | None) -> None:
    with Function(
        "lifecycle.context_of", command=loop, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"}
    ) as function:
        invocation = function.api.invoke()
        invocation.wait()
        (line,) = [json.loads(line) for line in function.output.splitlines() if "a line of the log" in line]
    assert (line["level"], line["requestId"]) == ("ERROR", invocation.request_id)


def test_runtime_loop_snapstart_hooks_run_around_the_snapshot(loop: Sequence[str] | None) -> None:
    environment = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    with Function("lifecycle.context_of", command=loop, environment=environment) as function:
        assert function.api.invoke().wait().complete
        assert function.api.paths[0].endswith("/restore/next")
        assert function.said() == b"before after "


def test_runtime_loop_error_before_first_byte_is_posted_and_loop_goes_on(loop: Sequence[str] | None) -> None:
    with Function("lifecycle.refused", command=loop) as function:
        for _ in range(2):
            answer = function.api.invoke().wait()
            assert answer.path.endswith("/error")
            assert json.loads(answer.body)["errorType"] == "RuntimeError"
        assert "before the first byte" in function.output


def test_runtime_loop_undecorated_function_is_unchanged(
    loop: Sequence[str] | None,
) -> None:
    with Function("lifecycle.buffered", command=loop) as function:
        answer = function.api.invoke({"a": "ö"}).wait()
    assert json.loads(answer.body) == {"echo": {"a": "ö"}}
    assert answer.headers["content-type"] == "application/json"


def test_runtime_loop_multi_concurrency_workers_stream_at_the_same_time(loop: Sequence[str] | None) -> None:
    with Function(
        "lifecycle.gated_with_pid", command=loop, environment={"AWS_LAMBDA_MAX_CONCURRENCY": "2"}
    ) as function:
        both = [function.api.invoke(), function.api.invoke()]
        firsts = []
        for invocation in both:
            invocation.skip_head()
            firsts.append(invocation.next_chunk())
        function.release()
        function.release()
        for invocation, first in zip(both, firsts, strict=True):
            assert invocation.next_chunk() == first
            assert invocation.wait().complete
    assert firsts[0] != firsts[1]


def test_runtime_loop_handler_import_error_is_reported() -> None:
    with Function("nowhere.handler") as function:
        assert function.wait_for_exit() != 0
        (report,) = function.api.init_errors
    assert json.loads(report.body)["errorType"] == "Runtime.ImportModuleError"


def test_runtime_loop_sentry_like_wrapper_sees_error_and_nothing_is_posted_twice() -> None:
    with Function("sentry_like.handler") as function:
        answer = function.api.invoke().wait()
        assert function.said() == b"reported "
        function.api.wait_for_poll()
        function.api.wait_for_poll()
        assert not [path for path in function.api.paths if path.endswith("/error")]
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.RuntimeError"
