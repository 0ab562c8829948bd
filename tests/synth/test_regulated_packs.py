"""The packs of cdk-nag for regulated teams: each finding has its answer, and the arguments make it clean."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import cdk_nag
import nag_docs
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_wafv2 as wafv2

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    GradualRollout,
    StreamingApi,
    StreamingMonitoring,
)

MODEL = BedrockModel("amazon.nova-lite-v1:0")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "consumer" / "app.py"


def example(app: cdk.App) -> None:
    """Define the example app, and an API without its web ACL."""
    spec = importlib.util.spec_from_file_location("consumer", EXAMPLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLE.parent))
        spec.loader.exec_module(module)
    module.AssistantStack(app, "Assistant")
    StreamingApi(cdk.Stack(app, "Bare"), "Api", model=MODEL).add_stream("chat")


def hardened(app: cdk.App) -> None:
    """Define an API with every argument that the table names."""
    stack = cdk.Stack(app, "Hardened")
    key = kms.Key(stack, "Key", enable_key_rotation=True)
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-1",
        availability_zones=["a"],
        private_subnet_ids=["subnet-a"],
        private_subnet_route_table_ids=["rtb-a"],
    )
    action = actions.SnsAction(sns.Topic(stack, "Trouble", master_key=key, enforce_ssl=True))
    chat = BedrockFunction(
        stack, "Chat", model=MODEL, vpc=vpc, reserved_concurrent_executions=5, log_encryption_key=key
    )
    rollout = GradualRollout(stack, "Rollout", function=chat)
    rollout.error_alarm.add_alarm_action(action)
    keys = ApiKeyAuthorizer(stack, "Keys", vpc=vpc, encryption_key=key)
    cast(lambda_.CfnFunction, keys.function.node.default_child).reserved_concurrent_executions = 5
    certificate = apigateway.CfnClientCertificate(stack, "Certificate")
    api = StreamingApi(
        stack,
        "Api",
        handler=rollout.alias,
        authorizer=keys,
        log_encryption_key=key,
        stage_options=apigateway.StageOptions(client_certificate_id=certificate.ref),
    )
    api.add_stream("chat")
    web_acl = api.add_managed_web_acl()
    group = logs.LogGroup(stack, "Requests", log_group_name="aws-waf-logs-chat", encryption_key=key)
    wafv2.CfnLoggingConfiguration(
        stack,
        "WebAclLog",
        resource_arn=web_acl.attr_arn,
        log_destination_configs=[group.log_group_arn],
    )
    StreamingMonitoring(stack, "Monitoring", api=api, alarm_actions=[action])


def findings(app: cdk.App, define: Callable[[cdk.App], None]) -> dict[str, set[str]]:
    """Return the packs that find something, by the rule."""
    define(app)
    packs = [getattr(cdk_nag, name)(app) for name in nag_docs.PACKS]
    cdk.Validations.of(app).add_plugins(*packs)
    with contextlib.suppress(RuntimeError):  # findings that are errors, after the report is written
        app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    found: dict[str, set[str]] = {}
    for name in (each["ruleName"] for report in reports for each in report["violations"]):
        pack, _, rule = name.partition("[")[0].rpartition("-")
        found.setdefault(rule, set()).add(pack)
    return found


def test_regulated_packs_every_finding_has_its_answer(app: cdk.App) -> None:
    assert findings(app, example) == {rule: set(answer.packs) for rule, answer in nag_docs.ANSWERS.items()}


def test_regulated_packs_arguments_leave_what_does_not_apply(app: cdk.App) -> None:
    assert set(findings(app, hardened)) == {
        rule for rule, answer in nag_docs.ANSWERS.items() if not answer.clean
    }


def test_regulated_packs_table_is_that_of_the_script() -> None:
    page = nag_docs.PAGE.read_text("utf-8")
    assert page == nag_docs.render(page), "run '.venv/bin/python scripts/nag_docs.py'"
