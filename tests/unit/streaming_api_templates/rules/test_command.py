"""``python -m cdk_streaming_api.check``: what it reads, what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_streaming_api.check import main
from streaming_api_templates.rules.catalogue import RULES
from tests.unit.streaming_api_templates.rules.templates import GONE, GOOD, changed

SHORT = changed({"Function.Properties.Timeout": 60})
WITHOUT_PERMISSION = changed({"Permission": GONE, "Function.Properties.Timeout": 60})


def write(file: Path, content: Mapping[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), "utf-8")
    return file


def stack(template: str, **properties: str) -> dict[str, object]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": template, **properties}}


def test_check_clean_template_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(tmp_path / "t.json", GOOD))]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings in 1 template\n"


def test_check_warnings_only_exits_with_0(tmp_path: Path) -> None:
    assert main([str(write(tmp_path / "t.json", SHORT))]) == 0


def test_check_errors_exit_with_1_and_each_finding_is_a_block(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(write(tmp_path / "t.json", WITHOUT_PERMISSION))]) == 1
    error, warning, summary = capsys.readouterr().out.split("\n\n")
    assert error.splitlines()[:2] == [
        "error STREAM022: POST /chat invokes Function, and there is no permission for API Gateway",
        "  t.json: Method, Properties.Integration.Uri",
    ]
    assert error.splitlines()[-1] == f"  {RULES['STREAM022'].link}"
    assert warning.startswith("warning STREAM008: ")
    assert max(map(len, [*error.splitlines()[2:-1], *warning.splitlines()[2:-1]])) <= 102
    assert summary == "1 error, 1 warning in 1 template\n"


def test_check_json_is_one_object_with_documented_members(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = changed({"Function.Properties.Timeout": 60})
    template["Resources"]["Method"]["Metadata"] = {"aws:cdk:path": "Stack/Api/POST/Resource"}
    assert main([str(write(tmp_path / "t.json", template)), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "not_read": [],
        "findings": [
            {
                "rule": "STREAM008",
                "severity": "warning",
                "template": "t.json",
                "logical_id": "Method",
                "path": "Properties.Integration.TimeoutInMillis",
                "construct_path": "Stack/Api/POST/Resource",
                "message": "the timeouts of POST /chat differ, and the function's wins: "
                "Function ends the stream after 60000 ms, API Gateway would wait 900000 ms",
                "fix": RULES["STREAM008"].fix,
                "link": RULES["STREAM008"].link,
            }
        ],
    }


def test_check_assembly_reads_its_stages_and_nested_stacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = {
        "artifacts": {
            "One": stack("One.template.json"),
            "Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
        }
    }
    write(tmp_path / "manifest.json", manifest)
    write(tmp_path / "One.template.json", GOOD)
    stage = tmp_path / "assembly-Prod"
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "Two.assets.json"}}
    write(stage / "manifest.json", {"artifacts": {"Two": stack("Two.template.json"), "Two.assets": assets}})
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Sub": "https://b/k3y.json"}},
    }
    write(stage / "Two.template.json", {"Resources": {"Nested": nested}})
    files = {
        "k3y": {
            "source": {"path": "N.nested.template.json"},
            "destinations": {"d": {"objectKey": "k3y.json"}},
        }
    }
    write(stage / "Two.assets.json", {"files": files})
    write(stage / "N.nested.template.json", SHORT)
    write(tmp_path / "left-over.template.json", WITHOUT_PERMISSION)
    assert main([str(tmp_path), "--json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["template"] == str(Path("assembly-Prod/N.nested.template.json"))
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("0 errors, 1 warning in 3 templates\n")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("absent.json", None, "cannot be read: No such file"),
        ("t.yaml", "Resources:\n", "has no Resources, so nothing was checked"),
        ("t.yml", "Resources: [", "is not YAML: "),
        ("t.json", "Resources:", "is not a template in JSON: "),
        ("t.json", "[]", "is not a template: it must be an object"),
        ("t.json", '{"Resources": []}', "has no Resources, so nothing was checked"),
        ("t.json", "\xff", "is not a template: 'utf-8' codec"),
    ],
)
def test_check_invalid_template_exits_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, "latin-1")
    assert main([str(tmp_path / name)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("streaming-api check: ")
    assert says in printed.err
    assert printed.err.count("\n") == 1


SAM = """\
Transform: AWS::Serverless-2016-10-31
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, EndpointConfiguration: {Type: REGIONAL}}
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: !If [IsProduction, java25, nodejs24.x]
      Handler: index.handler
      CodeUri: src
      Timeout: 900
      Environment: {Variables: {URL: !Sub "https://${Api}.example.com", ARN: !GetAtt Api.RootResourceId}}
      Events:
        Post:
          Type: Api
          Properties:
            Path: /chat
            Method: post
            RestApiId: !Ref Api
            ResponseTransferMode: RESPONSE_STREAM
            TimeoutInMillis: 960000
"""


@pytest.mark.parametrize("name", ["template.yaml", "template.YML", "chat.template", "template"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_check_yaml_template_reads_short_forms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, encoding: str
) -> None:
    (tmp_path / name).write_text(SAM, encoding)
    assert main([str(tmp_path / name), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [each["rule"] for each in found] == [
        "STREAM006",
        "STREAM018",
        "STREAM033",
        "STREAM008",
        "STREAM023",
    ]


def test_check_yaml_without_pyyaml_exits_with_2_and_pip_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "template.yaml").write_text(SAM, "utf-8")
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert main([str(tmp_path / "template.yaml")]) == 2
    assert "needs PyYAML; run: pip install pyyaml" in capsys.readouterr().err


def test_check_directory_without_assembly_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "run 'cdk synth' first" in capsys.readouterr().err


def test_check_starts_no_node_and_imports_no_cdk(tmp_path: Path) -> None:
    template = write(tmp_path / "t.json", GOOD)
    probe = (
        f"import sys; from cdk_streaming_api.check import main; code = main([{str(template)!r}]); "
        "sys.exit(code or int(bool({'aws_cdk', 'jsii', 'constructs'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", probe], env={"PATH": ""}, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_check_streaming_api_check_is_the_same_command(tmp_path: Path) -> None:
    template = write(tmp_path / "t.json", WITHOUT_PERMISSION)
    command = [sys.executable, "-m", "streaming_api_tools", "check", str(template)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("1 error, 1 warning in 1 template\n")


def test_check_assembly_without_a_stack_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "manifest.json", {"version": "55.0.0", "artifacts": {}})
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"streaming-api check: {tmp_path} has no stack with resources, so nothing was checked\n"
    )


def test_check_sigint_ends_it_silently(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    os.mkfifo(template)
    command = [sys.executable, "-m", "cdk_streaming_api.check", str(template)]
    # opens when the command reads, and keeps it reading
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, template.open("w"):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (-signal.SIGINT, "")
