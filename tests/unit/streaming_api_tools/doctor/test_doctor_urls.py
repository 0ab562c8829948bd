"""The function URLs of an assembly, and Regions that have none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_api_tools.doctor.findings import CheckWarning, Skipped
from streaming_api_tools.doctor.function_urls import available


def assembly(folder: Path, kind: str) -> Path:
    """Write an assembly with one resource."""
    content = {"Resources": {"Only": {"Type": kind, "Properties": {}}}}
    (folder / "Stack.template.json").write_text(json.dumps(content), "utf-8")
    return folder


def test_doctor_function_url_in_a_region_that_has_them_is_ok(tmp_path: Path) -> None:
    assert available("eu-west-1", assembly(tmp_path, "AWS::Lambda::Url"), "cdk") == "eu-west-1 has them"


def test_doctor_function_url_in_a_region_without_them_warns(tmp_path: Path) -> None:
    with pytest.raises(
        CheckWarning, match="lists eu-south-2 among the Regions without function URLs"
    ) as told:
        available("eu-south-2", assembly(tmp_path, "AWS::Lambda::Url"), "cdk")
    assert told.value.fix == "export AWS_REGION=us-east-1"


def test_doctor_without_function_url_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="has no function URL; run: npx cdk synth"):
        available("eu-south-2", assembly(tmp_path, "AWS::ApiGateway::RestApi"), "npx cdk")
