"""What a validator or a model has that makes no sense is named, and is never a traceback."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway

from cdk_streaming_api import BedrockModel, StreamingApi
from streaming_api_tools.local.assembly import load_assembly
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


def test_a_stream_of_the_cdk_validates_with_its_schema_and_the_models_that_it_refers_to(
    tmp_path: Path,
) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    api = StreamingApi(cdk.Stack(app, "Stack"), "Api", model=BedrockModel("amazon.nova-lite-v1:0"))
    text = apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING, min_length=1)
    part = api.rest_api.add_model("Part", schema=text)
    url = f"https://apigateway.amazonaws.com/restapis/{api.rest_api.rest_api_id}/models/{part.model_id}"
    prompt = apigateway.JsonSchema(
        type=apigateway.JsonSchemaType.OBJECT,
        required=["prompt"],
        properties={"prompt": apigateway.JsonSchema(ref=url)},
    )
    api.add_stream("chat", request_schema=prompt)
    (tmp_path / "scratch").mkdir()
    cloud_assembly = Path(app.synth().directory)
    (route,) = load_assembly(cloud_assembly, None, "us-east-1", tmp_path / "scratch").apis[0].routes
    assert set(route.rules.bodies) == {"application/json", "$default"}
    for schema in route.rules.bodies.values():
        assert schema.problem(b'{"prompt": "hi"}') is None
        assert schema.problem(b'{"prompt": ""}') == "[$.prompt: '' should be non-empty]"
        assert schema.problem(b"") == "[$: 'prompt' is a required property]"
