"""The Lambda API of the gateway, called by unmodified boto3.

https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from streaming_api_tools.local.http.limits import NO_LIMITS
from tests.local.conftest import Serve
from tests.local.serving import Gate, Serving

Lambda = Callable[..., BaseClient]
KEYS = Keys("test", "secret-of-test")
ARN = "arn:aws:lambda:us-east-1:000000000000:function:Function0"
ROUTES = {"POST /gated": {"handler": "handlers.gated"}}
ALIAS = {
    "Type": "AWS::Lambda::Alias",
    "Properties": {"FunctionName": {"Ref": "Function0"}, "Name": "live", "FunctionVersion": "1"},
}


@pytest.fixture
def lambda_client() -> Iterator[Lambda]:
    """Yield a function that makes clients of boto3, closed at the end of the test."""
    with ExitStack() as opened:

        def make(serving: Serving, keys: Keys = KEYS) -> BaseClient:
            client = boto3.client(
                "lambda",
                "us-east-1",
                endpoint_url=serving.url,
                aws_access_key_id=keys.access_key,
                aws_secret_access_key=keys.secret_key,
                config=Config(retries={"total_max_attempts": 1}),
            )
            return opened.enter_context(closing(client))

        yield make


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    """Return the code and the status of the error that a call gets."""
    with pytest.raises(ClientError) as raised:
        call()
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_lambda_api_chunk_is_an_event_before_the_next_is_written(
    serve: Serve, gate: Gate, lambda_client: Lambda
) -> None:
    client = lambda_client(serve(ROUTES, access=Access(KEYS)))
    # the call returns with the headers, which need no byte of the function
    answer = client.invoke_with_response_stream(FunctionName="Function0", Payload=b'{"body":"2"}')
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    function = gate.accept()
    events = iter(answer["EventStream"])
    received = b""
    for number in (b"0\n", b"1\n"):
        function.let_go()
        while not received.endswith(number):
            received += next(events)["PayloadChunk"]["Payload"]
    prelude, body = received.split(bytes(8))
    assert json.loads(prelude)["statusCode"] == 200
    assert body == b"0\n1\n"
    assert list(events) == [{"InvokeComplete": {}}]


def test_lambda_api_error_after_first_byte_is_in_invoke_complete_with_log(
    serve: Serve, lambda_client: Lambda
) -> None:
    client = lambda_client(serve({"POST /x": {"handler": "handlers.reports_in_trailers"}}))
    answer = client.invoke_with_response_stream(FunctionName="Function0", LogType="Tail")
    *chunks, last = answer["EventStream"]
    assert b"".join(chunk["PayloadChunk"]["Payload"] for chunk in chunks).partition(b"first\n")[1]
    complete = last["InvokeComplete"]
    assert complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "secret detail"
    log = base64.b64decode(complete["LogResult"]).decode()
    assert "START RequestId" in log
    assert "REPORT RequestId" in log


def test_lambda_api_buffered_function_is_one_payload_chunk(serve: Serve, lambda_client: Lambda) -> None:
    client = lambda_client(serve({"POST /x": {"handler": "handlers.echo", "mode": "BUFFERED"}}))
    answer = client.invoke_with_response_stream(FunctionName="Function0", Payload=b'{"a":1}')
    *chunks, complete = answer["EventStream"]
    payload = json.loads(b"".join(chunk["PayloadChunk"]["Payload"] for chunk in chunks))
    assert json.loads(payload["body"])["event"] == {"a": 1}
    assert complete == {"InvokeComplete": {}}


def test_lambda_api_invoke_returns_payload_or_function_error(serve: Serve, lambda_client: Lambda) -> None:
    client = lambda_client(
        serve({"POST /x": {"handler": "handlers.echo"}, "POST /y": {"handler": "handlers.fails"}})
    )
    answer = client.invoke(FunctionName="Function0", Payload=b'{"a":1}')
    assert json.loads(json.loads(answer["Payload"].read())["body"])["event"] == {"a": 1}
    assert "FunctionError" not in answer
    failed = client.invoke(FunctionName="Function1")
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorType"] == "ValueError"


def test_lambda_api_log_tail_is_4_kb_and_client_context_is_passed(
    serve: Serve, lambda_client: Lambda
) -> None:
    client = lambda_client(serve({"POST /x": {"handler": "handlers.client_context"}}, Alias=ALIAS))
    context = base64.b64encode(b'{"custom":{"who":"me"}}').decode()
    answer = client.invoke(FunctionName="Function0:live", ClientContext=context, LogType="Tail")
    assert json.loads(answer["Payload"].read()) == {"custom": {"who": "me"}, "arn": f"{ARN}:live"}
    log = base64.b64decode(answer["LogResult"])
    assert len(log) == 4096
    assert log.startswith(b"xxx")
    assert b"REPORT" in log.splitlines()[-1]


@pytest.mark.parametrize(
    "name", ["Function0", ARN, "000000000000:Function0", "000000000000:function:Function0"]
)
def test_lambda_api_dry_run_checks_the_request_and_runs_nothing(
    name: str, serve: Serve, lambda_client: Lambda
) -> None:
    serving = serve(ROUTES, access=Access(KEYS))
    client = lambda_client(serving)
    assert client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    answer = client.invoke_with_response_stream(FunctionName=name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert list(answer["EventStream"]) == []
    answer["EventStream"].close()
    assert not [line for line in serving.log if "START" in line]


def test_lambda_api_event_invocation_is_accepted_and_runs(serve: Serve, lambda_client: Lambda) -> None:
    serving = serve({"POST /x": {"handler": "handlers.echo"}})
    assert (
        lambda_client(serving).invoke(FunctionName="Function0", InvocationType="Event")["StatusCode"] == 202
    )
    serving.logged("REPORT")


def test_lambda_api_invoke_response_is_at_most_6_mb(serve: Serve, lambda_client: Lambda) -> None:
    serving = serve({"POST /x": {"handler": "robust.endless"}}, limits=NO_LIMITS)
    answer = lambda_client(serving).invoke(FunctionName="Function0")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"FunctionName": "nobody"}, ("ResourceNotFoundException", 404)),
        ({"FunctionName": ARN.replace("east", "west")}, ("ResourceNotFoundException", 404)),
        ({"FunctionName": ARN.replace("0000", "1111", 1)}, ("ResourceNotFoundException", 404)),
        ({"Qualifier": "nobody"}, ("ResourceNotFoundException", 404)),
        ({"FunctionName": "Function0:live", "Qualifier": "1"}, ("InvalidParameterValueException", 400)),
        ({"FunctionName": "x" * 65}, ("ValidationException", 400)),
        ({"FunctionName": "a b"}, ("ValidationException", 400)),
        ({"Payload": b"{"}, ("InvalidRequestContentException", 400)),
        ({"Payload": b"[" * 100_000}, ("InvalidRequestContentException", 400)),
        ({"Payload": b'"' + b"x" * 6 * 1024 * 1024 + b'"'}, ("RequestTooLargeException", 413)),
        ({"ClientContext": "x" * 3584}, ("InvalidRequestContentException", 400)),
        ({"ClientContext": "{}"}, ("InvalidRequestContentException", 400)),
    ],
)
@pytest.mark.parametrize("operation", ["invoke", "invoke_with_response_stream"])
def test_lambda_api_refuses_as_lambda_does(
    operation: str,
    arguments: dict[str, str],
    expected: tuple[str, int],
    serve: Serve,
    lambda_client: Lambda,
) -> None:
    call = getattr(lambda_client(serve(ROUTES, Alias=ALIAS)), operation)
    assert refusal(lambda: call(**{"FunctionName": "Function0", **arguments})) == expected


def test_lambda_api_invocation_type_event_of_a_stream_is_refused(serve: Serve, lambda_client: Lambda) -> None:
    client = lambda_client(serve(ROUTES))
    assert refusal(
        lambda: client.invoke_with_response_stream(FunctionName="Function0", InvocationType="Event")
    ) == ("ValidationException", 400)


def test_lambda_api_wrong_signature_is_refused(serve: Serve, lambda_client: Lambda) -> None:
    client = lambda_client(serve(ROUTES, access=Access(KEYS)), Keys("test", "guess"))
    assert refusal(lambda: client.invoke(FunctionName="Function0")) == ("InvalidSignatureException", 403)
