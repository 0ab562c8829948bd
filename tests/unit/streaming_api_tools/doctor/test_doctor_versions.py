"""The doctor's checks of the programs that a deployment starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_api_tools.doctor.findings import CheckWarning
from streaming_api_tools.doctor.versions import cdk, find_node, judge, node
from tests.unit.streaming_api_tools.doctor.test_doctor_checks import program


@pytest.mark.parametrize("version", ["2.999.1", "1.204.0", ""])
def test_doctor_old_version_is_a_warning(version: str) -> None:
    with pytest.raises(CheckWarning, match=r"needs 2\.1000 or later"):
        judge(version, (2, 1000), "npm install")


def test_doctor_missing_command_is_a_warning() -> None:
    with pytest.raises(CheckWarning, match="was not found"):
        cdk("/nowhere/cdk", Path())
    with pytest.raises(CheckWarning, match=r"Node\.js was not found"):
        node("")


def test_doctor_cdk_too_old_for_the_assembly_is_a_warning(tmp_path: Path) -> None:
    command = str(program(tmp_path / "cdk", "2.1033.0"))
    assert cdk(command, tmp_path) == "2.1033.0"
    (tmp_path / "manifest.json").write_text(
        json.dumps({"version": "55.0.0", "minimumCliVersion": "2.1148.0"})
    )
    with pytest.raises(CheckWarning, match=r"2\.1033\.0, needs 2\.1148\.0 or later"):
        cdk(command, tmp_path)
    assert cdk(str(program(tmp_path / "cdk", "2.1148.1")), tmp_path) == "2.1148.1"


def test_doctor_cdk_version_published_by_accident_is_a_warning(tmp_path: Path) -> None:
    with pytest.raises(CheckWarning, match="by accident") as doubt:
        cdk(str(program(tmp_path / "cdk", "3.0.0")), tmp_path)
    assert doubt.value.fix == "npm install --global aws-cdk@2"


def test_doctor_node_that_jsii_starts_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path / "node", "v20.20.2")
    (tmp_path / "app.py").write_text("import aws_cdk")
    with pytest.raises(CheckWarning, match=r"20\.20\.2, needs 22"):
        node(find_node(tmp_path))
    assert int(node(find_node(Path(__file__).parents[4])).split(".")[0]) >= 22, "app.py takes the wheel's"
    monkeypatch.setenv("JSII_NODE", str(program(tmp_path / "other", "v22.1.0")))
    assert node(find_node(tmp_path)) == "22.1.0"
