"""docs/mcp.md and the example app: what they show is what the tests run, and what they say is so."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import cfnlint.api  # type: ignore[import-untyped]
import pytest
from aws_cdk import CfnOutput
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_streaming_api import StreamingApi, StreamingFunction, StreamingRules

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "mcp"
PAGE = (ROOT / "docs" / "mcp.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """The folder that README.md tells to make, without the packages."""
    for server in ("official", "fastmcp"):
        folder = tmp_path / "build" / server
        folder.mkdir(parents=True)
        (folder / "server.py").write_bytes((EXAMPLE / server / "server.py").read_bytes())
    return tmp_path / "build"


def test_mcp_docs_construct_defines_what_the_page_says(stack: cdk.Stack, build: Path) -> None:
    function = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    names: dict[str, object] = {
        "self": stack,
        "lambda_": lambda_,
        "CfnOutput": CfnOutput,
        "StreamingApi": StreamingApi,
        "StreamingFunction": StreamingFunction,
        "authorizer": apigateway.TokenAuthorizer(stack, "Tokens", handler=function),
    }
    # jsii resolves relative paths against the directory that it was started in
    code = BLOCKS[0].replace('"build/official"', repr(str(build / "official")))
    exec(compile(code, "mcp.md", "exec"), names)
    template = Template.from_stack(stack).to_json()
    kinds = Counter(each["Type"] for each in template["Resources"].values())
    assert kinds["AWS::ApiGateway::Method"] == 4
    for kind in re.findall(r"`(AWS::\w+::\w+)`", PAGE):
        assert kinds[kind], kind
    config = cfnlint.api.ManualArgs(ignore_checks=["W3005"], regions=["eu-west-1"])
    assert cfnlint.api.lint(json.dumps(template), config=config) == []


def test_mcp_docs_servers_are_the_examples() -> None:
    assert BLOCKS[1] == (EXAMPLE / "official" / "server.py").read_text("utf-8")
    assert BLOCKS[2] in (EXAMPLE / "fastmcp" / "server.py").read_text("utf-8")
    assert len(BLOCKS) == 3


@pytest.mark.parametrize("server", ["official", "fastmcp"])
def test_mcp_example_is_short_and_pinned(server: str) -> None:
    assert len((EXAMPLE / server / "server.py").read_text("utf-8").splitlines()) < 40
    (wanted,) = (EXAMPLE / server / "requirements.in").read_text("utf-8").splitlines()
    name, version = wanted.partition(" ")[0].split("==")
    assert f"\n{name}=={version} " in (EXAMPLE / server / "requirements.txt").read_text("utf-8")
    assert version in PAGE


def test_mcp_docs_versions_are_the_pinned_ones() -> None:
    pins = ROOT / "tests" / "pins"
    locked = json.loads((pins / "mcp-javascript" / "package.json").read_text("utf-8"))["dependencies"]
    names = ("strands", "openai-agents", "mcp-1", "pydantic-ai-mcp", "langchain-mcp")
    locks = [(pins / f"{name}.in").read_text("utf-8") for name in names]
    versions = [each.rpartition("@")[2] for each in locked.values()]
    versions += re.findall(r"==([\d.]+)", "".join(locks))
    assert len(versions) == 11
    for version in versions:
        assert version in PAGE, version


def test_mcp_example_app_starts_its_servers_from_snapshots_and_has_no_findings(
    app: cdk.App, build: Path
) -> None:
    spec = importlib.util.spec_from_file_location("mcp_example", EXAMPLE / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cdk.Validations.of(app).add_plugins(StreamingRules())
    stack = module.ToolsStack(app, "Tools", code=lambda folder: lambda_.Code.from_asset(str(build / folder)))
    app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    found = {violation["ruleName"] for each in reports for violation in each["violations"]}
    # the CDK says so wherever there is SnapStart: the versions are there
    assert found == {"Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish"}
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Version", 2)
    template.all_resources_properties(
        "AWS::Lambda::Function", {"SnapStart": {"ApplyOn": "PublishedVersions"}}
    )
