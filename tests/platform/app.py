"""The app of the platform, for the CDK command line."""

import sys
from pathlib import Path

import aws_cdk as cdk

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.synth.platform import platform

app = cdk.App()
platform(cdk.Stack(app, "Platform"), routes=300)
app.synth()
