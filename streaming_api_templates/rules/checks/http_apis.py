"""Judge the HTTP APIs in front of functions that stream."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import MODE, Finding, Rule, Severity, check
from ..subjects.read import Subjects

STREAM021 = Rule(
    "STREAM021",
    Severity.ERROR,
    "an HTTP API in front of a function that streams",
    "use a REST API (AWS::ApiGateway::RestApi): HTTP APIs buffer every response",
    MODE,
)


@check(STREAM021, of="http_integrations")
def http_api(subjects: Subjects) -> Iterator[Finding]:
    """Yield the HTTP APIs that buffer what a function streams."""
    for each in subjects.http_integrations:
        function = each.function
        evidence = (subjects.streaming.get(function.resource.key) or function.streams) if function else None
        if evidence and function:
            message = f"the HTTP API has {function.resource.logical_id} behind it, which streams: {evidence}"
            yield STREAM021.found(each.resource, each.path, message)
        elif each.uri and each.uri.mode == "STREAM":
            yield STREAM021.found(each.resource, each.path, f"the HTTP API has the URI {each.uri.ending}")
