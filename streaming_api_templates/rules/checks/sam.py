"""Judge what the events of SAM's functions say about streaming, in SAM's own words."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.lenient_json import text
from ..rule import Finding, Rule, Severity, check
from ..subjects.read import Subjects

_EVENT = (
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"
    "sam-property-function-api.html"
)
_URL = (
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"
    "sam-property-function-functionurlconfig.html"
)
_STREAMING_WORDS = ("STREAM", "RESPONSE_STREAM")

STREAM030 = Rule(
    "STREAM030",
    Severity.ERROR,
    "an event of SAM that requests streaming with a value that SAM does not read",
    "write ResponseTransferMode: RESPONSE_STREAM as it stands: "
    "SAM ignores every other value, resolves no function there, and the method is BUFFERED",
    _EVENT,
)


@check(STREAM030, of="sam_events")
def sam_word(subjects: Subjects) -> Iterator[Finding]:
    """Yield the events that mean to stream and are buffered."""
    for event in subjects.sam_events:
        meant = text(event.settings.get("ResponseTransferMode"))
        if event.kind == "Api" and meant in _STREAMING_WORDS and event.written_mode != "RESPONSE_STREAM":
            how = f"'{meant}'" if event.written_mode == meant else f"'{meant}' by an intrinsic function"
            message = f"SAM does not read {how}, so that {event.label} is BUFFERED"
            yield STREAM030.found(event.function, f"{event.place}.ResponseTransferMode", message)


STREAM031 = Rule(
    "STREAM031",
    Severity.ERROR,
    "InvokeMode in the event of a function",
    "write ResponseTransferMode: RESPONSE_STREAM in the event of an Api; "
    "InvokeMode belongs to FunctionUrlConfig, and SAM refuses it elsewhere",
    _URL,
)


@check(STREAM031, of="sam_events")
def invoke_mode_of_event(subjects: Subjects) -> Iterator[Finding]:
    """Yield the events with the property of a function URL."""
    for event in subjects.sam_events:
        if "InvokeMode" in event.settings:
            message = f"{event.label} has InvokeMode, which SAM refuses in an event"
            yield STREAM031.found(event.function, f"{event.place}.InvokeMode", message)
