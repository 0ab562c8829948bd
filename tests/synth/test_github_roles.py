"""The roles of the workflows: who may assume them, and what they may then do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk.assertions import Template

from stacks.github_roles_stack import GithubRolesStack
from stacks.settings import DeploymentSettings


@pytest.fixture
def roles(app: cdk.App) -> dict[str, Any]:
    """The template's resources, by logical id."""
    stack = GithubRolesStack(app, "GithubRoles", repository="owner/name")
    found: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return found


def by_kind(resources: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    (found,) = [
        it["Properties"] for key, it in resources.items() if it["Type"] == kind and key.startswith(name)
    ]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("role", "subject"),
    [("Deploy", "repo:owner/name:environment:production"), ("Diff", "repo:owner/name:pull_request")],
)
def test_github_roles_trust_one_kind_of_run_of_one_repository(
    roles: dict[str, Any], role: str, subject: str
) -> None:
    (trust,) = by_kind(roles, "AWS::IAM::Role", role)["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subject,
        }
    }


def test_github_roles_repository_with_ids_is_in_the_subject(app: cdk.App) -> None:
    named = DeploymentSettings.from_context(
        {"github_repository": "owner@123456/name@456789"}
    ).github_repository
    stack = GithubRolesStack(app, "GithubRoles", repository=named)
    found = Template.from_stack(stack).to_json()["Resources"]
    (trust,) = by_kind(found, "AWS::IAM::Role", "Deploy")["AssumeRolePolicyDocument"]["Statement"]
    subject = trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert subject == "repo:owner@123456/name@456789:environment:production"


@pytest.mark.parametrize("name", ["owner@1/name", "owner/name@1", "owner/*", "owner@*/name@*", "a/b/c"])
def test_github_roles_invalid_repository_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="or owner@ID/name@ID, got"):
        DeploymentSettings.from_context({"github_repository": name})


def test_github_roles_diff_may_assume_the_lookup_role_only(roles: dict[str, Any]) -> None:
    (statement,) = by_kind(roles, "AWS::IAM::Policy", "Diff")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert "cdk-hnb659fds-lookup-role-" in json.dumps(statement["Resource"])
    assert "deploy" not in json.dumps(statement["Resource"])


def test_github_roles_deploy_uses_the_bootstrap_roles(roles: dict[str, Any]) -> None:
    statements = by_kind(roles, "AWS::IAM::Policy", "Deploy")["PolicyDocument"]["Statement"]
    actions = {action for it in statements for action in _listed(it["Action"])}
    assert actions == {
        "sts:AssumeRole",
        "cloudformation:DescribeStacks",
        "cloudformation:DescribeStackResources",
        "execute-api:Invoke",
    }
    assert "*" not in [resource for it in statements for resource in _listed(it["Resource"])]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_cdk_nag_findings_of_github_roles_are_acknowledged(app: cdk.App) -> None:
    GithubRolesStack(app, "GithubRoles", repository="owner/name")
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    assert [it for report in reports for it in report["violations"]] == []
    assert sum(len(report["suppressedViolations"]) for report in reports) == 2


def test_github_repository_setting_is_read_and_checked() -> None:
    assert (
        DeploymentSettings.from_context({"github_repository": "owner/name"}).github_repository == "owner/name"
    )
    with pytest.raises(ValueError, match="context 'github_repository' must be owner/name of a repository"):
        DeploymentSettings.from_context({"github_repository": "name"})
