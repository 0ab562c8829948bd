"""The whole client over real sockets, beside the real boto3 wherever both must do the same."""

from __future__ import annotations

import gc
import json
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

import boto3
import pytest
import trustme
from botocore.config import Config
from chat.bedrock.client import INVOKE_HEADERS, BedrockRuntime
from chat.bedrock.exceptions import (
    BedrockError,
    ConnectionFailed,
    CredentialsUnavailable,
    ReadTimeout,
    StreamBroken,
    StreamStalled,
)
from chat.errors import translate
from lambda_streaming import DeadlineExceeded

from tests.unit.bedrock_client.bedrock import (
    Answer,
    Bedrock,
    closed,
    error,
    event,
    exception,
    message,
    refused,
    streamed,
    text,
    whole,
)

MODEL = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-2-lite-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "schön"}]}]
KEYS = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T"}
TIMEOUT = 10.0
SESSION = boto3.session.Session("A", "S", "T", "us-east-1")


Make = Callable[..., BedrockRuntime]


@pytest.fixture
def ours() -> Iterator[Make]:
    with ExitStack() as clients:

        def make(url: str, read_timeout: float = TIMEOUT, **environ: str) -> BedrockRuntime:
            environ = {"AWS_REGION": "us-east-1", **KEYS, "AWS_ENDPOINT_URL": url, **environ}
            client = BedrockRuntime(
                environ, connect_timeout=TIMEOUT, read_timeout=read_timeout, sleep=lambda _: None
            )
            return clients.enter_context(closing(client))

        yield make


class Client(Protocol):
    def converse_stream(self, *, modelId: str, **request: object) -> dict[str, Any]: ...
    def invoke_model_with_response_stream(
        self, *, modelId: str, body: bytes, **parameters: str
    ) -> dict[str, Any]: ...
    def close(self) -> None: ...


def botos(url: str, read_timeout: float = TIMEOUT) -> Client:
    client: Client = SESSION.client(
        "bedrock-runtime",
        endpoint_url=url,
        config=Config(read_timeout=read_timeout, retries={"mode": "standard", "total_max_attempts": 1}),
    )
    return client


Outcome = tuple[list[object], "tuple[int, str | None, str | None, str] | None"]


def outcome(client: Client) -> Outcome:
    """Return the events of a stream, and what the caller of the API is told when it failed."""
    seen: list[object] = []
    try:
        response = client.converse_stream(modelId=MODEL, messages=MESSAGES)
        for each in response["stream"]:
            seen.append(each)
    except Exception as failure:
        told = translate(failure)
        return seen, (told.status, told.type, told.code, str(told))
    finally:
        client.close()
    return seen, None


