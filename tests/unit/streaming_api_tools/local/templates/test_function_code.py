"""The code of functions on disk: where it is found, and why a function cannot run."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from streaming_api_tools.local.application import LambdaIntegration
from streaming_api_tools.local.templates.cloud_assembly import load_assembly, load_template
from tests.unit.streaming_api_tools.local.templates.test_cloud_assembly import (
    reason,
    resources,
    write_assembly,
)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"PackageType": "Image"}, "Fn.PackageType: container images are not supported locally"),
        ({"Runtime": "java21"}, "Fn.Runtime: java21 is not supported locally"),
        ({"Code": {"S3Bucket": "b", "S3Key": "unknown"}}, "Fn.Code: the code is not on this machine"),
        (
            {"Environment": {"Variables": {"A": {"Fn::GetAtt": ["Logs", "X"]}}}},
            "Fn.Environment.Variables.A: the value of Fn::GetAtt Logs.X is not known locally",
        ),
        (
            {"Environment": {"Variables": {"A": "x{{resolve:secretsmanager:b}}"}}},
            "Fn.Environment.Variables.A: dynamic references are not supported locally",
        ),
    ],
)
def test_function_code_unsupported_function_has_its_reason(
    properties: dict[str, object], expected: str, tmp_path: Path
) -> None:
    function = resources()["Fn"]
    assert isinstance(function, dict)
    changed = {"Fn": {**function, "Properties": {**function["Properties"], **properties}}}
    assert reason(changed, tmp_path).startswith(expected)


def test_function_code_may_be_inline_local_or_from_cdk_metadata(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    inline, local, by_metadata = {"ZipFile": "x = 1"}, "src", {"S3Key": "k"}
    for given, code in (
        (inline, tmp_path / "Fn"),
        (local, tmp_path / "src"),
        (by_metadata, tmp_path / "src"),
    ):
        function = resources()["Fn"]
        assert isinstance(function, dict)
        properties = {**function["Properties"], "Code": given, "Layers": []}
        merged = {**function, "Properties": properties, "Metadata": {"aws:asset:path": "src"}}
        content = {"Resources": {**resources(), "Fn": merged}}
        (tmp_path / "t.json").write_text(json.dumps(content), "utf-8")
        api = load_template(tmp_path / "t.json", "eu-west-1", tmp_path).apis[0]
        (route,) = [route for route in api.routes if route.method == "POST"]
        assert isinstance(route.integration, LambdaIntegration)
        assert route.integration.function.code == code
    assert (tmp_path / "Fn" / "index.py").read_text("utf-8") == "x = 1"


def test_function_code_archive_cannot_write_outside_its_directory(tmp_path: Path) -> None:
    directory = write_assembly(tmp_path / "cdk.out", {"Demo": resources()})
    with zipfile.ZipFile(directory / "asset.def.zip", "w") as archive:
        archive.writestr("../../escaped.py", "")
    scratch = tmp_path / "a" / "b"
    scratch.mkdir(parents=True)
    load_assembly(directory, None, "eu-west-1", scratch)
    assert list(tmp_path.rglob("escaped.py")) == [scratch / "Layer" / "escaped.py"]
