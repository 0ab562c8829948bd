"""A deployment from its first day to its last, by the genuine CDK command line from its assemblies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError
from demo import ACCOUNT, REGION, STACK

from tests.deploy.conftest import edited, synthesized

Cdk: TypeAlias = Callable[..., str]
Clients: TypeAlias = Callable[[str], Any]

pytestmark = pytest.mark.timeout(180)
YES = ["--require-approval", "never"]
ORIGIN = "https://app.example.com"


@pytest.fixture(scope="module")
def with_cors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assembly with one setting changed."""
    return synthesized(tmp_path_factory.mktemp("changed") / "cdk.out", f"allow_origins={ORIGIN}")


@pytest.fixture(scope="module")
def bootstrapped(cdk: Cdk, assembly: Path) -> None:
    cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", assembly)


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