def expected(url: str, read_timeout: float = TIMEOUT) -> Outcome:
    """Return the outcome with boto3, which leaves its socket open after an exception inside the stream."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        found = outcome(botos(url, read_timeout))
        gc.collect()
    return found


def silence(event: threading.Event) -> Callable[[], object]:
    return lambda: event.wait(TIMEOUT)


CUT = text("x" * 50)
SPOILT = bytearray(text("Hello"))
SPOILT[-1] ^= 1
SPOILT_PRELUDE = bytearray(text("Hello"))
SPOILT_PRELUDE[0] ^= 1


@pytest.mark.parametrize(
    "answer",
    [
        streamed(*whole()),
        streamed(b"".join(whole("schön"))),
        streamed(*(bytes([byte]) for byte in b"".join(whole()))),
        streamed(
            event("contentBlockDelta", contentBlockIndex=0, delta={"reasoningContent": {"text": "hm"}}),
            event(
                "contentBlockDelta",
                contentBlockIndex=0,
                delta={"reasoningContent": {"redactedContent": "AP8="}},
            ),
            event(
                "contentBlockStart", contentBlockIndex=1, start={"toolUse": {"toolUseId": "t", "name": "n"}}
            ),
            event("contentBlockDelta", contentBlockIndex=1, delta={"toolUse": {"input": '{"a'}}),
            *whole(),
        ),
        streamed(),
        streamed(*whole()[:3]),
        streamed(text("a"), CUT[:40]),
        streamed(text("a"), CUT[:40], end=False),
        streamed(text("a"), end=False),
        streamed(text("a"), end=False, reset=True),
        streamed(text("a"), bytes(SPOILT)),
        streamed(text("a"), bytes(SPOILT_PRELUDE)),
        streamed(text("a"), exception("throttlingException", message="slow down")),
        streamed(text("a"), exception("validationException", message="arn:aws:bedrock:x:123456789012:y")),
        streamed(exception("modelStreamErrorException", message="m", originalStatusCode=500)),
        streamed(text("a"), exception("internalServerException", message="m"), *whole()),
        streamed(exception("serviceUnavailableException", message="m")),
        streamed(exception("somethingNewException", message="m")),
        streamed(message(b"", message_type="error", error_code="InternalFailure", error_message="m")),
        error(400, "ValidationException", "Input is too long for requested model."),
        error(400, "ValidationException", "The provided model identifier is invalid."),
        error(403, "AccessDeniedException"),
        error(403, "ExpiredTokenException"),
        error(404, "ResourceNotFoundException"),
        error(408, "ModelTimeoutException"),
        error(429, "ThrottlingException"),
        error(429, "ModelNotReadyException"),
        error(500, "InternalServerException"),
        error(503, "ServiceUnavailableException"),
        refused(
            424, b'{"message": "m", "originalStatusCode": 400}', **{"x-amzn-errortype": "ModelErrorException"}
        ),
        refused(
            424, b'{"message": "m", "originalStatusCode": 500}', **{"x-amzn-errortype": "ModelErrorException"}
        ),
        refused(502, b"<html>Bad Gateway</html>"),
        refused(503, b""),
        refused(418, b"no JSON"),
        closed,
    ],
)
def test_an_answer_gives_the_events_and_the_error_that_it_gives_with_boto3(
    ours: Make, answer: Answer
) -> None:
    with Bedrock(answer) as bedrock:
        assert outcome(ours(bedrock.url)) == expected(bedrock.url)


@pytest.mark.parametrize(("parts", "code"), [([], "upstream_timeout"), ([text("a")], "upstream_stall")])
def test_silence_gives_the_error_that_it_gives_with_boto3(ours: Make, parts: list[bytes], code: str) -> None:
    done = threading.Event()

    def mute(connection: object) -> bool:
        return not done.wait(TIMEOUT)

    answer = streamed(*parts, silence(done)) if parts else mute
    with Bedrock(answer) as bedrock:
        found = outcome(ours(bedrock.url, 0.2))
        assert found == expected(bedrock.url, 0.2)
        done.set()
    assert found[1] is not None
    assert found[1][2] == code
    # a model that is slow to begin is not asked, and paid, three times
    assert len(bedrock.requests) == 2


def test_a_server_that_is_not_there_gives_the_error_that_it_gives_with_boto3(ours: Make) -> None:
    with Bedrock(closed) as bedrock:
        url = bedrock.url
    found = outcome(ours(url))
    assert found == expected(url)
    assert found[1] is not None
    assert found[1][2] == "upstream_connect"


def test_the_request_is_the_one_that_boto3_makes(ours: Make) -> None:
    request: dict[str, Any] = {
        "messages": [
            {"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": b"\x00\xff"}}}]}
        ],
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5},
        "additionalModelRequestFields": {"a": [1, None, "schön"]},
    }
    with Bedrock(streamed(*whole())) as bedrock:
        for client in (botos(bedrock.url), ours(bedrock.url)):
            list(client.converse_stream(modelId=MODEL, **request)["stream"])
    boto, own = bedrock.requests
    assert own.target == boto.target
    assert unquote(own.target) == f"/model/{MODEL}/converse-stream"
    assert json.loads(own.body) == json.loads(boto.body)
    for name in ("host", "content-type", "x-amz-security-token"):
        assert own.headers[name] == boto.headers[name]
    scope = "Credential=A/{date}/us-east-1/bedrock/aws4_request"
    for each in bedrock.requests:
        assert scope.format(date=each.headers["x-amz-date"][:8]) in each.headers["authorization"]


def test_an_event_comes_out_while_the_model_is_still_writing(ours: Make) -> None:
    first, second = threading.Event(), threading.Event()
    answer = streamed(text("a"), silence(first), text("b"), silence(second), *whole("c"))
    with Bedrock(answer) as bedrock:
        stream = iter(ours(bedrock.url).converse_stream(modelId=MODEL)["stream"])
        assert next(stream)["contentBlockDelta"]["delta"] == {"text": "a"}
        first.set()
        assert next(stream)["contentBlockDelta"]["delta"] == {"text": "b"}
        second.set()
        assert len(list(stream)) == 5


def test_the_connection_is_kept_for_the_next_call(ours: Make) -> None:
    with Bedrock(streamed(*whole()), error(400, "ValidationException"), streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        with pytest.raises(BedrockError):
            client.converse_stream(modelId=MODEL)
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 1


def test_a_kept_connection_that_the_server_has_closed_costs_no_attempt(ours: Make) -> None:
    with Bedrock(streamed(*whole()), error(500, "InternalServerException")) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        bedrock.hang_up()
        with pytest.raises(BedrockError):
            client.converse_stream(modelId=MODEL)
        assert len(bedrock.requests) == 1 + 3


def test_a_connection_that_ends_as_it_is_used_again_costs_no_attempt(ours: Make) -> None:
    answers = [streamed(*whole()), closed, closed, closed, streamed(*whole())]
    with Bedrock(*answers) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert len(bedrock.requests) == 5


def test_a_kept_connection_on_which_there_is_an_answer_costs_an_attempt_even_if_nobody_can_read_it(
    ours: Make,
) -> None:
    def unreadable(connection: socket.socket) -> bool:
        connection.sendall(b"no HTTP\r\n\r\n")
        return False

    with Bedrock(streamed(*whole()), unreadable) as bedrock:
        client = ours(bedrock.url)
        list(client.converse_stream(modelId=MODEL)["stream"])
        with pytest.raises(ConnectionFailed):
            client.converse_stream(modelId=MODEL)
        assert len(bedrock.requests) == 1 + 3


def test_a_stream_that_is_left_early_ends_its_connection(ours: Make) -> None:
    hold = threading.Event()
    with Bedrock(streamed(text("a"), silence(hold), *whole()), streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        stream = client.converse_stream(modelId=MODEL)["stream"]
        next(iter(stream))
        stream.close()
        stream.close()
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2
        hold.set()


def test_a_connection_that_is_out_of_step_is_not_used_again(ours: Make) -> None:
    def out_of_step(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n")
        return True

    with Bedrock(out_of_step, streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        with pytest.raises(StreamBroken):
            list(client.converse_stream(modelId=MODEL)["stream"])
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2


def test_a_stream_that_is_closed_before_it_is_read_ends_its_connection(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        client.converse_stream(modelId=MODEL)["stream"].close()
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2


def test_two_streams_at_once_have_a_connection_each(ours: Make) -> None:
    hold = threading.Event()
    with Bedrock(streamed(text("a"), silence(hold), *whole()), streamed(*whole())) as bedrock:
        client = ours(bedrock.url)
        slow = iter(client.converse_stream(modelId=MODEL)["stream"])
        next(slow)
        assert len(list(client.converse_stream(modelId=MODEL)["stream"])) == 5
        hold.set()
        assert len(list(slow)) == 5
        list(client.converse_stream(modelId=MODEL)["stream"])
        assert bedrock.connections == 2


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        (error(429, "ThrottlingException"), 3),
        (error(503, "ServiceUnavailableException"), 3),
        (error(408, "ModelTimeoutException"), 1),
        (error(424, "ModelErrorException"), 1),
        (error(400, "ValidationException"), 1),
    ],
)
def test_what_may_pass_is_tried_three_times_and_nothing_else(
    ours: Make, answer: Answer, attempts: int
) -> None:
    with Bedrock(answer) as bedrock, pytest.raises(BedrockError):
        ours(bedrock.url).converse_stream(modelId=MODEL)
    assert len(bedrock.requests) == attempts


def test_a_retry_that_succeeds_gives_the_stream(ours: Make) -> None:
    with Bedrock(error(429, "ThrottlingException"), closed, streamed(*whole())) as bedrock:
        response = ours(bedrock.url).converse_stream(modelId=MODEL)
        assert len(list(response["stream"])) == 5
    assert response["ResponseMetadata"]["RequestId"] == "r-1"


def test_what_bedrock_asks_for_is_waited() -> None:
    waited: list[float] = []
    environ = {"AWS_REGION": "us-east-1", **KEYS}
    with Bedrock(error(503, "X", x_amz_retry_after="1500"), streamed(*whole())) as bedrock:
        environ["AWS_ENDPOINT_URL"] = bedrock.url
        with closing(
            BedrockRuntime(environ, connect_timeout=1, read_timeout=TIMEOUT, sleep=waited.append)
        ) as client:
            list(client.converse_stream(modelId=MODEL)["stream"])
    assert waited == [1.5]


def test_an_alarm_of_the_function_goes_through_as_it_is(ours: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = threading.Event()
    with Bedrock(streamed(text("a"), silence(hold))) as bedrock:
        stream = iter(ours(bedrock.url).converse_stream(modelId=MODEL)["stream"])
        next(stream)

        def alarm(size: int) -> bytes:
            raise DeadlineExceeded

        monkeypatch.setattr("http.client.HTTPResponse.read1", lambda self, size: alarm(size))
        with pytest.raises(DeadlineExceeded):
            next(stream)
        hold.set()


def test_lambdas_trace_is_passed_on_as_botocore_does(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        list(
            ours(bedrock.url, _X_AMZN_TRACE_ID="Root=1-a;Sampled=0 é").converse_stream(modelId=MODEL)[
                "stream"
            ]
        )
    assert bedrock.requests[0].headers["x-amzn-trace-id"] == "Root=1-a;Sampled=0%20%C3%A9"


def test_a_path_in_the_endpoint_comes_before_the_operations(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock:
        list(ours(f"{bedrock.url}/proxy/").converse_stream(modelId="m")["stream"])
    assert bedrock.requests[0].target == "/proxy/model/m/converse-stream"


def test_a_function_without_credentials_is_told_so_before_anything_is_sent() -> None:
    client = BedrockRuntime(
        {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        connect_timeout=1,
        read_timeout=1,
    )
    with pytest.raises(CredentialsUnavailable) as caught:
        client.converse_stream(modelId=MODEL)
    assert translate(caught.value).code == "upstream_auth"


def test_an_api_key_is_not_sent_in_the_clear(ours: Make) -> None:
    with Bedrock(streamed(*whole())) as bedrock, pytest.raises(CredentialsUnavailable):
        ours(bedrock.url, AWS_BEARER_TOKEN_BEDROCK="key").converse_stream(modelId=MODEL)
    assert bedrock.requests == []


@pytest.mark.parametrize(
    "kind", [ConnectionFailed, CredentialsUnavailable, ReadTimeout, StreamBroken, StreamStalled]
)
def test_every_failure_of_the_client_has_a_row_in_the_error_table(kind: type[Exception]) -> None:
    assert translate(kind("x")).code != "upstream_error"


class Tls(NamedTuple):
    """A server that has a certificate, and who trusts it."""

    server: ssl.SSLContext
    trusted: str


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    return Tls(context, str(trusted))


def test_over_tls_the_connection_is_kept_and_an_api_key_goes_instead_of_a_signature(
    ours: Make,
    tls: Tls,
) -> None:
    with Bedrock(streamed(*whole()), tls=tls.server) as bedrock:
        client = ours(bedrock.url, AWS_CA_BUNDLE=tls.trusted, AWS_BEARER_TOKEN_BEDROCK="key")
        for _ in range(2):
            assert len(list(client.converse_stream(modelId=MODEL)["stream"])) == 5
        assert bedrock.connections == 1
    for request in bedrock.requests:
        assert request.headers["authorization"] == "Bearer key"
        assert "x-amz-date" not in request.headers


def test_a_cut_inside_tls_is_noticed(ours: Make, tls: Tls) -> None:
    answer = streamed(text("a"), CUT[:40], end=False)
    with Bedrock(answer, tls=tls.server) as bedrock:
        stream = iter(ours(bedrock.url, AWS_CA_BUNDLE=tls.trusted).converse_stream(modelId=MODEL)["stream"])
        next(stream)
        with pytest.raises(StreamBroken):
            next(stream)


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_request(ours: Make, tls: Tls) -> None:
    with Bedrock(streamed(*whole()), tls=tls.server) as bedrock:
        with pytest.raises(ConnectionFailed):
            ours(bedrock.url).converse_stream(modelId=MODEL)
        assert bedrock.requests == []


def test_a_request_in_the_models_own_words_is_what_boto3_sends(ours: Make) -> None:
    parameters = {
        "contentType": "application/json",
        "guardrailIdentifier": "g1",
        "guardrailVersion": "1",
        "trace": "ENABLED",
        "serviceTier": "flex",
        "performanceConfigLatency": "optimized",
    }
    chunk = event("chunk", bytes="eyJhIjoxfQ==")
    seen = []
    with Bedrock(streamed(chunk)) as bedrock:
        for client in (ours(bedrock.url), botos(bedrock.url)):
            response = client.invoke_model_with_response_stream(modelId=MODEL, body=b"{}", **parameters)
            seen.append(list(response["body"]))
            client.close()
    assert seen[0] == seen[1] == [{"chunk": {"bytes": b'{"a":1}'}}]
    mine, botos_own = (
        (
            request.target,
            request.body,
            {name: request.headers.get(name.lower()) for name in INVOKE_HEADERS.values()},
        )
        for request in bedrock.requests
    )
    assert mine == botos_own


def test_every_parameter_of_the_service_model_has_its_header() -> None:
    shape = (
        SESSION.client("bedrock-runtime")
        .meta.service_model.operation_model("InvokeModelWithResponseStream")
        .input_shape
    )
    headers = {
        name: member.serialization["name"]
        for name, member in shape.members.items()
        if member.serialization.get("location") == "header"
    }
    assert headers == INVOKE_HEADERS
