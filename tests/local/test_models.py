"""What a validator or a model has that makes no sense is named, and is never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from jsonschema import Draft4Validator

from cdk_streaming_api import BedrockModel, StreamingApi
from streaming_api_tools.local.application import LambdaIntegration, UnsupportedIntegration
from streaming_api_tools.local.json_schema import BodySchema, SchemaError
from streaming_api_tools.local.templates.cloud_assembly import load_assembly
from tests.local.serving import ROOT, application, template
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
def test_request_model_unsupported_schema_disables_only_its_route(
    method: dict[str, object], resources: dict[str, object], reason: str, tmp_path: Path
) -> None:
    routes: dict[str, dict[str, object]] = {**validated(**method), "GET /other": {**ECHO}}
    content = template(routes, stage={}, **{**validator(), **resources})
    route, other = application(content, tmp_path).apis[0].routes
    assert isinstance(route.integration, UnsupportedIntegration)
    assert route.integration.reason.startswith(reason)
    assert isinstance(other.integration, LambdaIntegration)


def test_request_model_of_streaming_api_validates_with_references(
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


KEYWORDS = ("$ref", *Draft4Validator.META_SCHEMA["properties"])
DEEP: object = {}
for _ in range(400):
    DEEP = {"items": DEEP}


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_request_model_any_schema_validates_or_is_named(keyword: str) -> None:
    values: list[object] = [
        None,
        0,
        -1,
        True,
        "http://[",
        "#",
        "(",
        [],
        [1],
        [{}],
        {},
        {"(": {}},
        {"a": 1},
        DEEP,
    ]
    for value in values:
        for schema in ({keyword: value}, {"properties": {"a": {keyword: value}}}):
            try:
                problem = BodySchema("m", {"m": schema, "unused": {"properties": 5}}).problem
            except SchemaError:
                continue
            for body in (b"", b'{"a": 1e999}', b'{"a": "\\ud800"}', b'{"a": [1, {}]}', b"[1, 1, {}]"):
                (problem(body) or "").encode()


def test_request_model_schema_is_draft_4_whatever_it_declares() -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "const": 1, "properties": {"$schema": {}}}
    assert BodySchema("m", {"m": schema}).problem(b"2") is None


def test_request_model_jsonschema_is_imported_only_when_used() -> None:
    code = "import sys, streaming_api_tools.local.command; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False\n"
