"""Judge the bodies that an API passes on: as bytes, or as text."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import GUIDE, Finding, Rule, Severity, check
from ..subjects.read import Subjects

_ENCODINGS = f"{GUIDE}/api-gateway-payload-encodings.html"
_EVERYTHING = "*/*"
_AS_TEXT = "CONVERT_TO_TEXT"
#: The methods whose requests have no body.
_WITHOUT_BODY = ("DELETE", "GET", "HEAD", "OPTIONS")

STREAM042 = Rule(
    "STREAM042",
    Severity.ERROR,
    "a MOCK that gets bytes",
    "set ContentHandling of the integration to CONVERT_TO_TEXT: where */* is a binary media type, API "
    "Gateway answers 500 for a MOCK, and so for each preflight request",
    f"{GUIDE}/api-gateway-payload-encodings-workflow.html",
)


@check(STREAM042, of="mocks")
def mock_of_bytes(subjects: Subjects) -> Iterator[Finding]:
    """Yield the MOCK integrations whose request is not text."""
    for method in subjects.mocks if subjects.anything_streams else ():
        everything = method.api is not None and _EVERYTHING in method.api.binary_media_types
        if everything and method.integration.get("ContentHandling") != _AS_TEXT:
            message = (
                f"{method.label} is a MOCK without {_AS_TEXT}, and its API has the binary media type */*"
            )
            yield STREAM042.found(method.resource, method.at("ContentHandling"), message)


STREAM043 = Rule(
    "STREAM043",
    Severity.WARNING,
    "an application that gets every body as text",
    "give the API BinaryMediaTypes, such as multipart/form-data and application/octet-stream for uploads: "
    "bytes that are not UTF-8 are lost otherwise",
    _ENCODINGS,
)


@check(STREAM043, of="applications")
def application_without_binary(subjects: Subjects) -> Iterator[Finding]:
    """Yield the APIs without binary media types that have an ASGI or WSGI application behind them."""
    for api in subjects.apis.values():
        behind = {
            method.label: method.function.application
            for method in subjects.applications
            if method.api is api and method.function and method.verb not in _WITHOUT_BODY
        }
        if behind and not api.binary_media_types:
            calls = " and ".join(sorted({f"{each}()" for each in behind.values()}))
            message = f"{', '.join(behind)} has {calls} of lambda_streaming, and the API no BinaryMediaTypes"
            yield STREAM043.found(api.resource, api.resource.at("BinaryMediaTypes"), message)
