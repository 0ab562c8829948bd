"""Call the few operations of DynamoDB that streams need, without the SDK.

"Amazon DynamoDB Developer Guide", Programming.LowLevelAPI: JSON over ``POST /``.
"""

from __future__ import annotations

import json
import time
from threading import Lock

from lambda_streaming_aws.connection import HttpOrigin, tls_context
from lambda_streaming_aws.credentials import CredentialSource
from lambda_streaming_aws.endpoint import endpoint_url
from lambda_streaming_aws.exceptions import (
    ConnectionFailed,
    CredentialsUnavailable,
    ReadTimeout,
    StreamBroken,
    StreamStalled,
)
from lambda_streaming_aws.sigv4 import sign

from .errors import ConditionFailed, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from lambda_streaming_aws.connection import AwsResponse, SentRequest

_SERVICE = "dynamodb"
_TARGET = "DynamoDB_20120810"
_CONTENT_TYPE = "application/x-amz-json-1.0"
# Seconds; DynamoDB answers in a few milliseconds.
_TIMEOUT = 1.0
# "Error handling with DynamoDB", Programming.Errors: those with "OK to retry: Yes".
_LATER = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionInProgressException",
}
_NO_ANSWER = (ConnectionFailed, ReadTimeout, StreamBroken, StreamStalled)


class Table:
    """A table of DynamoDB. Safe to use from any thread.

    :param environ: AWS_REGION, credentials and endpoint as Lambda and the AWS SDKs name them
    :param name: name or ARN of the table
    :param timeout: of a connection and of an answer, in seconds. Default: 1
    """

    def __init__(self, environ: Mapping[str, str], name: str, *, timeout: float = _TIMEOUT) -> None:
        self._environ = environ
        self._name = name
        self._region = environ["AWS_REGION"]
        self._credentials = CredentialSource(environ)
        self._timeout = timeout
        self._origin: HttpOrigin | None = None
        self._connecting = Lock()

    def call(self, operation: str, members: Mapping[str, object]) -> dict[str, Any]:
        """Call an operation once.

        :param members: of the request, without the table's name
        :raises ConditionFailed: when the condition of a write does not hold
        :raises StoreError: when there is no answer, or it is another error
        """

        def sent() -> AwsResponse:
            origin = self._connected()
            body = self._body(members)
            return origin.post(f"{origin.path}/", body, self._headers(origin, operation, body))

        return _answer(operation, sent)

    def begin(self, operation: str, members: Mapping[str, object]) -> BegunCall | None:
        """Begin to call an operation once, over a connection that is there; None where there is none.

        :param members: of the request, without the table's name
        """
        if self._origin is None:
            return None
        body = self._body(members)
        try:
            headers = self._headers(self._origin, operation, body)
        except CredentialsUnavailable:
            return None  # whoever calls it then is told
        sent = self._origin.begin(f"{self._origin.path}/", body, headers)
        return BegunCall(operation, sent) if sent else None

    def close(self) -> None:
        """End the connection that is kept for the next call."""
        if self._origin:
            self._origin.close()

    def _body(self, members: Mapping[str, object]) -> bytes:
        return json.dumps({"TableName": self._name, **members}, separators=(",", ":")).encode()

    def query(self, members: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a Query, from all of its pages.

        :raises StoreError: as :meth:`call` does
        """
        page: dict[str, Any] = {}
        while True:
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}
            page = self.call("Query", {**members, **start})
            yield from page["Items"]
            if "LastEvaluatedKey" not in page or "Limit" in members:
                return

    def _connected(self) -> HttpOrigin:
        # not when the function is initialized: without a stream nobody needs it
        with self._connecting:  # of two, nobody would end the connection of the one that is overwritten
            if self._origin is None:
                url = endpoint_url(self._environ, self._region, _SERVICE)
                tls = tls_context(self._environ.get("AWS_CA_BUNDLE")) if url.startswith("https:") else None
                self._origin = HttpOrigin(url, tls, connect_timeout=self._timeout, read_timeout=self._timeout)
            return self._origin

    def _headers(self, origin: HttpOrigin, operation: str, body: bytes) -> dict[str, str]:
        return sign(
            f"{origin.path}/",
            {
                "Host": origin.host,
                "Content-Type": _CONTENT_TYPE,
                "X-Amz-Target": f"{_TARGET}.{operation}",
            },
            body,
            credentials=self._credentials.current(),
            region=self._region,
            service=_SERVICE,
            timestamp=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        )


class BegunCall:
    """A call that was sent, and whose answer is not waited for yet."""

    def __init__(self, operation: str, sent: SentRequest) -> None:
        self._operation = operation
        self._sent = sent

    def answered(self, seconds: float) -> bool:
        """Return whether there is an answer after that time at most."""
        return self._sent.answered(seconds)

    def answer(self) -> dict[str, Any]:
        """Return the answer, as :meth:`Table.call` does, and raise what it does."""
        return _answer(self._operation, self._sent.response)

    def close(self) -> None:
        """End the connection, whose answer nobody waits for any more."""
        self._sent.close()


def _answer(operation: str, responded: Callable[[], AwsResponse]) -> dict[str, Any]:
    try:
        response = responded()
        content = b"".join(response.chunks())
    except _NO_ANSWER as error:
        raise StoreError(f"{operation}: {error}", again=True) from error
    except CredentialsUnavailable as error:
        raise StoreError(f"{operation}: {error}", again=False) from error
    answer = _members(content)
    if response.status != 200:
        raise _failure(operation, response.status, answer)
    return answer


def _failure(operation: str, status: int, answer: Mapping[str, Any]) -> ConditionFailed | StoreError:
    code = str(answer.get("__type", status)).rsplit("#")[-1]
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(answer.get("Item"))
    return StoreError(f"{operation}: {code}", again=status >= 500 or code in _LATER)


def _members(content: bytes) -> dict[str, Any]:
    try:
        members = json.loads(content or b"{}")
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}
