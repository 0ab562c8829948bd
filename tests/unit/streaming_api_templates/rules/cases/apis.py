"""Cases of rules/checks/apis.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, INTEGRATION, PYTHON, Case
from tests.unit.streaming_api_templates.rules.templates import GONE

CASES: list[Case] = [
    Case(
        "STREAM011",
        "compression",
        {"Api.Properties.MinimumCompressionSize": 0},
        ("Api", "Properties.MinimumCompressionSize"),
        "is 0",
    ),
    Case(
        "STREAM016",
        "EDGE",
        {"Api.Properties.EndpointConfiguration.Types": ["EDGE"]},
        ("Method", "Properties.Integration"),
        "30 seconds of silence",
    ),
    Case(
        "STREAM016",
        "no endpoint type",
        {"Api.Properties.EndpointConfiguration": GONE},
        ("Method", "Properties.Integration"),
        "EDGE",
    ),
    Case(
        "STREAM017",
        "PRIVATE",
        {"Api.Properties.EndpointConfiguration.Types": ["PRIVATE"]},
        ("Api", "Properties.Policy"),
        "no resource policy",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM011: compression of an API that buffers": {
        **BUFFERED,
        "Api.Properties.MinimumCompressionSize": 1024,
    },
    "STREAM016: EDGE with the layer's heartbeat": {**PYTHON, "Api.Properties.EndpointConfiguration": GONE},
    "STREAM016: EDGE with 30 seconds": {
        "Api.Properties.EndpointConfiguration": GONE,
        f"{INTEGRATION}.TimeoutInMillis": 30000,
        "Function.Properties.Timeout": 30,
    },
    "STREAM016: an endpoint that is a parameter": {
        "Api.Properties.EndpointConfiguration": {"Types": [{"Ref": "Type"}]}
    },
    "STREAM017: PRIVATE with a policy": {
        "Api.Properties.EndpointConfiguration.Types": ["PRIVATE"],
        "Api.Properties.Policy": {"Statement": [{"Effect": "Allow"}]},
    },
}
