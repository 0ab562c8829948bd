"""What a validator or a model has that makes no sense is named, and is never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_api_tools.local.model import LambdaIntegration, UnsupportedIntegration
from tests.local.serving import application, template
from tests.local.test_admission import ECHO
from tests.local.test_validation import model, validated, validator

URL = "https://apigateway.amazonaws.com/restapis/x/models/Gone"
PATTERNS: dict[str, object] = {"patternProperties": {"[": {}}}


@pytest.mark.parametrize(
    ("method", "resources", "reason"),
    [
        ({}, {"Prompt": model({"type": "text"})}, "Prompt.Schema: $.type: 'text' is not valid under any"),
        ({}, {"Prompt": model("{")}, "Prompt.Schema: expected JSON: "),
        ({}, {"Prompt": model(None)}, "Prompt.Schema: expected an object, got None"),
        ({}, {"Prompt": model({"pattern": "["})}, "Prompt.Schema: $.pattern: '[' is not a 'regex'"),
        ({}, {"Prompt": model(PATTERNS)}, "Prompt.Schema: patternProperties: unterminated character set"),
        ({}, {"Prompt": model({"$ref": URL})}, f"Prompt.Schema: $ref {URL} leads to nothing in this API"),
        ({}, {"Prompt": model({"$ref": "#/x"})}, "Prompt.Schema: $ref #/x leads to nothing in this API"),
        ({}, {"Prompt": model({"$ref": "#"})}, "Prompt.Schema: it refers to itself without an end"),
        ({}, {"Item": model({"required": []})}, "Item.Schema: $.required: [] "),
        (
            {},
            {"Prompt": model({"x": {"Ref": "Gone"}})},
            "Prompt.Schema.x: the value of Ref Gone is not known",
        ),
        (
            {"RequestModels": {"application/json": "Gone"}},
            {},
            "Method0.RequestModels.application/json: the API has no model Gone; it has Prompt, Item1",
        ),
        (
            {"RequestParameters": {"method.request.body.x": True}},
            {},
            "Method0.RequestParameters: expected method.request.LOCATION.NAME, got method.request.body.x",
        ),
        (
            {"RequestValidatorId": "abc123"},
            {},
            "Method0.RequestValidatorId: expected a validator of this template",
        ),
    ],
)
def test_what_cannot_be_validated_is_named_and_only_its_route_is_not_served(
    method: dict[str, object], resources: dict[str, object], reason: str, tmp_path: Path
) -> None:
    routes: dict[str, dict[str, object]] = {**validated(**method), "GET /other": {**ECHO}}
    content = template(routes, stage={}, **{**validator(), **resources})
    route, other = application(content, tmp_path).apis[0].routes
    assert isinstance(route.integration, UnsupportedIntegration)
    assert route.integration.reason.startswith(reason)
    assert isinstance(other.integration, LambdaIntegration)
