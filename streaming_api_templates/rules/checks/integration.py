"""Judge the integration of one method: mode, type, URI and timeout."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.lenient_json import text
from ..rule import CONFIGURE, GUIDE, MODE, Finding, Rule, Severity, check
from ..subjects.methods import Method
from ..subjects.read import Subjects

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
MIN_MS = 50
MAX_STREAM_MS = 900_000
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
DEFAULT_QUOTA_MS = 29_000
MAX_QUOTA_MS = 300_000
_MODES = ("BUFFERED", "STREAM")
_PROXIES = ("AWS_PROXY", "HTTP_PROXY")

STREAM001 = Rule(
    "STREAM001",
    Severity.ERROR,
    "the transfer mode is neither BUFFERED nor STREAM",
    "write STREAM, or in the events of a SAM function RESPONSE_STREAM",
    MODE,
)


@check(STREAM001, of=("methods", "sam_events"))
def transfer_mode(subjects: Subjects) -> Iterator[Finding]:
    """Yield the methods whose transfer mode does not exist."""
    for method in subjects.methods:
        if "${" not in method.mode and method.mode not in _MODES:
            message = f"the transfer mode of {method.label} is '{method.mode}'"
            yield STREAM001.found(method.resource, method.at("ResponseTransferMode"), message)
    for event in subjects.sam_events:
        mode = text(event.settings.get("ResponseTransferMode", "BUFFERED"))
        if event.kind == "Api" and "${" not in mode and mode not in (*_MODES, "RESPONSE_STREAM"):
            message = f"the transfer mode of {event.label} is '{mode}'"
            yield STREAM001.found(event.function, f"{event.place}.ResponseTransferMode", message)


STREAM002 = Rule(
    "STREAM002",
    Severity.ERROR,
    "STREAM with an integration that is not a proxy integration",
    "use AWS_PROXY for a function and HTTP_PROXY for everything else",
    MODE,
)


@check(STREAM002, of="streams")
def integration_type(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that are not proxies."""
    for method in subjects.streams:
        if "${" not in method.type and method.type not in _PROXIES:
            message = f"{method.label} has STREAM with an integration of type {method.type or '(none)'}"
            yield STREAM002.found(method.resource, method.at("Type"), message)


STREAM003 = Rule(
    "STREAM003",
    Severity.ERROR,
    "STREAM with a URI that invokes the function for a whole response",
    "let the URI be "
    "arn:PARTITION:apigateway:REGION:lambda:path/2021-11-15/functions/FUNCTION_ARN/response-streaming-invocations",
    f"{GUIDE}/response-transfer-mode-lambda.html",
)


@check(STREAM003, of="streams")
def streaming_uri(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods whose URI invokes for a whole response."""
    for method in subjects.streams:
        if method.uri and method.type == "AWS_PROXY" and method.uri.mode != "STREAM":
            message = f"{method.label} has STREAM with the URI {method.uri.ending}"
            yield STREAM003.found(method.resource, method.at("Uri"), message)


STREAM004 = Rule(
    "STREAM004",
    Severity.ERROR,
    "BUFFERED with the URI that invokes the function for a stream",
    "set ResponseTransferMode to STREAM, in an event of SAM to RESPONSE_STREAM, "
    "or let the URI end in 2015-03-31/functions/FUNCTION_ARN/invocations",
    f"{GUIDE}/response-transfer-mode-lambda.html",
)


@check(STREAM004, of="methods")
def buffered_uri(subjects: Subjects) -> Iterator[Finding]:
    """Yield the buffered methods whose URI invokes for a stream."""
    for method in subjects.methods:
        buffered = method.uri and method.type == "AWS_PROXY" and method.mode == "BUFFERED"
        if buffered and method.uri and method.uri.mode != "BUFFERED":
            message = f"{method.label} has BUFFERED with the URI {method.uri.ending}"
            yield STREAM004.found(method.resource, method.at("Uri"), message)


STREAM005 = Rule(
    "STREAM005",
    Severity.WARNING,
    "STREAM without a timeout",
    "set TimeoutInMillis, up to 900000: AWS documents 29 seconds and 5 minutes as the "
    "default, in different places",
    f"{GUIDE}/response-streaming-http.html",
)


@check(STREAM005, of="streams")
def no_timeout(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that leave the timeout to a default."""
    for method in subjects.streams:
        if "TimeoutInMillis" not in method.integration:
            message = f"{method.label} has STREAM without TimeoutInMillis"
            yield STREAM005.found(method.resource, method.at("TimeoutInMillis"), message)


def _longest(method: Method) -> int:
    return MAX_QUOTA_MS if method.mode == "BUFFERED" else MAX_STREAM_MS


STREAM006 = Rule(
    "STREAM006",
    Severity.ERROR,
    "a timeout that API Gateway does not accept",
    "set TimeoutInMillis to 50 to 900000 with STREAM, to 50 to 29000 with BUFFERED (up to"
    " 300000 with a raised quota)",
    MODE,
)


@check(STREAM006, of="methods")
def timeout_range(subjects: Subjects) -> Iterator[Finding]:
    """Yield the timeouts that API Gateway refuses."""
    for method in subjects.methods:
        timeout, longest = method.timeout_ms, _longest(method)
        if timeout is not None and not MIN_MS <= timeout <= longest:
            message = (
                f"the timeout of {method.label} is {timeout} ms, {method.mode} takes {MIN_MS} to {longest}"
            )
            yield STREAM006.found(method.resource, method.at("TimeoutInMillis"), message)


STREAM007 = Rule(
    "STREAM007",
    Severity.WARNING,
    "BUFFERED with a timeout above the default quota",
    "set ResponseTransferMode to STREAM, in an event of SAM to RESPONSE_STREAM, which needs no quota, "
    "or have the quota L-E5AE38E3 raised before the deployment",
    f"{GUIDE}/api-gateway-execution-service-limits-table.html",
)


@check(STREAM007, of="methods")
def timeout_quota(subjects: Subjects) -> Iterator[Finding]:
    """Yield the buffered methods whose timeout needs a raised quota."""
    for method in subjects.methods:
        timeout = method.timeout_ms or 0
        if method.mode == "BUFFERED" and DEFAULT_QUOTA_MS < timeout <= MAX_QUOTA_MS:
            message = f"the timeout of {method.label} is {timeout} ms with BUFFERED"
            yield STREAM007.found(method.resource, method.at("TimeoutInMillis"), message)


STREAM008 = Rule(
    "STREAM008",
    Severity.WARNING,
    "the timeouts of the streaming integration and of its function differ",
    "set both to the same: the shorter one ends the stream",
    CONFIGURE,
)


@check(STREAM008, of="streams")
def function_timeout(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that wait longer or shorter than their function runs."""
    for method in subjects.streams:
        timeout, function = method.timeout_ms, method.function
        if timeout is None or function is None or function.timeout_seconds is None:
            continue
        of_function, name = function.timeout_seconds * 1000, function.resource.logical_id
        if of_function == timeout:
            continue
        if of_function < timeout:
            ending = (
                f"the function's wins: {name} ends the stream after {of_function} ms, "
                f"API Gateway would wait {timeout} ms"
            )
        else:
            ending = (
                f"API Gateway's wins: it ends the stream after {timeout} ms, "
                f"and {name} runs on, and is billed, for up to {of_function} ms"
            )
        message = f"the timeouts of {method.label} differ, and {ending}"
        yield STREAM008.found(method.resource, method.at("TimeoutInMillis"), message)
