"""What this package defines, and the reference deployment, break no rule."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk

from cdk_streaming_api import StreamingRules
from cdk_streaming_api.check import main
from stacks.chat_stack import ChatStack
from stacks.settings import DeploymentSettings


def test_the_reference_stack_is_clean(assembly: Path) -> None:
    assert main([str(assembly)]) == 0


def test_the_reference_stack_is_clean_with_everything_turned_on(app: cdk.App) -> None:
    ChatStack(app, "StreamingChat", settings=DeploymentSettings(allow_origins=("https://app.example.com",)))
    cdk.Validations.of(app).add_plugins(StreamingRules())
    app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))
    assert report["pluginReports"] == []
