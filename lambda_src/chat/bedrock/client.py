"""Call the streaming operations and CountTokens as boto3's client does, with the same arguments and results.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html and
API_runtime_InvokeModelWithResponseStream.html.
"""

from __future__ import annotations

import json
import time
from binascii import b2a_base64

from lambda_streaming_aws.connection import HttpOrigin, tls_context
from lambda_streaming_aws.credentials import CredentialSource
from lambda_streaming_aws.endpoint import endpoint_url, percent_encoded
from lambda_streaming_aws.exceptions import ConnectionFailed, CredentialsUnavailable
from lambda_streaming_aws.sigv4 import sign

from .events import events
from .exceptions import BedrockError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeVar

    from lambda_streaming_aws.connection import AwsResponse

    Response = TypeVar("Response")

_SERVICE, _ENDPOINT = "bedrock", "bedrock-runtime"
_USER_AGENT = "cdk-streaming-api"
# Parameter -> header: botocore's service model, InvokeModelWithResponseStream.
INVOKE_HEADERS = {
    "accept": "X-Amzn-Bedrock-Accept",
    "contentType": "Content-Type",
    "guardrailIdentifier": "X-Amzn-Bedrock-GuardrailIdentifier",
    "guardrailVersion": "X-Amzn-Bedrock-GuardrailVersion",
    "performanceConfigLatency": "X-Amzn-Bedrock-PerformanceConfig-Latency",
    "projectIdentifier": "X-Amzn-Bedrock-ProjectIdentifier",
    "requestMetadata": "X-Amzn-Bedrock-Request-Metadata",
    "serviceTier": "X-Amzn-Bedrock-Service-Tier",
    "trace": "X-Amzn-Bedrock-Trace",
}


