"""Cases of rules/checks/unsupported.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import (
    BUFFERED,
    INTEGRATION,
    OPTIONS,
    Case,
    of_integration,
)

CASES: list[Case] = [
    of_integration(
        "STREAM010", "cache keys", "CacheKeyParameters", ["method.request.querystring.q"], "querystring.q"
    ),
    of_integration(
        "STREAM012",
        "a response template",
        "IntegrationResponses",
        [{"StatusCode": "200", "ResponseTemplates": {"application/json": "$input.body"}}],
        "ResponseTemplates",
    ),
    of_integration(
        "STREAM013", "a request template", "RequestTemplates", {"application/json": "{}"}, "application/json"
    ),
    of_integration("STREAM014", "content handling", "ContentHandling", "CONVERT_TO_TEXT", "CONVERT_TO_TEXT"),
    Case(
        "STREAM015",
        "method responses",
        {"Method.Properties.MethodResponses": [{"StatusCode": "200"}]},
        ("Method", "Properties.MethodResponses"),
        "for 200",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM010: cache keys of a method that buffers": {
        **BUFFERED,
        f"{INTEGRATION}.CacheKeyParameters": ["method.request.path.id"],
    },
    "STREAM012: status codes without templates": {
        f"{INTEGRATION}.IntegrationResponses": [{"StatusCode": "200"}],
    },
    "STREAM013: templates of a MOCK": OPTIONS,
    "STREAM014: content handling of a method that buffers": {
        **BUFFERED,
        f"{INTEGRATION}.ContentHandling": "CONVERT_TO_TEXT",
    },
    "STREAM015: method responses of a method that buffers": {
        **BUFFERED,
        "Method.Properties.MethodResponses": [{"StatusCode": "200"}],
    },
}
