"""Judge the functions behind methods: whether they stream as the method does."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import CONFIGURE, Finding, Rule, Severity, check
from ..subjects.read import Subjects

STREAM018 = Rule(
    "STREAM018",
    Severity.ERROR,
    "STREAM in front of a function that cannot stream",
    "use StreamingFunction for Python, a Node.js runtime, a custom runtime or the Lambda Web Adapter",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html",
)


@check(STREAM018, of="streams")
def function_cannot_stream(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods whose function cannot stream."""
    for method in subjects.streams:
        if method.type == "AWS_PROXY" and method.function and method.function.cannot_stream:
            function, reason = method.function.resource.logical_id, method.function.cannot_stream
            message = f"{method.label} has STREAM, and {function} cannot stream: {reason}"
            yield STREAM018.found(method.resource, method.at("Uri"), message)


STREAM019 = Rule(
    "STREAM019",
    Severity.ERROR,
    "STREAM in front of a Lambda Web Adapter that buffers",
    "set the environment variable AWS_LWA_INVOKE_MODE to response_stream",
    "https://github.com/aws/aws-lambda-web-adapter",
)


@check(STREAM019, of="streams")
def web_adapter_buffers(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods behind which the Lambda Web Adapter buffers."""
    for method in subjects.streams:
        function = method.function
        if (
            function
            and method.type == "AWS_PROXY"
            and function.web_adapter
            and not function.web_adapter_streams
        ):
            name = function.resource.logical_id
            message = f"{method.label} has STREAM, and the Lambda Web Adapter of {name} does not stream"
            yield STREAM019.found(method.resource, method.at("Uri"), message)


STREAM020 = Rule(
    "STREAM020",
    Severity.ERROR,
    "BUFFERED in front of a function that streams",
    "set ResponseTransferMode to STREAM with the URI that goes with it, in an event of SAM to "
    "RESPONSE_STREAM: buffered, status and headers arrive without a body",
    CONFIGURE,
)


@check(STREAM020, of="methods")
def buffered_before_streaming(subjects: Subjects) -> Iterator[Finding]:
    """Yield the buffered methods whose function streams."""
    for method in subjects.methods:
        # with the streaming URI the combination is named by STREAM004 already
        buffered = method.type == "AWS_PROXY" and method.mode == "BUFFERED"
        if not buffered or not method.function or not method.uri or method.uri.mode != "BUFFERED":
            continue
        if evidence := subjects.streaming.get(method.function.resource.key):
            name = method.function.resource.logical_id
            message = f"{method.label} has BUFFERED, and {name} streams: {evidence}"
            yield STREAM020.found(method.resource, method.at("ResponseTransferMode"), message)
