"""OpenTelemetry's instrumentation of Lambda handlers, as installed from PyPI, around one that streams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.runtime.function import Function
from tests.support.packages import documented, package


def spans(output: str) -> dict[str, dict[str, Any]]:
    """Return the spans that a function has written between other lines, by name."""
    found, decoder, at = {}, json.JSONDecoder(), output.find("{")
    while at >= 0:
        span, end = decoder.raw_decode(output, at)
        found[span["name"]] = span
        at = output.find("{", end)
    return found


def test_opentelemetry_span_lasts_as_long_as_the_stream_and_has_its_error(
    tmp_path: Path,
) -> None:
    handler = documented("opentelemetry", tmp_path)
    with Function(handler, package="", paths=[tmp_path, package("opentelemetry")]) as function:
        answer = function.api.invoke().wait()
        for _ in range(2):
            function.api.wait_for_poll()
        output = function.output
    assert answer.payload.startswith(b'data: {"text":"Once "}\n\nevent: error\n')
    assert answer.trailers["Lambda-Runtime-Function-Error-Type"] == "Function.RuntimeError"
    whole, inner = spans(output)["f"], spans(output)["tell"]
    assert inner["parent_id"] == whole["context"]["span_id"]
    assert whole["end_time"] >= inner["end_time"]
    assert whole["status"]["status_code"] == "ERROR"
    (event,) = whole["events"]
    assert event["attributes"]["exception.message"] == "the story has no end"
    assert whole["attributes"]["faas.invocation_id"] == "request-1"
