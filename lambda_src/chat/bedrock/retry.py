"""Decide whether a request is retried: botocore's ``standard`` retry mode, as a table.

Only before the stream has begun. In two things it is not botocore's: a model that has not begun to answer in
time is not asked again, because every attempt is waited for and paid; and there is no retry quota, which is
for clients with many requests at once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

ATTEMPTS = 3

# botocore.retries.standard, and the retryable errors of ConverseStream in the service model.
STATUSES = {429, 500, 502, 503, 504}
THROTTLING = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}
TRANSIENT = {"ModelNotReadyException", "RequestTimeout", "RequestTimeoutException"}

# Seconds before the first retry, at most; they double each time.
_THROTTLING_SCALE = 1.0
_TRANSIENT_SCALE = 0.05
_MAX_BACKOFF = 20.0
# How many seconds later than that Bedrock may ask for.
_MAX_ADDITIONAL = 5.0


def pause(response: Mapping[str, Any] | None, attempt: int, random: Callable[[], float]) -> float | None:
    """Return the seconds to wait before the next attempt, or None when there is to be none.

    :param response: of the error, as in :class:`BedrockError`; None when there was no answer at all
    :param attempt: how many attempts there have been, from 1
    """
    if attempt >= ATTEMPTS:
        return None
    if response is None:
        return _backoff(_TRANSIENT_SCALE, attempt, random)
    code, metadata = response["Error"]["Code"], response["ResponseMetadata"]
    status = metadata["HTTPStatusCode"]
    if status not in STATUSES and code not in THROTTLING | TRANSIENT:
        return None
    throttled = code in THROTTLING or (status == 429 and code not in TRANSIENT)
    backoff = _backoff(_THROTTLING_SCALE if throttled else _TRANSIENT_SCALE, attempt, random)
    return max(backoff, min(_asked(metadata["HTTPHeaders"]), backoff + _MAX_ADDITIONAL))


def _backoff(scale: float, attempt: int, random: Callable[[], float]) -> float:
    wait: float = random() * min(scale * 2 ** (attempt - 1), _MAX_BACKOFF)
    return wait


def _asked(headers: Mapping[str, str]) -> float:
    milliseconds = headers.get("x-amz-retry-after", "")
    return int(milliseconds) / 1000 if milliseconds.isascii() and milliseconds.isdigit() else 0.0
