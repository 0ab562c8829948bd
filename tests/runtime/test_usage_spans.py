"""The spans of calls of models, as OpenTelemetry's SDK of PyPI exports them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.packages import ROOT, package

PATHS = [str(ROOT), str(ROOT / "lambda_src"), str(ROOT / "lambda_src" / "layer" / "python")]
#: Asks the handler inside of a span, and prints the spans and the names that the conventions have.
TRACED = """
import json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import error_attributes, gen_ai_attributes, http_attributes
from tests.unit.lambda_src.chat.handling import handle
from tests.unit.lambda_src.chat.streams import TEXT
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
event = {"path": "/chat", "resource": "/chat", "body": json.dumps(json.loads(sys.argv[1]))}
with trace.get_tracer("test").start_as_current_span("function") as outer:
    try:
        handle(event, TEXT[: int(sys.argv[2])])
    except Exception:
        pass
known = [
    value
    for module in (error_attributes, gen_ai_attributes, http_attributes)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str)
]
spans = [json.loads(span.to_json(indent=None)) for span in exporter.get_finished_spans()]
print(json.dumps({"spans": spans, "known": known}))
"""


def traced(body: dict[str, Any], events: int) -> tuple[list[dict[str, Any]], set[str]]:
    """Return the spans of a request, and the names of attributes that the conventions have."""
    done = subprocess.run(
        [sys.executable, "-c", TRACED, json.dumps(body), str(events)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join([*PATHS, str(package("opentelemetry"))])},
    )
    said = json.loads(done.stdout.splitlines()[-1])
    return said["spans"], set(said["known"])


def test_usage_span_has_the_attributes_of_the_conventions() -> None:
    (inner, outer), known = traced({"prompt": "swordfish"}, 6)
    assert inner["name"] == "chat model-1"
    assert inner["kind"] == "SpanKind.CLIENT"
    assert inner["parent_id"] == outer["context"]["span_id"]
    assert inner["start_time"] <= inner["end_time"]
    assert inner["attributes"] == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "model-1",
        "gen_ai.response.finish_reasons": ["end_turn"],
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 2,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 1,
        "http.route": "/chat",
    }
    assert set(inner["attributes"]) <= known
    assert "swordfish" not in json.dumps(inner)


def test_usage_span_of_a_call_that_broke_is_an_error() -> None:
    (inner, _), known = traced({"prompt": "swordfish"}, 2)
    assert inner["status"]["status_code"] == "ERROR"
    assert inner["attributes"]["error.type"] == "stream_truncated"
    assert set(inner["attributes"]) <= known


def test_usage_span_of_a_request_that_asks_no_model_is_none() -> None:
    (outer,), _ = traced({"prompt": ""}, 6)
    assert outer["name"] == "function"


@pytest.mark.parametrize("wanted", ["opentelemetry"])
def test_usage_imports_nothing_of_a_tracer_that_is_only_installed(wanted: str) -> None:
    code = (
        "import sys; from tests.unit.lambda_src.chat.handling import handle; "
        "handle({'path': '/chat', 'body': '{\"prompt\": \"x\"}'}); "
        f"print([name for name in sys.modules if name.startswith({wanted!r})])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join([*PATHS, str(package("opentelemetry"))])},
    )
    assert done.stdout.splitlines()[-1] == "[]"
