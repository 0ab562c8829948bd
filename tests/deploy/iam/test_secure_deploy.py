"""The reference stack deployed where signatures are checked and IAM is enforced, by one who may assume roles.

The one has what the role of the deploying workflow has; CDK's own roles of the bootstrap do the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from botocore.exceptions import ClientError
from demo import ACCOUNT, REGION, STACK

from tests.deploy.conftest import synthesized
from tests.deploy.iam.conftest import Account, cdk

pytestmark = pytest.mark.timeout(900)
NOVA = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
STREAM = "bedrock:InvokeModelWithResponseStream"


class Deployed(NamedTuple):
    """The stack, and who deployed it."""

    env: dict[str, str]
    keys: dict[str, str]
    outputs: dict[str, str]


def policy_of_the_workflow(account: Account, folder: Path) -> object:
    """Deploy the roles of the workflows and return the policy of the one that deploys."""
    assembly = synthesized(folder, "github_repository=owner/name")
    cdk(account.env, "deploy", "GithubRoles", "--app", assembly, "--require-approval", "never")
    iam = account.clients("iam")
    (role,) = [
        it["RoleName"] for it in iam.list_roles()["Roles"] if it["RoleName"].startswith("GithubRoles-Deploy")
    ]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


@pytest.fixture(scope="module")
def deployed(
    account: Account, assembly: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """Deploy as a user with the workflow's policy and nothing else."""
    folder = tmp_path_factory.mktemp("secure")
    iam = account.clients("iam")
    iam.create_user(UserName="workflow")
    document = policy_of_the_workflow(account, folder / "cdk.out")
    iam.put_user_policy(UserName="workflow", PolicyName="own", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="workflow")["AccessKey"]
    env = {
        **account.env,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    file = folder / "outputs.json"
    cdk(env, "deploy", STACK, "--app", assembly, "--require-approval", "never", "--outputs-file", file)
    yield Deployed(env, key, json.loads(file.read_text("utf-8"))[STACK])
    cdk(env, "destroy", STACK, "--app", assembly, "--force")


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("lambda", "list_functions", {}),
        ("cloudformation", "delete_stack", {"StackName": STACK}),
        ("iam", "list_roles", {}),
        ("s3", "list_buckets", {}),
    ],
)
def test_deploy_role_can_do_nothing_without_the_bootstrap_roles(
    account: Account, deployed: Deployed, service: str, call: str, arguments: dict[str, str]
) -> None:
    client = account.clients(service, deployed.keys)
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(client, call)(**arguments)


def test_deploy_role_reads_the_outputs_of_the_proof(account: Account, deployed: Deployed) -> None:
    stacks = account.clients("cloudformation", deployed.keys).describe_stacks(StackName=STACK)["Stacks"]
    assert {it["OutputKey"] for it in stacks[0]["Outputs"]} == set(deployed.outputs)


def test_deploy_role_with_wrong_secret_is_refused(account: Account, deployed: Deployed) -> None:
    forged = {**deployed.keys, "SecretAccessKey": "x" * 40}
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        account.clients("cloudformation", forged).describe_stacks(StackName=STACK)


def decision(account: Account, role: str, action: str, resource: str) -> str:
    answer = account.clients("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource]
    )
    return str(answer["EvaluationResults"][0]["EvalDecision"])


def role_of(account: Account, deployed: Deployed, output: str) -> str:
    functions = account.clients("lambda")
    return str(functions.get_function_configuration(FunctionName=deployed.outputs[output])["Role"])


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        (STREAM, NOVA, "allowed"),
        (STREAM, NOVA.replace("lite", "pro"), "implicitDeny"),
        ("bedrock:InvokeModel", NOVA, "implicitDeny"),
        ("bedrock:ListFoundationModels", "*", "implicitDeny"),
        ("s3:GetObject", f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/x", "implicitDeny"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:any", "implicitDeny"),
        (
            "logs:PutLogEvents",
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:other:log-stream:x",
            "implicitDeny",
        ),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/any", "implicitDeny"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/any", "implicitDeny"),
    ],
)
def test_deployed_chat_function_may_stream_from_its_model_only(
    account: Account, deployed: Deployed, action: str, resource: str, expected: str
) -> None:
    assert decision(account, role_of(account, deployed, "ChatFunctionName"), action, resource) == expected


def test_deployed_probe_function_may_call_no_model(account: Account, deployed: Deployed) -> None:
    role = role_of(account, deployed, "ProbeFunctionName")
    assert decision(account, role, STREAM, NOVA) == "implicitDeny"


def test_deployed_chat_function_statements_are_log_model_or_tracing(
    account: Account, deployed: Deployed
) -> None:
    iam, role = account.clients("iam"), role_of(account, deployed, "ChatFunctionName").rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    actions = set()
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]:
            found = statement["Action"]
            actions |= {found} if isinstance(found, str) else set(found)
    assert actions == {
        *("logs:CreateLogStream", "logs:PutLogEvents", STREAM),
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    }
