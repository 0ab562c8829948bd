"""What the integration of one method may say: mode, type, URI, timeout, and what STREAM does not support."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.lenient_json import items, mapping
from ...template.template import display
from ..finding import Finding, finding
from ..subjects.api import Method

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
MIN_MS = 50
MAX_STREAM_MS = 900_000
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
DEFAULT_QUOTA_MS = 29_000
MAX_QUOTA_MS = 300_000
_PROXIES = ("AWS_PROXY", "HTTP_PROXY")
#: rule -> property that has no place in a streaming integration
_UNSUPPORTED = {
    "STREAM010": "CacheKeyParameters",
    "STREAM013": "RequestTemplates",
    "STREAM014": "ContentHandling",
}
_TRANSFORMING = ("ResponseTemplates", "ResponseParameters")


def check_integration(method: Method) -> Iterator[Finding]:
    """Yield what is wrong with the integration of one method."""
    yield from _mode(method)
    yield from _uri(method)
    yield from _timeout(method)
    if method.streams:
        yield from _unsupported(method)


def _mode(method: Method) -> Iterator[Finding]:
    where = method.at("ResponseTransferMode")
    if "${" not in method.mode and method.mode not in ("BUFFERED", "STREAM"):
        yield finding(
            "STREAM001", method.resource, where, f"the transfer mode of {method.label} is '{method.mode}'"
        )
    if method.streams and "${" not in method.type and method.type not in _PROXIES:
        message = f"{method.label} has STREAM with an integration of type {method.type or '(none)'}"
        yield finding("STREAM002", method.resource, method.at("Type"), message)


def _uri(method: Method) -> Iterator[Finding]:
    if method.uri is None or method.type != "AWS_PROXY":
        return
    if method.streams and not method.uri.streams:
        message = f"{method.label} has STREAM with the URI {method.uri.ending}"
        yield finding("STREAM003", method.resource, method.at("Uri"), message)
    if method.mode == "BUFFERED" and not method.uri.buffers:
        message = f"{method.label} has BUFFERED with the URI {method.uri.ending}"
        yield finding("STREAM004", method.resource, method.at("Uri"), message)


def _timeout(method: Method) -> Iterator[Finding]:
    where = method.at("TimeoutInMillis")
    timeout = method.timeout_ms
    if timeout is None:
        if method.streams and "TimeoutInMillis" not in method.integration:
            yield finding(
                "STREAM005", method.resource, where, f"{method.label} has STREAM without TimeoutInMillis"
            )
        return
    longest = MAX_QUOTA_MS if method.mode == "BUFFERED" else MAX_STREAM_MS
    if not MIN_MS <= timeout <= longest:
        message = f"the timeout of {method.label} is {timeout} ms, {method.mode} takes {MIN_MS} to {longest}"
        yield finding("STREAM006", method.resource, where, message)
    elif method.mode == "BUFFERED" and timeout > DEFAULT_QUOTA_MS:
        message = f"the timeout of {method.label} is {timeout} ms with BUFFERED"
        yield finding("STREAM007", method.resource, where, message)
    if method.streams:
        yield from _function_timeout(method, timeout)


def _function_timeout(method: Method, timeout: int) -> Iterator[Finding]:
    function = method.function
    if function is None or function.timeout_seconds is None:
        return
    of_function = function.timeout_seconds * 1000
    if of_function == timeout:
        return
    name = function.resource.logical_id
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
    yield finding("STREAM008", method.resource, method.at("TimeoutInMillis"), message)


def _unsupported(method: Method) -> Iterator[Finding]:
    for rule, name in _UNSUPPORTED.items():
        if value := method.integration.get(name):
            shown = ", ".join(map(display, mapping(value) or items(value)))
            message = f"{method.label} has STREAM with {name}: {shown}"
            yield finding(rule, method.resource, method.at(name), message)
    # a list of plain status codes, which exports of API Gateway have, transforms nothing
    entries = [mapping(entry) for entry in items(method.integration.get("IntegrationResponses"))]
    transforming = {name for entry in entries for name in _TRANSFORMING if entry.get(name)}
    if transforming:
        message = f"{method.label} has STREAM with {' and '.join(sorted(transforming))}"
        yield finding("STREAM012", method.resource, method.at("IntegrationResponses"), message)
    if method.method_responses:
        declared = ", ".join(display(mapping(each).get("StatusCode")) for each in method.method_responses)
        message = f"{method.label} has STREAM with MethodResponses for {declared}"
        yield finding("STREAM015", method.resource, "Properties.MethodResponses", message)
