"""A deployment from its first day to its last, by the genuine CDK command line from its assemblies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError
from demo import ACCOUNT, REGION, STACK

from tests.deploy.conftest import edited, synthesized

Cdk: TypeAlias = Callable[..., str]
Clients: TypeAlias = Callable[[str], Any]
Outputs: TypeAlias = Mapping[str, str]

pytestmark = pytest.mark.timeout(900)
YES = ["--require-approval", "never"]
ORIGIN = "https://app.example.com"


@pytest.fixture(scope="module")
def with_cors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly with one setting changed."""
    return synthesized(tmp_path_factory.mktemp("changed") / "cdk.out", f"allow_origins={ORIGIN}")


@pytest.fixture
def deployed(cdk: Cdk, clients: Clients, assembly: Path, bootstrapped: None) -> Path:
    """Deploy the reference stack, or bring it back to its settings, and return its assembly."""
    if not is_live(clients, assembly):
        cdk("deploy", STACK, "--app", assembly, *YES)
    return assembly


def is_live(clients: Clients, assembly: Path) -> bool:
    try:
        body = clients("cloudformation").get_template(StackName=STACK)["TemplateBody"]
    except ClientError:
        return False
    template = json.loads(body) if isinstance(body, str) else body
    return bool(template == json.loads((assembly / f"{STACK}.template.json").read_text("utf-8")))


