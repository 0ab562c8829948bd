"""What the doctor cannot start, read or find is a line of its report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streaming_api_tools.doctor.checks import MODEL_CHECKS, DeploymentPlan, examine
from streaming_api_tools.doctor.findings import CheckWarning, RequirementResult
from streaming_api_tools.doctor.versions import cdk, node
from tests.unit.streaming_api_tools.doctor.doctor_missing import client_error
from tests.unit.streaming_api_tools.doctor.fake_aws import FakeAws

ROLE = "arn:aws:iam::123456789012:role/chat"


def asked(name: str, aws: FakeAws, wish: DeploymentPlan) -> RequirementResult:
    """Make one check, whatever it needs."""
    (check,) = (replace(each, needs=frozenset()) for each in MODEL_CHECKS if each.name == name)
    (finding,) = examine((check,), aws, wish)
    return finding


def test_doctor_node_or_cdk_that_cannot_start_is_a_warning() -> None:
    with pytest.raises(CheckWarning, match="/nowhere/node cannot be started"):
        node("/nowhere/node")
    with pytest.raises(CheckWarning, match="npx 'cdk was not found"):
        cdk("npx 'cdk", Path())


def test_doctor_unreadable_template_is_skipped_by_name(tmp_path: Path) -> None:
    (tmp_path / "Chat.template.json").write_text("{")
    finding = asked(
        "model policy", FakeAws(), DeploymentPlan(model="amazon.nova-lite-v1:0", cdk_out=tmp_path)
    )
    assert (finding.status.value, "cannot be read" in finding.detail) == ("skipped", True)


@pytest.mark.parametrize("code", ["NoSuchEntity", "InvalidInput"])
def test_doctor_missing_role_is_a_failed_check(code: str) -> None:
    class Without(FakeAws):
        def simulate_principal_policy(self, **asked: object) -> dict[str, Any]:
            raise client_error(code, "no such role")

    finding = asked("model permission", Without(), DeploymentPlan(model="amazon.nova-lite-v1:0", role=ROLE))
    assert (finding.status.value, finding.fix) == ("fail", "aws iam list-roles --query 'Roles[].Arn'")