class BedrockRuntime:
    """A client with the operations that the chat function needs.

    .. code-block:: python

        bedrock = BedrockRuntime(os.environ, connect_timeout=5, read_timeout=300)
        response = bedrock.converse_stream(modelId="us.amazon.nova-2-lite-v1:0", messages=[...])
        for event in response["stream"]:
            ...

    :param environ: AWS_REGION, credentials and endpoint as Lambda and the AWS SDKs name them. Credentials are
        read at each call, the rest once
    :param connect_timeout: in seconds
    :param read_timeout: seconds for which the model may be silent
    :param sleep: waits between two attempts
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        connect_timeout: float,
        read_timeout: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._environ = environ
        self._region = environ["AWS_REGION"]
        self._credentials = CredentialSource(environ)
        self._sleep = sleep
        self._may_send: Callable[[], None] | None = None
        url = endpoint_url(environ, self._region, _ENDPOINT)
        # it takes its 20 ms here, where Lambda has the CPU for it and SnapStart remembers it
        tls = tls_context(environ.get("AWS_CA_BUNDLE")) if url.startswith("https:") else None
        self._origin = HttpOrigin(url, tls, connect_timeout=connect_timeout, read_timeout=read_timeout)

    def converse_stream(self, *, modelId: str, **request: object) -> dict[str, Any]:
        """Ask a model; return ``{"stream": events}`` as soon as it has begun to answer.

        The request is not validated here: Bedrock does that. The stream has a ``close``.

        :param modelId: id or ARN of a model, an inference profile or a prompt
        :param request: members of the request; bytes become Base64
        :raises BedrockError: when Bedrock refuses, after retries where they help
        :raises ConnectionFailed: when Bedrock cannot be reached, after retries
        :raises ReadTimeout: when the model has not begun to answer in time
        :raises CredentialsUnavailable: when there is nothing to sign with
        """
        response = self._call(modelId, "converse-stream", json.dumps(request, default=_blob).encode(), {})
        return {"stream": _EventStream(response), "ResponseMetadata": _metadata(response)}

    def invoke_model_with_response_stream(
        self, *, modelId: str, body: bytes, **parameters: str
    ) -> dict[str, Any]:
        """Ask a model in its own words; return ``{"body": events}`` as soon as it has begun to answer.

        :param modelId: id or ARN of what answers
        :param body: in the form of the model
        :param parameters: the other parameters of the operation
        :raises BedrockError: as :meth:`converse_stream` does, and the rest as well
        """
        headers = {INVOKE_HEADERS[name]: value for name, value in parameters.items()}
        response = self._call(modelId, "invoke-with-response-stream", body, headers)
        return {"body": _EventStream(response), "ResponseMetadata": _metadata(response)}

    def count_tokens(self, *, modelId: str, input: Mapping[str, object]) -> dict[str, Any]:
        """Count the tokens of a request; return ``{"inputTokens": number}``.

        :param modelId: id of a foundation model
        :param input: ``converse`` or ``invokeModel``; bytes become Base64
        :raises BedrockError: as :meth:`converse_stream` does, and the rest as well
        """
        body = json.dumps({"input": input}, default=_blob).encode()
        response = self._call(modelId, "count-tokens", body, {})
        counted: dict[str, Any] = json.loads(response.read())
        return {**counted, "ResponseMetadata": _metadata(response)}

    def stream_vendor_api(self, *, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """Ask a model in the API of a vendor; return ``{"body": events}`` as soon as it has begun to answer.

        :param path: of Bedrock, ``/openai/v1/responses``
        :param body: in the form of that API, with ``stream``
        :param headers: that belong to it
        :raises BedrockError: as :meth:`converse_stream` does, and the rest as well
        """
        from .vendor_api import ServerSentEvents, refusal  # few deployments pay for it

        response = self._post(f"{self._origin.path}{path}", body, headers, refusal)
        return {"body": ServerSentEvents(response), "ResponseMetadata": _metadata(response)}

    def once(self, may_send: Callable[[], None]) -> BedrockRuntime:
        """Return a client on the same connection, whose requests are written once they may be.

        :param may_send: called before each request is written, when there is a connection and all of it is
            known; what it raises, the call raises
        """
        from copy import copy  # only a function with a budget pays for it

        client = copy(self)
        client._may_send = may_send
        return client

    def close(self) -> None:
        """End the connection that is kept for the next call."""
        self._origin.close()

    def _call(self, model_id: str, operation: str, body: bytes, headers: Mapping[str, str]) -> AwsResponse:
        path = f"{self._origin.path}/model/{percent_encoded(model_id)}/{operation}"
        return self._post(path, body, headers, _refusal)

    def _post(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        refusal: Callable[[AwsResponse], BedrockError | None],
    ) -> AwsResponse:
        return attempted(
            lambda: self._origin.post(path, body, self._headers(path, body, headers), self._may_send),
            refusal,
            self._sleep,
        )

    def _headers(self, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        signed = {"Host": self._origin.host, "Content-Type": "application/json", **headers}
        return {
            **self._authenticated(path, body, signed),
            "User-Agent": _USER_AGENT,
            **_trace(self._environ),
        }

    def _authenticated(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        bearer = self._environ.get("AWS_BEARER_TOKEN_BEDROCK")
        if not bearer:
            return sign(
                path,
                headers,
                body,
                credentials=self._credentials.current(),
                region=self._region,
                service=_SERVICE,
                timestamp=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
            )
        if not self._origin.secure:
            raise CredentialsUnavailable("a bearer token is only sent over https")
        return {**headers, "Authorization": f"Bearer {bearer}"}


class _EventStream:
    """The events of a response; iterated over once."""

    def __init__(self, response: AwsResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            yield from events(self._response.chunks())
        finally:
            self.close()

    def close(self) -> None:
        """End the stream, wherever it is."""
        self._response.close()


def _refusal(response: AwsResponse) -> BedrockError | None:
    if response.status == 200:
        return None
    from .error_response import read_error  # only a failure pays for it

    return BedrockError(read_error(response.status, response.headers, response.read()))


def _metadata(response: AwsResponse) -> dict[str, Any]:
    return {
        "RequestId": response.headers.get("x-amzn-requestid", ""),
        "HTTPStatusCode": response.status,
        "HTTPHeaders": response.headers,
    }


def _blob(value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        return b2a_base64(value, newline=False).decode()
    raise TypeError(f"a request cannot have a {type(value).__name__} in it")


def _trace(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the header by which AWS sees that a function calls itself, and X-Ray what belongs together."""
    trace = environ.get("_X_AMZN_TRACE_ID")
    return {"X-Amzn-Trace-Id": percent_encoded(trace, "=;:+&[]{}\"',")} if trace else {}


def attempted(
    send: Callable[[], Response],
    refusal: Callable[[Response], BedrockError | None],
    sleep: Callable[[float], None],
) -> Response:
    """Return the first response that is no refusal.

    :param send: makes an attempt
    :param refusal: returns the error that a response is, or None
    :param sleep: waits between two attempts
    :raises BedrockError: when Bedrock refuses, after retries where they help
    :raises ConnectionFailed: when Bedrock cannot be reached, after retries
    """
    attempt = 1
    while True:
        failure: BedrockError | ConnectionFailed
        try:
            response = send()
            refused = refusal(response)
            if refused is None:
                return response
            failure = refused
        except ConnectionFailed as error:
            failure = error
        from .retry import pause  # only a failure pays for it

        wait = pause(failure.response if isinstance(failure, BedrockError) else None, attempt, _random)
        if wait is None:
            if isinstance(failure, BedrockError):  # as botocore has it
                failure.response["ResponseMetadata"]["RetryAttempts"] = attempt - 1
            raise failure
        sleep(wait)
        attempt += 1


def _random() -> float:
    import random  # only a retry pays for it

    return random.random()  # noqa: S311 - spreads retries, guards nothing
