"""Judge the REST APIs around streaming methods."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import GUIDE, MODE, Finding, Rule, Severity, check
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
