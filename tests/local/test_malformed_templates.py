"""What is wrong with a template is named in one line, and is never a traceback."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.template.file import TemplateFileError, read_template
from streaming_api_tools.local.application import UnsupportedError, UnsupportedIntegration
from streaming_api_tools.local.templates.cloud_assembly import SourceError, load_assembly
from tests.local.serving import application, template
from tests.local.test_admission import METERED, authorizer, guarded, plan

MOCK: dict[str, object] = {
    "integration": {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": "{statusCode: 200}"},
        "IntegrationResponses": [{"StatusCode": "200", "SelectionPattern": "2.."}],
    }
}
THROTTLED = {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
CONTENT = template(
    {**guarded(), **METERED, "OPTIONS /mock": MOCK},
    stage={"MethodSettings": [THROTTLED]},
    **authorizer(IdentityValidationExpression="Bearer .*", AuthorizerResultTtlInSeconds=5),
    **plan(Quota={"Limit": 1, "Period": "DAY"}),
)


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the template with a property of a resource changed."""
    content = copy.deepcopy(CONTENT)
    *parents, last = path.split(".")
    place: Any = content["Resources"]
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return content


def test_malformed_template_unchanged_base_is_served(tmp_path: Path) -> None:
    assert len(application(CONTENT, tmp_path).apis[0].routes) == 3


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("Api.Properties.Name", {"Fn::GetAtt": []}, "Api.Name: Fn::GetAtt cannot be resolved"),
        ("Api.Properties.Name", {"Fn::Join": [","]}, "Api.Name: Fn::Join cannot be resolved"),
        ("Api.Properties.Name", {"Fn::Select": [5, ["a"]]}, "Api.Name: Fn::Select cannot be resolved"),
        ("Api.Properties.Name", {"Ref": "Gone"}, "the value of Ref Gone is not known"),
        ("Method0.Properties.ResourceId", {"Fn::GetAtt": []}, "Method0.ResourceId: expected a resource"),
        ("Stage.Properties.MethodSettings.0.ThrottlingRateLimit", "x", "MethodSettings: expected a number"),
        ("Plan.Properties.Quota.Limit", None, "Plan.Quota.Limit: expected a number, got None"),
    ],
)
def test_malformed_template_invalid_property_is_named(
    path: str, value: object, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError) as error:
        application(changed(path, value), tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"), [("StatusCode", "many"), ("SelectionPattern", r"\p{Alpha}"), ("StatusCode", None)]
)
def test_malformed_template_invalid_mock_is_not_served(name: str, value: object, tmp_path: Path) -> None:
    content = changed(f"Method2.Properties.Integration.IntegrationResponses.0.{name}", value)
    route = application(content, tmp_path).apis[0].routes[2]
    assert isinstance(route.integration, UnsupportedIntegration)
    assert f"Method2.Integration.IntegrationResponses.{name}: " in route.integration.reason


@pytest.mark.parametrize(("name", "value"), [("Timeout", "soon"), ("MemorySize", "inf")])
def test_malformed_template_invalid_function_is_not_served(name: str, value: object, tmp_path: Path) -> None:
    content = changed(f"Function0.Properties.{name}", value)
    integration = application(content, tmp_path).apis[0].routes[0].integration
    reason = f"Function0.{name}: expected a number, got {value!r}"
    assert integration == UnsupportedIntegration(reason)


def test_malformed_template_java_only_regular_expression_is_named(tmp_path: Path) -> None:
    content = changed("Auth.Properties.IdentityValidationExpression", r"\p{Alpha}+")
    reason = application(content, tmp_path).apis[0].routes[0].authorizer
    assert isinstance(reason, str)
    assert reason.startswith("Auth.IdentityValidationExpression: the regular expression")


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "[" * 20_000,
        '{"artifacts": {"S": 5}}',
        '{"artifacts": {"S": {"type": "aws:cloudformation:stack"}}}',
        '{"artifacts": {"S": {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account"}}}',
        '{"artifacts": {"S": {"type": "cdk:asset-manifest", "properties": {"file": "gone.json"}}}}',
    ],
)
def test_malformed_template_incomplete_assembly_is_named(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest, "utf-8")
    with pytest.raises(SourceError, match="is not a cloud assembly that can be read: "):
        load_assembly(tmp_path, None, "us-east-1", tmp_path)


def test_malformed_template_deep_nesting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text("[" * 20_000, "utf-8")
    with pytest.raises(TemplateFileError, match="is not a template in JSON"):
        read_template(file)
