"""The genuine CDK command line deploys the reference stack; the AWS APIs tell what it made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import boto3
import pytest
from demo import STACK

Outputs: TypeAlias = Mapping[str, str]
Cdk: TypeAlias = Callable[..., str]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def session(aws: dict[str, str]) -> boto3.Session:
    return boto3.Session(
        aws["AWS_ACCESS_KEY_ID"], aws["AWS_SECRET_ACCESS_KEY"], region_name=aws["AWS_REGION"]
    )


@pytest.fixture(scope="module")
def outputs(cdk: Cdk, tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    folder = tmp_path_factory.mktemp("deploy")
    file = folder / "outputs.json"
    cdk("bootstrap", "aws://000000000000/us-east-1", "--output", folder / "cdk.out")
    flags = ["--require-approval", "never", "--outputs-file", file, "--output", folder / "cdk.out"]
    cdk("deploy", STACK, *flags)
    found: Outputs = json.loads(file.read_text())[STACK]
    return found


def test_cdk_deploy_stack_is_complete_with_its_outputs(
    session: boto3.Session, aws: dict[str, str], outputs: Outputs
) -> None:
    stacks = session.client("cloudformation", endpoint_url=aws["AWS_ENDPOINT_URL"])
    assert stacks.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert set(outputs) == {
        *("ApiUrl", "ChatUrl", "ProbeUrl", "ChatCurl"),
        *("ChatFunctionName", "ProbeFunctionName", "AccessLogGroupName"),
    }
    assert outputs["ChatUrl"] == outputs["ApiUrl"].rstrip("/") + "/chat"
    assert "--no-buffer" in outputs["ChatCurl"]
    assert outputs["ChatUrl"] in outputs["ChatCurl"]


@pytest.mark.parametrize("route", ["chat", "probe"])
def test_cdk_deploy_method_invokes_its_function_with_response_streaming(
    session: boto3.Session, aws: dict[str, str], outputs: Outputs, route: str
) -> None:
    gateway = session.client("apigateway", endpoint_url=aws["AWS_ENDPOINT_URL"])
    api = outputs["ApiUrl"].split("//")[1].split(".")[0]
    resource = next(r for r in gateway.get_resources(restApiId=api)["items"] if r["path"] == f"/{route}")
    integration = gateway.get_integration(restApiId=api, resourceId=resource["id"], httpMethod="POST")
    name = outputs[f"{route.capitalize()}FunctionName"]
    assert integration["type"] == "AWS_PROXY"
    assert integration["uri"].endswith(f":function:{name}/response-streaming-invocations")
    assert "/2021-11-15/functions/" in integration["uri"]
    assert integration["timeoutInMillis"] == 900_000


def test_cdk_deploy_template_has_transfer_mode_and_access_log(
    session: boto3.Session, aws: dict[str, str], outputs: Outputs
) -> None:
    stacks = session.client("cloudformation", endpoint_url=aws["AWS_ENDPOINT_URL"])
    body = stacks.get_template(StackName=STACK)["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body

    def properties(kind: str) -> list[dict[str, Any]]:
        return [it["Properties"] for it in template["Resources"].values() if it["Type"] == kind]

    methods = [it for it in properties("AWS::ApiGateway::Method") if it["HttpMethod"] == "POST"]
    assert [it["Integration"].get("ResponseTransferMode") for it in methods] == ["STREAM", "STREAM"]
    (api,) = properties("AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    (stage,) = properties("AWS::ApiGateway::Stage")
    assert "$context.integration.responseTransferMode" in stage["AccessLogSetting"]["Format"]
    destination = stage["AccessLogSetting"]["DestinationArn"]
    assert "ApiAccessLogs" in json.dumps(destination)


def test_cdk_deploy_both_functions_have_the_streaming_layer(
    session: boto3.Session, aws: dict[str, str], outputs: Outputs
) -> None:
    functions = session.client("lambda", endpoint_url=aws["AWS_ENDPOINT_URL"])
    layers = [
        functions.get_function_configuration(FunctionName=outputs[f"{route}FunctionName"])["Layers"]
        for route in ("Chat", "Probe")
    ]
    assert len(layers[0]) == len(layers[1]) == 1
    assert layers[0][0]["Arn"] == layers[1][0]["Arn"]