@pytest.fixture
def outputs(clients: Clients, deployed: Path) -> Outputs:
    """The outputs of the stack."""
    (stack,) = clients("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}


def events(clients: Clients) -> int:
    return len(clients("cloudformation").describe_stack_events(StackName=STACK)["StackEvents"])


def status(clients: Clients) -> str:
    return str(clients("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])


def resource(clients: Clients, kind: str) -> str:
    resources = clients("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    (found,) = [it["PhysicalResourceId"] for it in resources if it["ResourceType"] == kind]
    return str(found)


def live_deployment(clients: Clients) -> str:
    """Return the id of the deployment that the stage serves."""
    api = resource(clients, "AWS::ApiGateway::RestApi")
    return str(clients("apigateway").get_stage(restApiId=api, stageName="prod")["deploymentId"])


def test_cdk_deploy_stack_is_complete_with_its_outputs(clients: Clients, outputs: Outputs) -> None:
    stacks = clients("cloudformation")
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
    clients: Clients, outputs: Outputs, route: str
) -> None:
    gateway = clients("apigateway")
    api = outputs["ApiUrl"].split("//")[1].split(".")[0]
    resource = next(r for r in gateway.get_resources(restApiId=api)["items"] if r["path"] == f"/{route}")
    integration = gateway.get_integration(restApiId=api, resourceId=resource["id"], httpMethod="POST")
    name = outputs[f"{route.capitalize()}FunctionName"]
    assert integration["type"] == "AWS_PROXY"
    assert integration["uri"].endswith(f":function:{name}/response-streaming-invocations")
    assert "/2021-11-15/functions/" in integration["uri"]
    assert integration["timeoutInMillis"] == 900_000


def test_cdk_deploy_template_has_transfer_mode_and_access_log(clients: Clients, outputs: Outputs) -> None:
    stacks = clients("cloudformation")
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


def test_cdk_deploy_both_functions_have_the_streaming_layer(clients: Clients, outputs: Outputs) -> None:
    functions = clients("lambda")
    layers = [
        functions.get_function_configuration(FunctionName=outputs[f"{route}FunctionName"])["Layers"]
        for route in ("Chat", "Probe")
    ]
    assert len(layers[0]) == len(layers[1]) == 1
    assert layers[0][0]["Arn"] == layers[1][0]["Arn"]


def test_cdk_deploy_without_change_touches_nothing(cdk: Cdk, clients: Clients, deployed: Path) -> None:
    before = events(clients), live_deployment(clients)
    assert f"{STACK} (no changes)" in cdk("deploy", STACK, "--app", deployed, *YES)
    assert (events(clients), live_deployment(clients)) == before


def test_cdk_deploy_changed_setting_moves_the_stage_to_a_new_deployment(
    cdk: Cdk, clients: Clients, deployed: Path, with_cors: Path
) -> None:
    before = live_deployment(clients)
    cdk("deploy", STACK, "--app", with_cors, *YES)
    assert status(clients) == "UPDATE_COMPLETE"
    assert live_deployment(clients) == resource(clients, "AWS::ApiGateway::Deployment") != before


def test_cdk_diff_without_change_is_empty(cdk: Cdk, deployed: Path) -> None:
    assert "There were no differences" in cdk("diff", STACK, "--fail", "--app", deployed)


# auto is a change set; the workflow on pull requests compares templates, for which reading is enough
@pytest.mark.parametrize("method", ["auto", "template"])
def test_cdk_diff_shows_a_changed_setting(cdk: Cdk, deployed: Path, with_cors: Path, method: str) -> None:
    shown = cdk("diff", STACK, "--fail", "--method", method, "--app", with_cors, exit_code=1)
    assert "AWS::ApiGateway::Deployment" in shown
    assert "CORS_ALLOW_ORIGIN" in shown
    assert f"[+] {ORIGIN}" in shown


def test_cdk_drift_shows_a_change_made_by_hand(cdk: Cdk, clients: Clients, deployed: Path) -> None:
    drift = ["drift", STACK, "--app", deployed, "--fail"]
    assert "No drift detected" in cdk(*drift)
    functions = clients("lambda")
    (name, timeout), *_ = [
        (it["FunctionName"], it["Timeout"]) for it in functions.list_functions()["Functions"]
    ]
    functions.update_function_configuration(FunctionName=name, Timeout=7)
    shown = cdk(*drift, exit_code=1)
    functions.update_function_configuration(FunctionName=name, Timeout=timeout)
    assert "1 resource has drifted" in shown
    assert "/Timeout" in shown


def test_cdk_deploy_failure_has_its_reason_and_rolls_back(
    cdk: Cdk, clients: Clients, deployed: Path, with_cors: Path, tmp_path: Path
) -> None:
    def lose_the_code(resources: dict[str, Any]) -> None:
        functions = [it for it in resources.values() if it["Type"] == "AWS::Lambda::Function"]
        functions[-1]["Properties"]["Code"]["S3Key"] = "never-uploaded.zip"

    broken = edited(with_cors, tmp_path / "cdk.out", lose_the_code)
    before = live_deployment(clients), clients("cloudformation").get_template(StackName=STACK)["TemplateBody"]
    said = cdk("deploy", STACK, "--app", broken, *YES, exit_code=1)
    assert "UPDATE_FAILED" in said
    assert "/never-uploaded.zip" in said
    assert status(clients) == "UPDATE_ROLLBACK_COMPLETE"
    after = live_deployment(clients), clients("cloudformation").get_template(StackName=STACK)["TemplateBody"]
    assert after == before


def leftovers(clients: Clients) -> dict[str, list[str]]:
    """Return what an account holds of the kinds that the stack has."""
    return {
        "functions": [it["FunctionName"] for it in clients("lambda").list_functions()["Functions"]],
        "layers": [it["LayerName"] for it in clients("lambda").list_layers()["Layers"]],
        "apis": [it["name"] for it in clients("apigateway").get_rest_apis()["items"]],
        "logs": [it["logGroupName"] for it in clients("logs").describe_log_groups()["logGroups"]],
        "roles": sorted(it["RoleName"] for it in clients("iam").list_roles()["Roles"]),
        "buckets": [it["Name"] for it in clients("s3").list_buckets()["Buckets"]],
        "stacks": [it["StackName"] for it in clients("cloudformation").describe_stacks()["Stacks"]],
    }


def test_cdk_destroy_leaves_only_the_bootstrap_and_its_assets(
    cdk: Cdk, clients: Clients, deployed: Path
) -> None:
    assert leftovers(clients)["functions"]
    cdk("destroy", STACK, "--app", deployed, "--force")
    left = leftovers(clients)
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    kinds = ["cfn-exec", "deploy", "file-publishing", "image-publishing", "lookup"]
    assert left == {
        **{kind: [] for kind in ("functions", "layers", "apis", "logs")},
        "roles": [f"cdk-hnb659fds-{kind}-role-{ACCOUNT}-{REGION}" for kind in kinds],
        "buckets": [bucket],
        "stacks": ["CDKToolkit"],
    }
    assert clients("s3").list_objects_v2(Bucket=bucket)["KeyCount"] > 0
