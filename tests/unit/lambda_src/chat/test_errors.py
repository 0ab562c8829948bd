"""The error table: complete, and without secrets."""

from __future__ import annotations

import time

import botocore.exceptions
import botocore.session
import pytest
import urllib3.exceptions
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError, EventStreamError
from chat.errors import BEDROCK, STATUSES, TRANSPORT, UNKNOWN, cause_of, redacted, translate

STREAMING_OPERATIONS = ("ConverseStream", "InvokeModelWithResponseStream")


def client_error(code: str, message: str = "", /, **members: object) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **members}, "ConverseStream")


@pytest.mark.parametrize("operation", STREAMING_OPERATIONS)
def test_chat_errors_table_has_every_exception_of_service_model(operation: str) -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model(operation)
    before = {shape.name for shape in model.error_shapes}
    events = model.get_event_stream_output().members
    inside = {name for name, shape in events.items() if shape.metadata.get("exception")}
    assert before
    assert inside
    assert (before | inside) - BEDROCK.keys() == set()


def test_chat_errors_transport_rows_name_existing_classes() -> None:
    for name in TRANSPORT:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(__import__(module, fromlist=[kind]), kind), Exception)


@pytest.mark.parametrize(
    ("code", "status", "type", "told"),
    [
        ("ValidationException", 400, "invalid_request_error", "validation_error"),
        ("ResourceNotFoundException", 404, "not_found_error", "model_not_found"),
        ("AccessDeniedException", 403, "permission_error", "model_access_denied"),
        ("ExpiredTokenException", 500, "api_error", "upstream_auth"),
        ("ThrottlingException", 429, "rate_limit_error", "throttled"),
        ("ServiceQuotaExceededException", 429, "rate_limit_error", "quota_exceeded"),
        ("ModelNotReadyException", 503, "overloaded_error", "model_not_ready"),
        ("ServiceUnavailableException", 503, "overloaded_error", "service_unavailable"),
        ("InternalServerException", 500, "api_error", "upstream_internal"),
        ("ModelTimeoutException", 504, "timeout_error", "model_timeout"),
        ("ModelErrorException", 502, "api_error", "model_error"),
        ("SomethingNew", 502, "api_error", "upstream_error"),
        ("", 502, "api_error", "upstream_error"),
    ],
)
def test_translate_bedrock_error_is_a_client_status_and_code(
    code: str, status: int, type: str, told: str
) -> None:
    error = translate(client_error(code))
    assert (error.status, error.type, error.code) == (status, type, told)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (botocore.exceptions.EndpointConnectionError(endpoint_url="https://x"), 502, "upstream_connect"),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="https://x"), 502, "upstream_connect"),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="https://x"), 502, "upstream_connect"),
        (botocore.exceptions.HTTPClientError(error="secret"), 502, "upstream_connect"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="https://x"), 504, "upstream_timeout"),
        (botocore.exceptions.NoCredentialsError(), 500, "upstream_auth"),
        (
            botocore.exceptions.PartialCredentialsError(provider="secret", cred_var="secret"),
            500,
            "upstream_auth",
        ),
        (
            botocore.exceptions.CredentialRetrievalError(provider="secret", error_msg="secret"),
            500,
            "upstream_auth",
        ),
        (botocore.exceptions.ParamValidationError(report="secret"), 400, "validation_error"),
        (urllib3.exceptions.ReadTimeoutError(None, None, ""), 504, "upstream_stall"),  # type: ignore[arg-type]
        (urllib3.exceptions.ProtocolError(), 502, "upstream_stream_broken"),
        (urllib3.exceptions.IncompleteRead(1, 2), 502, "upstream_stream_broken"),
        (ChecksumMismatch(1, 2), 502, "upstream_stream_broken"),
        (KeyError("?"), 502, UNKNOWN.code),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_translate_transport_error_is_a_client_status_and_code(
    error: Exception, status: int, code: str
) -> None:
    told = translate(error)
    assert (told.status, told.code) == (status, code)
    assert "secret" not in told.message


def test_translate_error_inside_stream_keeps_its_bedrock_name() -> None:
    told = translate(
        EventStreamError({"Error": {"Code": "throttlingException", "Message": "x"}}, "ConverseStream")
    )
    assert (told.status, told.code, told.type) == (429, "throttlingException", "rate_limit_error")


def test_translate_error_has_retry_after_or_x_should_retry() -> None:
    assert translate(client_error("ThrottlingException")).headers == {"retry-after": "1"}
    assert translate(client_error("ModelTimeoutException")).headers == {"x-should-retry": "false"}
    assert translate(client_error("ValidationException")).headers == {}


def test_translate_input_too_long_is_context_length_exceeded() -> None:
    told = translate(client_error("ValidationException", "Input is too long for requested model."))
    assert (told.status, told.code) == (400, "context_length_exceeded")


@pytest.mark.parametrize(("original", "status"), [(400, 400), (500, 502), (None, 502)])
def test_translate_model_error_is_a_400_only_with_original_status_400(
    original: int | None, status: int
) -> None:
    error = client_error(
        "ModelErrorException", **({} if original is None else {"originalStatusCode": original})
    )
    assert translate(error).status == status


