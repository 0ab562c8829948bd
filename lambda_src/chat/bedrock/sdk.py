"""Call Bedrock through boto3, where the environment of the function needs it."""

from __future__ import annotations

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from lambda_streaming_aws.connection import LONGEST_ERROR

from .retry import ATTEMPTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from . import StreamingClient


def sdk_client(*, connect_timeout: float, read_timeout: float) -> StreamingClient:
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
    bounded: StreamingClient = client
    return bounded


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
