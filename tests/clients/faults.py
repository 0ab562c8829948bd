"""Every row of the error table, with how the stand-in and a function are made to produce it."""

from __future__ import annotations

from dataclasses import dataclass

from chat.bedrock import retry
from chat.errors import (
    BEDROCK,
    CONTEXT_LENGTH,
    MALFORMED,
    MODEL_REFUSED,
    STATUSES,
    TRANSPORT,
    TRUNCATED,
    UNKNOWN,
    ErrorRow,
)

from tests.support.bedrock import directed as bedrock

#: How often an official client asks, when it is told that it is worth another attempt.
THEIRS = 3
#: The streaming library's own.
OUT_OF_TIME = ErrorRow(504, "timeout_error", "function_timeout", "", {"x-should-retry": "false"})


@dataclass(frozen=True)
class Case:
    """One way to fail.

    :param fault: the row of the table
    :param directive: what Bedrock is to do. Default: - it would answer
    :param variant: which of the functions is asked. Default: the one that is as it is deployed
    :param ours: how often the function asks Bedrock
    """

    fault: ErrorRow
    directive: str = "text"
    variant: str = ""
    ours: int = 1

    @property
    def id(self) -> str:
        """The name of the case, which is the last part of the prompt."""
        return f"{self.directive} {self.variant}".strip().replace(" ", "-")

    @property
    def attempts(self) -> int:
        """How often Bedrock is asked until an official client gives up."""
        # whoever is told that this function has tried again does not do so as well
        return THEIRS if self.fault.retryable and self.ours == 1 else self.ours


def _ours(code: str, status: int) -> int:
    again = status in retry.STATUSES or code in retry.THROTTLING | retry.TRANSIENT
    return retry.ATTEMPTS if again else 1


def _refusal(code: str, fault: ErrorRow, status: int | None = None) -> Case:
    return Case(fault, f"[[{code}]]", ours=_ours(code, status or bedrock.STATUSES.get(code, 400)))


#: Before the stream begins, or before its first content: an HTTP status.
BEFORE = [
    *(_refusal(code, fault) for code, fault in BEDROCK.items() if code[0].isupper()),
    *(_refusal(f"New{status}", fault, status) for status, fault in STATUSES.items()),
    _refusal("New418", UNKNOWN, 418),
    Case(CONTEXT_LENGTH, "[[too-long]]"),
    Case(MODEL_REFUSED, "[[model-says-no]]"),
    *(Case(fault, f"[[{code}@0]]") for code, fault in BEDROCK.items() if code[0].islower()),
    Case(UNKNOWN, "[[newException@0]]"),
    Case(TRUNCATED, "[[silent-end@0]]"),
    Case(MALFORMED, "[[malformed@0]]"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.StreamBroken"], "[[cut@0]]"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.StreamBroken"], "[[bad-crc@0]]"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.StreamStalled"], "[[stall@0]]", "impatient"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.ReadTimeout"], "[[mute]]", "impatient"),
    # on a connection that was kept there would be one attempt more, which nobody has to wait for
    Case(
        TRANSPORT["lambda_streaming_aws.exceptions.ConnectionFailed"],
        "[[hang-up]]",
        "patient",
        ours=retry.ATTEMPTS,
    ),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.ConnectionFailed"], variant="nowhere", ours=0),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.CredentialsUnavailable"], variant="keyless", ours=0),
    Case(OUT_OF_TIME, "[[stall@0]]", "brief"),
    Case(TRANSPORT["urllib3.exceptions.HTTPError"], "[[cut@0]]", "boto3"),
    Case(TRANSPORT["botocore.eventstream.ParserError"], "[[bad-crc@0]]", "boto3"),
    Case(TRANSPORT["urllib3.exceptions.ReadTimeoutError"], "[[stall@0]]", "boto3-impatient"),
    Case(TRANSPORT["botocore.exceptions.ReadTimeoutError"], "[[mute]]", "boto3-impatient"),
    Case(TRANSPORT["botocore.exceptions.ConnectionError"], "[[hang-up]]", "boto3"),
    Case(TRANSPORT["botocore.exceptions.ConnectionError"], variant="boto3-nowhere", ours=0),
    Case(TRANSPORT["botocore.exceptions.NoCredentialsError"], variant="boto3-keyless", ours=0),
]
#: After the first content: the last event of the stream, and no second attempt by anybody.
INSIDE = [
    *(Case(fault, f"[[{code}@2]]") for code, fault in BEDROCK.items() if code[0].islower()),
    Case(UNKNOWN, "[[newException@2]]"),
    Case(TRUNCATED, "[[silent-end@2]]"),
    Case(MALFORMED, "[[malformed@2]]"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.StreamBroken"], "[[cut@2]]"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.StreamBroken"], "[[bad-crc@2]]"),
    Case(TRANSPORT["lambda_streaming_aws.exceptions.StreamStalled"], "[[stall@2]]", "impatient"),
    Case(TRANSPORT["urllib3.exceptions.HTTPError"], "[[cut@2]]", "boto3"),
    Case(TRANSPORT["urllib3.exceptions.ReadTimeoutError"], "[[stall@2]]", "boto3-impatient"),
    Case(OUT_OF_TIME, "[[stall@2]]", "brief"),
]
#: Rows that no server can produce: what boto3 raises before it sends anything, and a class of which only
#: subclasses are raised.
UNPRODUCED = {
    "botocore.exceptions.CredentialRetrievalError",
    "botocore.exceptions.HTTPClientError",
    "botocore.exceptions.ParamValidationError",
    "botocore.exceptions.PartialCredentialsError",
}
