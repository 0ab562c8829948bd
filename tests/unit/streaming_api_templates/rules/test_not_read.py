"""Definitions beside a template and by themselves are read, and what is not read is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.check import main
from tests.unit.streaming_api_templates.rules.templates import GOOD, changed
from tests.unit.streaming_api_templates.rules.test_command import write

INCLUDED = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "api.json"}}}
DOCUMENT = {
    "openapi": "3.0.1",
    "paths": {
        "/chat": {
            "post": {
                "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
                "x-amazon-apigateway-integration": {
                    "type": "http_proxy",
                    "httpMethod": "POST",
                    "uri": "https://example.com",
                    "responseTransferMode": "STREAM",
                    "timeoutInMillis": 960_000,
                },
            }
        }
    },
}
INTEGRATION = "Properties.Body.paths./chat.post.x-amazon-apigateway-integration"


def with_body(**properties: object) -> dict[str, Any]:
    """Return a template with an API and a definition of it."""
    api = {"EndpointConfiguration": {"Types": ["REGIONAL"]}, **properties}
    return {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": api}}}


def checked(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    main([str(file), "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", ["openapi", "swagger"])
def test_check_openapi_document_by_itself_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    document = {name if key == "openapi" else key: value for key, value in DOCUMENT.items()}
    (found,) = checked(write(tmp_path / "api.json", document), capsys)["findings"]
    assert (found["rule"], found["logical_id"]) == ("STREAM006", "OpenApiDocument")
    assert found["path"] == f"{INTEGRATION}.timeoutInMillis"


def test_check_definition_that_is_included_from_beside_the_template_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "api.json", DOCUMENT)
    found = checked(write(tmp_path / "t.json", with_body(Body=INCLUDED)), capsys)
    assert [each["rule"] for each in found["findings"]] == ["STREAM006"]
    assert found["not_read"] == []


@pytest.mark.parametrize(
    ("template", "says"),
    [
        (with_body(Body=INCLUDED), "Api.Body.Fn::Transform: api.json is not beside the template"),
        (with_body(BodyS3Location={"Bucket": "b"}), "Api.BodyS3Location: the definition is not on this"),
        ({**GOOD, "Transform": ["AWS::LanguageExtensions", "Mine"]}, "Transform: Mine is not applied"),
        ({"Resources": {**GOOD["Resources"], "Fn::ForEach::A": []}}, "Fn::ForEach::A: it is not expanded"),
        (
            changed({"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "x"}}}),
            "Nested: the template of the nested stack is not beside it",
        ),
    ],
)
def test_check_what_is_not_read_is_said_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], template: Mapping[str, Any], says: str
) -> None:
    file = write(tmp_path / "t.json", template)
    for form in ("table", "json", "sarif", "github"):
        main([str(file), "--format", form])
        assert says in capsys.readouterr().out, form


def test_check_template_that_is_read_whole_says_nothing_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for transform in (None, "AWS::Serverless-2016-10-31", ["AWS::LanguageExtensions"]):
        content = {**GOOD, **({"Transform": transform} if transform else {})}
        main([str(write(tmp_path / "t.json", content))])
        assert "not read" not in capsys.readouterr().out
