"""A stack in a known place."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from bedrock_iam_docs import SOURCE

ENV = cdk.Environment(account=SOURCE.account, region=SOURCE.region)


@pytest.fixture
def placed(app: cdk.App) -> cdk.Stack:
    """Return a stack whose account and Region are known."""
    return cdk.Stack(app, "Placed", env=ENV)
