"""Call Bedrock through boto3, where the environment of the function needs it."""

from __future__ import annotations

import time

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from lambda_streaming_aws.connection import LONGEST_ERROR

from .client import attempted
from .retry import ATTEMPTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

# The operation as which the request is signed; every one of them is signed alike.
_AUTHORIZED_AS = "InvokeModelWithResponseStream"


def sdk_client(*, connect_timeout: float, read_timeout: float) -> SdkClient:
    """Return boto3's client, which reads no more of an error than the client of this package.

    :param connect_timeout: in seconds
    :param read_timeout: seconds for which the model may be silent
    """
    client = boto3.client(
        "bedrock-runtime",
        config=Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            tcp_keepalive=True,
        ),
    )
    session = client._endpoint.http_session

    def send(request: Any, **_: object) -> AWSResponse:  # noqa: ANN401
        response = session.send(request)
        if response.status_code < 300:
            return response
        return AWSResponse(response.url, response.status_code, response.headers, _BoundedBody(response.raw))

    # botocore takes the response from here, and would read all of an error's body otherwise
    client.meta.events.register("before-send.bedrock-runtime", send)
    return SdkClient(client)


class SdkClient:
    """boto3's client, and beside its operations the APIs of other vendors.

    :param client: of ``bedrock-runtime``
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401
        self._client = client
        self.converse_stream = client.converse_stream
        self.invoke_model_with_response_stream = client.invoke_model_with_response_stream
        self.count_tokens = client.count_tokens

    def stream_vendor_api(self, *, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """Ask a model in the API of a vendor, which boto3 does not have, with its signer and connections."""
        from .vendor_api import ServerSentEvents, refusal

        def send() -> _SdkAnswer:
            url = f"{self._client.meta.endpoint_url}{path}"
            sent = {"Content-Type": "application/json", **headers}
            request = AWSRequest("POST", url, data=body, headers=sent, stream_output=True)
            self._client._request_signer.sign(_AUTHORIZED_AS, request)
            return _SdkAnswer(self._client._endpoint.http_session.send(request.prepare()))

        answer = attempted(send, refusal, time.sleep)
        metadata = {"HTTPStatusCode": answer.status, "HTTPHeaders": answer.headers}
        return {"body": ServerSentEvents(answer), "ResponseMetadata": metadata}

    def once(self, may_send: Callable[[], None]) -> SdkClient:
        """Return the client once its requests may be written: boto3 makes its connections itself."""
        may_send()
        return self

    def close(self) -> None:
        """End the connections that are kept for the next call."""
        self._client.close()


class _SdkAnswer:
    """An answer that botocore's session got."""

    def __init__(self, response: AWSResponse) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._raw = response.raw

    def read(self) -> bytes:
        """Return a short body; an empty one where it is too long."""
        return b"".join(_BoundedBody(self._raw).stream())

    def chunks(self) -> Iterator[bytes]:
        """Yield what there is of the body, as soon as it is there."""
        yield from self._raw.stream()

    def close(self) -> None:
        """End the answer, wherever it is."""
        self._raw.close()


class _BoundedBody:
    """The body of an error, in the place of urllib3's response; an empty one where it is too long."""

    def __init__(self, raw: Any) -> None:  # noqa: ANN401
        self._raw = raw

    def stream(self) -> Iterator[bytes]:
        """Yield the body, once it is known to be no longer than any error of Bedrock's."""
        body = b""
        for part in self._raw.stream():
            body += part
            if len(body) > LONGEST_ERROR:
                self._raw.close()  # the rest is not read, so the connection ends
                return
        yield body
