"""The app of the rules' tests."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_streaming_api import StreamingRules


@pytest.fixture
def ruled(app: cdk.App) -> cdk.App:
    """Return an app with the plugin."""
    cdk.Validations.of(app).add_plugins(StreamingRules())
    return app
