"""Judge what STREAM does not support in a method: transformation, cache keys and declared responses."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.lenient_json import items, mapping
from ...template.symbols import display
from ..rule import GUIDE, MODE, Finding, Rule, Severity, check
from ..subjects.read import Subjects

_TRANSFORMING = ("ResponseTemplates", "ResponseParameters")


STREAM010 = Rule(
    "STREAM010",
    Severity.WARNING,
    "cache keys on a streaming method",
    "remove CacheKeyParameters: endpoint caching is not supported with STREAM",
    MODE,
)


STREAM013 = Rule(
    "STREAM013",
    Severity.WARNING,
    "a request template on a streaming method",
    "remove RequestTemplates: a proxy integration gets the request as it is",
    f"{GUIDE}/set-up-lambda-proxy-integrations.html",
)


STREAM014 = Rule(
    "STREAM014",
    Severity.WARNING,
    "content handling on a streaming method",
    "remove ContentHandling: with STREAM the payload is passed on as it is, binary or not",
    MODE,
)


#: Property of the integration -> the rule that a streaming method with it breaks.
_UNSUPPORTED = {
    "CacheKeyParameters": STREAM010,
    "RequestTemplates": STREAM013,
    "ContentHandling": STREAM014,
}


@check(*_UNSUPPORTED.values(), of="streams")
def unsupported_property(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that have a property which STREAM does not support."""
    for method in subjects.streams:
        for name, rule in _UNSUPPORTED.items():
            if value := method.integration.get(name):
                shown = ", ".join(map(display, mapping(value) or items(value)))
                message = f"{method.label} has STREAM with {name}: {shown}"
                yield rule.found(method.resource, method.at(name), message)


STREAM012 = Rule(
    "STREAM012",
    Severity.ERROR,
    "transformation of a streamed response",
    "remove IntegrationResponses: VTL is not supported with STREAM, the function writes status and headers",
    MODE,
)


@check(STREAM012, of="streams")
def response_transformation(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that transform the response."""
    for method in subjects.streams:
        # a list of plain status codes, which exports of API Gateway have, transforms nothing
        responses = method.integration.get("IntegrationResponses")
        transforming = {
            name
            for entry in (responses if isinstance(responses, list) else ())
            for name in _TRANSFORMING
            if isinstance(entry, dict) and entry.get(name)
        }
        if transforming:
            message = f"{method.label} has STREAM with {' and '.join(sorted(transforming))}"
            yield STREAM012.found(method.resource, method.at("IntegrationResponses"), message)


STREAM015 = Rule(
    "STREAM015",
    Severity.WARNING,
    "method responses on a streaming method",
    "remove MethodResponses: in a proxy integration nothing is mapped to them",
    f"{GUIDE}/set-up-lambda-proxy-integrations.html",
)


@check(STREAM015, of="streams")
def method_responses(subjects: Subjects) -> Iterator[Finding]:
    """Yield the streaming methods that declare responses."""
    for method in subjects.streams:
        if method.method_responses:
            declared = ", ".join(display(mapping(each).get("StatusCode")) for each in method.method_responses)
            message = f"{method.label} has STREAM with MethodResponses for {declared}"
            yield STREAM015.found(method.resource, method.resource.at("MethodResponses"), message)