def test_translate_validation_message_has_no_arn_or_account_id() -> None:
    said = (
        "Invocation of model arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x for 123456789012 "
        "by role_123456789012_x: temperature is deprecated"
    )
    message = translate(client_error("ValidationException", said)).message
    assert "temperature is deprecated" in message
    assert "arn:" not in message
    assert "123456789012" not in message


@pytest.mark.parametrize("code", sorted(BEDROCK.keys() - {"ValidationException", "validationException"}))
def test_translate_other_messages_of_bedrock_are_dropped(code: str) -> None:
    assert "secret" not in translate(client_error(code, "secret")).message


@pytest.mark.parametrize("status", STATUSES)
def test_translate_unknown_code_goes_by_http_status(status: int) -> None:
    error = client_error("SomethingNew", "secret", ResponseMetadata={"HTTPStatusCode": status})
    told = translate(error)
    assert (told.status, told.code) == (STATUSES[status].status, STATUSES[status].code)
    assert "secret" not in told.message


def test_translate_413_is_request_too_large() -> None:
    assert (
        translate(client_error("413", ResponseMetadata={"HTTPStatusCode": 413})).code == "request_too_large"
    )


QUOTED = "the prompt 'my secret plan' is malformed"


@pytest.mark.parametrize("attempts", [0, 1, 2])
def test_translate_error_after_retries_has_x_should_retry_false(attempts: int) -> None:
    for code in ("ThrottlingException", "InternalServerException", "SomethingNew"):
        error = client_error(code, ResponseMetadata={"HTTPStatusCode": 503, "RetryAttempts": attempts})
        assert translate(error).headers.get("x-should-retry") == ("false" if attempts else None)


@pytest.mark.parametrize("message", [None, 7, True, {"a": 1}, ["x"], b"x", "x" * 200_000])
@pytest.mark.parametrize("code", ["ValidationException", "validationException", "ThrottlingException"])
def test_translate_message_of_any_kind_is_a_row_of_the_table(code: str, message: object) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "ConverseStream")
    told = translate(error)
    assert told.code == BEDROCK[code].code
    assert len(told.message) <= 1003


@pytest.mark.parametrize(
    "response",
    [
        {"Error": {"Code": ["x"], "Message": "m"}},
        {"Error": {"Code": {"a": 1}}},
        {"Error": []},
        {"Error": "x"},
        {},
        {"Error": {"Code": "ModelErrorException"}, "originalStatusCode": "400"},
        {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": [429]}},
    ],
)
def test_translate_malformed_response_is_a_502_without_its_text(response: dict[str, object]) -> None:
    class Odd(Exception):
        pass

    error = Odd("secret")
    error.response = response  # type: ignore[attr-defined]
    assert translate(error).status == 502
    assert "secret" not in translate(error).message


@pytest.mark.parametrize(
    "private",
    [
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x",
        "ARN:AWS:iam::123456789012:role/Admin",
        "Arn:aws-us-gov:s3:::bucket",
        "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FAdmin",
        "s3://my-bucket/a/b.pdf",
        "S3://My-Bucket/x",
        "123456789012",
        "AROAIOSFODNN7EXAMPLE1",
        "AROAIOSFODNN7EXAMPLE1:my-session@example.com",
        "AIDAIOSFODNN7EXAMPLE1",
        "ASIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLE",
    ],
)
@pytest.mark.parametrize("within", ["{}", "user {} may not", "'{}'", "({}), x", "key={}"])
def test_redacted_message_names_nothing_of_the_account(private: str, within: str) -> None:
    message = within.format(private)
    clean = redacted(message)
    assert "[redacted]" in clean
    assert not any(part in clean for part in (private, private[4:], "my-session", "bucket", "123456789012"))
    error = client_error("ValidationException", message)
    assert translate(error).message == clean


@pytest.mark.parametrize("kept", ["Aroma", "ASIAN", "AROA is short", "1234567890123", "barn: x", "AKIA"])
def test_redacted_message_keeps_what_only_looks_alike(kept: str) -> None:
    assert redacted(kept) == kept


def test_redacted_message_of_any_length_is_cut_and_fast() -> None:
    started = time.process_time()
    for part in ("arn:aws:", "s3:/", "1", "AROA", "arn%3a-", "A"):
        clean = redacted(part * 200_000)
        assert len(clean) <= 1003
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "code", ["ValidationException", "validationException", "ModelErrorException", "SomethingNew", ""]
)
def test_cause_of_error_has_no_content_unless_allowed(code: str) -> None:
    error = client_error(code, QUOTED)
    assert "secret" not in cause_of(error, content=False)
    assert code in cause_of(error, content=False)
    assert QUOTED in cause_of(error, content=True)


def test_cause_of_access_error_keeps_the_explanation() -> None:
    said = "User: arn:aws:sts::123456789012:assumed-role/x is not authorized"
    assert said in cause_of(client_error("AccessDeniedException", said), content=False)
    assert "no route" in cause_of(OSError("no route"), content=False)
    assert len(cause_of(OSError("x" * 200_000), content=False)) <= 2000


def test_upstream_error_str_and_repr_have_no_message() -> None:
    error = translate(client_error("validationException", QUOTED))
    assert "secret" in error.message
    assert "secret" not in str(error)
    assert "secret" not in repr(error)
