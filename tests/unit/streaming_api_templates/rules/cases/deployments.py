"""Cases of rules/checks/deployments.py: what breaks its rules, and what looks like it and is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.streaming_api_templates.rules.cases.spoiling import Case
from tests.unit.streaming_api_templates.rules.templates import GONE

CASES: list[Case] = [
    Case(
        "STREAM028",
        "a deployment that waits for nothing",
        {"Deployment.DependsOn": GONE},
        ("Method", "DependsOn"),
        "Deployment does not depend on POST /chat",
    ),
]

RIGHT: dict[str, Mapping[str, Any]] = {
    "STREAM028: a deployment that refers to the method": {
        "Deployment.DependsOn": GONE,
        "Deployment.Properties.Description": {"Fn::Sub": "of ${Method}"},
    },
    "STREAM028: a deployment that waits by way of another resource": {
        "Deployment.DependsOn": "Waiter",
        "Waiter": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": ["Method"]},
    },
}
