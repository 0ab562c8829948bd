"""A stack as it is deployed: template, configuration, code and layer come back through the APIs."""

from __future__ import annotations

import io
import json
import shlex
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from streaming_api_tools.local.application import LambdaIntegration
from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.templates.cloud_assembly import SourceError
from streaming_api_tools.local.templates.deployed_stack import load_deployed
from tests.local.serving import FUNCTIONS, LAYER, PATIENCE, ROOT, Client, Serving, template
from tests.support.processes import announced, ministack

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run ministack and yield its URL."""
    with ministack(tmp_path_factory.mktemp("ministack")) as url:
        yield url


def archive(directory: Path) -> bytes:
    """Return a directory as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as members:
        for file in directory.rglob("*.py"):
            members.write(file, file.relative_to(directory))
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture(scope="module")
def stack(endpoint: str) -> str:
    """Deploy a stack whose code is in a bucket, and return its name."""
    session = boto3.Session("test", "test", region_name=REGION)
    s3 = session.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    for key, directory in (("functions", FUNCTIONS), ("layer", LAYER)):
        s3.put_object(Bucket="code", Key=key, Body=archive(directory))
    content = template({"POST /responds": {"handler": "handlers.responds", "environment": {"OWN": "1"}}})
    resources = content["Resources"]
    assert isinstance(resources, dict)
    resources["Layer"]["Properties"]["Content"] = {"S3Bucket": "code", "S3Key": "layer"}
    resources["Function0"]["Properties"]["Code"] = {"S3Bucket": "code", "S3Key": "functions"}
    resources["Function0"]["Properties"]["Role"] = "arn:aws:iam::000000000000:role/r"
    resources["Deployment"] = {
        "Type": "AWS::ApiGateway::Deployment",
        "Properties": {"RestApiId": {"Ref": "Api"}},
        "DependsOn": ["Method0"],
    }
    resources["Stage"]["Properties"]["DeploymentId"] = {"Ref": "Deployment"}
    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    cloudformation.create_stack(StackName="Demo", TemplateBody=json.dumps(content))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Demo", WaiterConfig={"Delay": 1})
    for client in (s3, cloudformation):
        client.close()
    return "Demo"


def test_deployed_stack_is_served_with_its_ids_configuration_and_code(
    endpoint: str, stack: str, tmp_path: Path
) -> None:
    application = load_deployed(stack, REGION, endpoint, tmp_path)
    (route,) = application.apis[0].routes
    assert isinstance(route.integration, LambdaIntegration)
    function = route.integration.function
    assert function.name.startswith("Demo-")
    assert function.arn == f"arn:aws:lambda:{REGION}:000000000000:function:{function.name}"
    assert function.environment["OWN"] == "1"
    assert function.code.is_relative_to(tmp_path)
    with Serving(application, access=Access(enforced=False)) as serving, Client(serving.url) as client:
        response = client.send("POST", "/prod/responds", json.dumps({"status": 201, "hex": "6869"}))
        assert (response.status, response.read()) == (201, b"hi")


def test_deployed_stack_unknown_name_is_named(endpoint: str, stack: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read stack Nowhere: .*does not exist"):
        load_deployed("Nowhere", REGION, endpoint, tmp_path)


def test_deployed_stack_command_of_the_docs_serves_it(endpoint: str, stack: str) -> None:
    page = (ROOT / "docs" / "local.md").read_text("utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("streaming-api local --deployed")]
    line = line.replace("StreamingChat", stack).replace("http://127.0.0.1:4566", endpoint)
    command = [sys.executable, "-m", "streaming_api_tools", *shlex.split(line)[1:], "--port", "0"]
    with announced(command, {"AWS_REGION": REGION}) as (process, line):
        assert line.startswith("listening on http://127.0.0.1:")
        process.terminate()
        assert process.wait(PATIENCE) == 0
