"""Apps of the size of a platform."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.assembly import read
from tests.synth.conftest import new_app
from tests.synth.platform import platform

MOST_RESOURCES = 500


@pytest.fixture(scope="module")
def templates(context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly of an API with 300 routes over nested stacks."""
    app = new_app(context, tmp_path_factory.mktemp("platform") / "cdk.out")
    platform(cdk.Stack(app, "Platform"), routes=300)
    return Path(app.synth().directory)


def test_platform_of_300_routes_fits_into_its_templates(templates: Path) -> None:
    methods = 0
    for file in templates.glob("*.template.json"):
        resources = json.loads(file.read_text("utf-8"))["Resources"].values()
        assert len(resources) < MOST_RESOURCES
        methods += sum(each["Type"] == "AWS::ApiGateway::Method" for each in resources)
    assert methods == 300


def test_platform_of_300_routes_has_no_finding(templates: Path) -> None:
    assert [(each.rule.id, each.message) for each in find(read(templates))] == []


def test_platform_deployment_waits_for_the_nested_stacks(templates: Path) -> None:
    resources = json.loads((templates / "Platform.template.json").read_text("utf-8"))["Resources"]
    nested = {name for name, each in resources.items() if each["Type"] == "AWS::CloudFormation::Stack"}
    (deployment,) = (each for each in resources.values() if each["Type"] == "AWS::ApiGateway::Deployment")
    assert len(nested) == 3
    assert nested <= set(deployment["DependsOn"])


def test_platform_nested_stacks_have_one_permission_each(templates: Path) -> None:
    found = []
    for file in templates.glob("*.nested.template.json"):
        resources = json.loads(file.read_text("utf-8"))["Resources"].values()
        found += [each for each in resources if each["Type"] == "AWS::Lambda::Permission"]
    assert len(found) == 3
