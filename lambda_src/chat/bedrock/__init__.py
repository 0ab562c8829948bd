"""Call Bedrock's streaming operations without the SDK, where the function's environment allows it.

Building a boto3 client is most of the cold start of a function that uses it. With this client the cold start
takes 0.3 of the time that it takes with boto3 (``make bench-runtime``). It has what the chat function needs:
Signature Version 4 or an API key, the credentials that Lambda gives, every partition, FIPS and dual-stack
endpoints, connection reuse, retries, the event stream. For everything else there is still boto3, and
:func:`connect` knows when it is needed.
"""

from __future__ import annotations

import os

from .client import BedrockRuntime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    class StreamingClient(Protocol):
        """Calls the streaming operations: through boto3, or with the client of this package."""

        def converse_stream(self, *, modelId: str, **request: object) -> dict[str, Any]:
            """Ask a model; return ``{"stream": events}``."""

        def invoke_model_with_response_stream(
            self, *, modelId: str, body: bytes, **parameters: str
        ) -> dict[str, Any]:
            """Ask a model in its own words; return ``{"body": events}``."""

        def count_tokens(self, *, modelId: str, input: Mapping[str, object]) -> dict[str, Any]:
            """Count the tokens of a request; return ``{"inputTokens": number}``."""

        def stream_vendor_api(self, *, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
            """Ask a model in the API of a vendor; return ``{"body": events}``."""

        def once(self, may_send: Callable[[], None]) -> StreamingClient:
            """Return a client whose requests are written once they may be."""


# An exec wrapper usually instruments the SDK, and would not see calls that go past it.
_SDK_ONLY = ("AWS_LAMBDA_EXEC_WRAPPER", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def connect(*, connect_timeout: float, read_timeout: float) -> StreamingClient:
    """Return a client for the environment that the function runs in.

    :param connect_timeout: in seconds
    :param read_timeout: seconds for which the model may be silent
    """
    if not needs_sdk(os.environ):
        return BedrockRuntime(os.environ, connect_timeout=connect_timeout, read_timeout=read_timeout)
    from .sdk import sdk_client

    return sdk_client(connect_timeout=connect_timeout, read_timeout=read_timeout)


def needs_sdk(environ: Mapping[str, str]) -> bool:
    """Return whether only boto3 can serve an environment.

    That is one with a proxy or an exec wrapper, without a region, or whose credentials come from a profile or
    a service that Lambda does not use.
    """
    if not environ.get("AWS_REGION") or any(environ.get(name) for name in _SDK_ONLY):
        return True
    if environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_BEARER_TOKEN_BEDROCK"):
        return False
    from lambda_streaming_aws.container_credentials import can_fetch  # with SnapStart

    return not can_fetch(environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""))
