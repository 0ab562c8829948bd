"""What is loaded at the first event, which a cold start pays for, and from then on, when nothing may fail."""

from __future__ import annotations

import json

import pytest

from tests.runtime.function import Function

EVERY_FORM = {
    "_answer",
    "_awslambdaric",
    "_deadline",
    "_head",
    "_response_stream",
    "_runtime_api",
    "_sse",
    "_stream",
}
AFTER_FIRST_BYTE = {"_errors", "_failure"}
FORMS = {
    "generator": set[str](),
    "asynchronous": {"_forms", "_forms.response", "_forms.event_loop"},
    "writer": {"_forms", "_forms.response", "_forms.writer", "_forms.threads"},
}


@pytest.mark.parametrize("form", FORMS)
def test_runtime_first_event_loads_its_form_and_the_first_byte_what_ends_a_broken_response(form: str) -> None:
    with Function(f"bare.{form}") as function:
        payload = function.api.invoke().wait().payload
    events = [json.loads(event.removeprefix(b"data: ")) for event in payload.split(b"\n\n") if event]
    first, second = (set(event["loaded"]) for event in events)
    assert first - AFTER_FIRST_BYTE == EVERY_FORM | FORMS[form]
    assert second == first | AFTER_FIRST_BYTE
    if form == "generator":
        assert first.isdisjoint(AFTER_FIRST_BYTE)
