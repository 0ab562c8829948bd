"""Judge function URLs: what they cannot stream, and whom they let call a model."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import Finding, Rule, Severity, check
from ..subjects.iam import may_call_bedrock
from ..subjects.read import Subjects

_STREAMING = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html"

STREAM039 = Rule(
    "STREAM039",
    Severity.ERROR,
    "RESPONSE_STREAM in the URL of a function in a VPC",
    "call the function through API Gateway or InvokeWithResponseStream, or take it out of the VPC: function "
    "URLs do not stream from a VPC",
    _STREAMING,
)


@check(STREAM039, of="urls")
def stream_from_vpc(subjects: Subjects) -> Iterator[Finding]:
    """Yield the URLs that do not stream for the VPC of their function."""
    for url in subjects.urls:
        if url.streams and url.in_vpc and url.function:
            message = f"InvokeMode is RESPONSE_STREAM, and {url.function.resource.logical_id} is in a VPC"
            yield STREAM039.found(url.resource, url.resource.at("InvokeMode"), message)


STREAM040 = Rule(
    "STREAM040",
    Severity.WARNING,
    "an open function URL that streams, in front of a function that may call Amazon Bedrock",
    "set AuthType to AWS_IAM: anybody who knows the URL can spend your money on a model",
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
)


@check(STREAM040, of="urls")
def open_url(subjects: Subjects) -> Iterator[Finding]:
    """Yield the open URLs in front of a model."""
    for url in subjects.urls:
        if not (url.streams and url.is_open and url.function):
            continue
        if may_call_bedrock(url.function, subjects.resources, subjects.statements):
            message = f"AuthType is NONE, and {url.function.resource.logical_id} may call Amazon Bedrock"
            yield STREAM040.found(url.resource, url.resource.at("AuthType"), message)


STREAM044 = Rule(
    "STREAM044",
    Severity.ERROR,
    "a function that streams, behind a function URL that buffers",
    "set InvokeMode to RESPONSE_STREAM: without it Lambda answers when the function is done, and with what "
    "the runtime means for a stream",
    _STREAMING,
)


@check(STREAM044, of="urls")
def buffering_url(subjects: Subjects) -> Iterator[Finding]:
    """Yield the URLs without RESPONSE_STREAM whose function streams."""
    for url in subjects.urls:
        # an adapter of another mode has a rule of its own
        if url.buffers and url.function and url.function.streams and not url.function.web_adapter:
            mode = "BUFFERED" if "InvokeMode" in url.resource.properties else "not there"
            name = url.function.resource.logical_id
            message = f"InvokeMode is {mode}, and {name} streams: {url.function.streams}"
            yield STREAM044.found(url.resource, url.resource.at("InvokeMode"), message)


STREAM041 = Rule(
    "STREAM041",
    Severity.ERROR,
    "a function URL and a Lambda Web Adapter of different modes",
    "set AWS_LWA_INVOKE_MODE to response_stream where InvokeMode is RESPONSE_STREAM, and nowhere else: "
    "otherwise the client gets what one of them writes for the other",
    "https://github.com/aws/aws-lambda-web-adapter",
)


@check(STREAM041, of="urls")
def web_adapter_mode(subjects: Subjects) -> Iterator[Finding]:
    """Yield the URLs whose mode is not that of the web adapter behind them."""
    for url in subjects.urls:
        function = url.function
        if function is None or not function.web_adapter or not (url.streams or url.buffers):
            continue
        if url.streams != function.web_adapter_streams and not function.web_adapter_unknown:
            mode = "RESPONSE_STREAM" if url.streams else "BUFFERED"
            other = "response_stream" if function.web_adapter_streams else "buffered"
            message = (
                f"InvokeMode is {mode}, and the Lambda Web Adapter of {function.resource.logical_id} has the "
                f"mode {other}"
            )
            yield STREAM041.found(url.resource, url.resource.at("InvokeMode"), message)
