"""When a request is made again and after how long, against botocore's standard mode."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    RetryEventAdapter,
    StandardRetryConditions,
    ThrottledRetryableChecker,
    ThrottlingErrorDetector,
    TransientRetryableChecker,
)
from chat.bedrock.retry import ATTEMPTS, STATUSES, THROTTLING, TRANSIENT, pause

MODEL = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("ConverseStream")
MODELED = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in MODEL.error_shapes}
CASES = [
    *MODELED.items(),
    *((code, 400) for code in sorted(THROTTLING | TRANSIENT)),
    *(("Unknown", status) for status in (400, 403, 404, 408, 424, 429, *sorted(STATUSES))),
]


def half() -> float:
    return 0.5


@pytest.mark.parametrize("asked", ["", "100", "2500", "60000", "-1", "soon"])
@pytest.mark.parametrize(("code", "status"), CASES)
def test_bedrock_retry_decision_and_pause_equal_botocore(code: str, status: int, asked: str) -> None:
    headers = {"x-amz-retry-after": asked} if asked else {}
    for attempt in range(1, ATTEMPTS + 1):
        response = {
            "Error": {"Code": code, "Message": ""},
            "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
        }
        context = RetryContext(
            attempt_number=attempt,
            operation_model=MODEL,
            parsed_response=response,
            http_response=AWSResponse("", status, HeadersDict(headers), None),
        )
        backoff = ExponentialBackoff(
            random=half, throttling_detector=ThrottlingErrorDetector(RetryEventAdapter())
        )
        retried = StandardRetryConditions(max_attempts=ATTEMPTS).is_retryable(context)
        assert pause(response, attempt, half) == (backoff.delay_amount(context) if retried else None)


def test_bedrock_retry_tables_have_every_code_of_botocore() -> None:
    assert set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES) == THROTTLING
    assert set(TransientRetryableChecker._TRANSIENT_ERROR_CODES) <= THROTTLING | TRANSIENT
    assert set(TransientRetryableChecker._TRANSIENT_STATUS_CODES) <= STATUSES


def test_bedrock_retry_failed_connection_is_tried_again_soon() -> None:
    assert [pause(None, attempt, half) for attempt in range(1, 4)] == [0.025, 0.05, None]
