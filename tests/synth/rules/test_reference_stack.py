"""What this package defines, and the reference deployment, break no rule."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk

from cdk_streaming_api import StreamingRules
from cdk_streaming_api.check import main
from stacks.chat_stack import ChatStack
from stacks.settings import DeploymentSettings


def test_reference_stack_has_no_rule_finding(assembly: Path) -> None:
    assert main([str(assembly)]) == 0


def test_reference_stack_with_every_setting_has_no_rule_finding(app: cdk.App) -> None:
    ChatStack(app, "StreamingChat", settings=DeploymentSettings(allow_origins=("https://app.example.com",)))
    cdk.Validations.of(app).add_plugins(StreamingRules())
    app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))
    assert report["pluginReports"] == []
