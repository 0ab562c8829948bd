"""Judge the REST APIs around streaming methods."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.symbols import display
from ..rule import GUIDE, MODE, Finding, Rule, Severity, check
from ..subjects.methods import Method
from ..subjects.read import Subjects

# https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
EDGE_IDLE_MS = 30_000

STREAM011 = Rule(
    "STREAM011",
    Severity.WARNING,
    "compression on an API that streams",
    "remove MinimumCompressionSize and compress in the integration: content encoding is "
    "not supported with STREAM",
    MODE,
)


@check(STREAM011, of="apis")
def compression(subjects: Subjects) -> Iterator[Finding]:
    """Yield the APIs that compress and stream."""
    for api in subjects.apis.values():
        labels = ", ".join(method.label for method in subjects.streams if method.api is api)
        if labels and api.minimum_compression_size is not None:
            message = f"MinimumCompressionSize is {api.minimum_compression_size}, and {labels} has STREAM"
            yield STREAM011.found(api.resource, api.resource.at("MinimumCompressionSize"), message)


STREAM016 = Rule(
    "STREAM016",
    Severity.WARNING,
    "a long stream through an edge-optimized endpoint, without a heartbeat",
    "use a REGIONAL endpoint (5 minutes of silence instead of 30 seconds), or send a "
    "heartbeat as the layer of StreamingFunction does",
    MODE,
)


@check(STREAM016, of="streams")
def silence_on_edge(subjects: Subjects) -> Iterator[Finding]:
    """Yield the long streams through an edge-optimized endpoint that may fall silent."""
    for method in subjects.streams:
        beating = method.function is not None and method.function.has_streaming_layer
        short = method.timeout_ms is not None and method.timeout_ms <= EDGE_IDLE_MS
        if method.api and method.api.endpoint_type == "EDGE" and not beating and not short:
            message = (
                f"{method.label} streams through an EDGE endpoint, which ends a stream after 30 seconds of "
                f"silence, and nothing in the template sends a heartbeat"
            )
            yield STREAM016.found(method.resource, method.resource.at("Integration"), message)


STREAM017 = Rule(
    "STREAM017",
    Severity.ERROR,
    "a private API without a resource policy",
    "add a policy that allows execute-api:Invoke from your VPC endpoint; in the CDK "
    "api.grant_invoke_from_vpc_endpoints_only([endpoint])",
    f"{GUIDE}/apigateway-private-api-create.html",
)


@check(STREAM017, of="apis")
def private_without_policy(subjects: Subjects) -> Iterator[Finding]:
    """Yield the private APIs that nobody can reach."""
    for api in subjects.apis.values():
        if api.endpoint_type == "PRIVATE" and not api.has_policy:
            message = "the PRIVATE API has no resource policy"
            yield STREAM017.found(api.resource, api.resource.at("Policy"), message)


STREAM038 = Rule(
    "STREAM038",
    Severity.ERROR,
    "a path and method of a streaming API that is defined twice",
    "define each method of a path once: API Gateway refuses the second",
    "https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html",
)


@check(STREAM038, of="streams")
def defined_twice(subjects: Subjects) -> Iterator[Finding]:
    """Yield the methods whose path and verb another method has, where one of them streams."""
    known = {_route(method): method for method in reversed(subjects.methods)}
    streams = {_route(method) for method in subjects.streams}
    for method in subjects.methods:
        route = _route(method)
        first = known[route]
        if method is not first and route in streams and method.path and "${" not in method.path:
            message = f"{method.label} is defined by {display(first.resource.logical_id)} too"
            yield STREAM038.found(method.resource, method.resource.at("HttpMethod"), message)


def _route(method: Method) -> tuple[str, str, str | None]:
    # where the API is not known, a method is only like itself
    return method.api.resource.key if method.api else method.resource.key, method.verb, method.path
