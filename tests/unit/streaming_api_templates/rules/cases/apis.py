"""Cases of rules/checks/apis.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import BUFFERED, INTEGRATION, PYTHON, Case
from tests.unit.streaming_api_templates.rules.templates import GONE, changed


def twice(**changes: object) -> dict[str, Any]:
    """Return the method of the template once more, with other properties."""
    second = changed({})["Resources"]["Method"]
    second["Properties"] |= changes
    return {"Zwei": second, "Deployment.DependsOn": ["Method", "Zwei"]}


CASES: list[Case] = [
    Case(
        "STREAM038",
        "two methods",
        twice(),
        ("Zwei", "Properties.HttpMethod"),
        "POST /chat is defined by Method",
    ),
    Case(
        "STREAM038",
        "two resources of one path",
        {"Again": changed({})["Resources"]["Chat"], **twice(ResourceId={"Ref": "Again"})},
        ("Zwei", "Properties.HttpMethod"),
        "POST /chat is defined by Method too",
    ),
    Case(
        "STREAM038",
        "one that buffers",
        twice(Integration={"Type": "MOCK"}),
        ("Zwei", "Properties.HttpMethod"),
        "POST /chat is defined by Method too",
    ),
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
    "STREAM038: another verb": {
        **twice(HttpMethod="GET"),
        "Permission.Properties.SourceArn": {"Fn::Sub": "arn:aws:execute-api:eu-west-1:1:${Api}/*"},
    },
    "STREAM038: two methods that buffer": {**BUFFERED, "Zwei": changed(BUFFERED)["Resources"]["Method"]},
    "STREAM038: a path that is not known": {
        **twice(ResourceId={"Fn::ImportValue": "resource"}),
        "Chat.Properties.PathPart": {"Ref": "Path"},
    },
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
