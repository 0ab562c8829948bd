"""Judge the keys of streaming that stand where nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator

from ..rule import MODE, Finding, Rule, Severity, check
from ..subjects.read import Subjects

STREAM032 = Rule(
    "STREAM032",
    Severity.ERROR,
    "a streaming key where nothing reads it",
    "write ResponseTransferMode into the Integration of a method of a REST API, or into an Api event of SAM "
    "whose API has no definition of its own, and InvokeMode into an AWS::Lambda::Url or FunctionUrlConfig; "
    "HTTP APIs cannot stream",
    MODE,
)


@check(STREAM032, of=("unread_keys", "sam_events"))
def unread_key(subjects: Subjects) -> Iterator[Finding]:
    """Yield the keys that ask for a stream in a place that nothing looks at."""
    for key in subjects.unread_keys:
        message = f"{key.name} is '{key.value}' in {key.what}, {key.reason}"
        yield STREAM032.found(key.resource, key.path, message)
    generated = {
        (method.resource.logical_id, method.resource.at("Integration"))
        for method in subjects.methods
        if method.resource.origin
    }
    streams = {method.label for method in subjects.streams}
    for event in subjects.sam_events:
        mode = event.settings.get("ResponseTransferMode")
        if event.kind == "HttpApi" and mode in ("STREAM", "RESPONSE_STREAM"):
            message = (
                f"ResponseTransferMode is '{mode}' in {event.label} of an HTTP API, and HTTP APIs buffer"
            )
            yield STREAM032.found(event.function, f"{event.place}.ResponseTransferMode", message)
        if event.kind != "Api" or event.written_mode != "RESPONSE_STREAM":
            continue
        # a definition may stream there without SAM's help
        if (event.function.logical_id, event.place) not in generated and event.label not in streams:
            message = (
                f"ResponseTransferMode is 'RESPONSE_STREAM' in the event {event.label}, "
                "to whose API SAM adds no method, as the API is defined elsewhere"
            )
            yield STREAM032.found(event.function, f"{event.place}.ResponseTransferMode", message)
