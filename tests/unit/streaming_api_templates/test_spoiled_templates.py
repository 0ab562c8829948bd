"""Templates that are spoiled at any place, and templates without an end: no traceback, and an end."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from streaming_api_templates.check import main
from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.template import Template
from streaming_api_tools.local.application import UnsupportedError
from streaming_api_tools.local.templates.cloud_assembly import SourceError, load_assembly, load_template
from tests.unit.streaming_api_templates.expand.sam_readings import templates
from tests.unit.streaming_api_templates.rules.templates import GOOD, changed
from tests.unit.streaming_api_templates.rules.test_spellings import open_api

TEMPLATES: dict[str, Any] = {**templates(), "CloudFormation": GOOD, "OpenAPI": open_api()}
SPOILED: list[object] = [
    *[None, 1, 1.5, True, "x", "", [], {}, [None], -1, float("inf"), "9" * 30, {"a": {"b": 1}}],
    *[{"Ref": "Nope"}, {"Ref": []}, {"Fn::If": []}, {"Fn::Join": 1}, {"Fn::GetAtt": [{}, []]}],
    *[{"Fn::Sub": [1, 2]}, {"Fn::Sub": {}}, {"Fn::Select": ["a", []]}, {"Fn::FindInMap": ["a"]}],
    {"Fn::Transform": []},
]
#: Every so many of the places and values; all of them were tried once.
STEP = 29


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a template."""
    yield path
    members: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, each in members:
        yield from places(each, (*path, name))


def spoiled(template: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Yield copies of a template, each with another value at one place."""
    cases = [(path, value) for path in places(template) if path for value in SPOILED]
    for (*parents, last), value in cases[::STEP]:
        copied = at = copy.deepcopy(template)
        for name in parents:
            at = at[name]
        at[last] = value
        yield copied


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_spoiled_template_ends_in_no_traceback(template: Any, tmp_path: Path) -> None:  # noqa: ANN401
    for number, content in enumerate(spoiled(template)):
        find([Template("0", content)])
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(content), "utf-8")
        with suppress(SourceError, UnsupportedError):
            load_template(file, "eu-west-1", tmp_path)


def doubled(function: str, count: int = 60) -> dict[str, Any]:
    """Return members each of which is the one before it twice."""
    names = [f"N{number}" for number in range(count)]
    return {name: {function: [before, before]} for before, name in itertools.pairwise(names)}


def conditions() -> dict[str, Any]:
    section: dict[str, Any] = {"N0": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    for name, condition in doubled("Fn::And").items():
        section[name] = {"Fn::And": [{"Condition": before} for before in condition["Fn::And"]]}
    return {**changed({"Method.Condition": "N59"}), "Conditions": section}


def exports() -> dict[str, Any]:
    outputs: dict[str, Any] = {"N0": {"Value": "x", "Export": {"Name": "N0"}}}
    for name, joined in doubled("Fn::Join").items():
        parts = [{"Fn::ImportValue": before} for before in joined["Fn::Join"]]
        outputs[name] = {"Value": {"Fn::Join": ["", parts]}, "Export": {"Name": name}}
    return {**changed({"Api.Properties.Name": {"Fn::ImportValue": "N59"}}), "Outputs": outputs}


def circle_of_conditions() -> dict[str, Any]:
    section = {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Condition": "A"}}
    return {**changed({"Method.Condition": "A"}), "Conditions": section}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("content", [conditions(), exports(), circle_of_conditions()])
def test_endless_template_is_checked_and_loaded(content: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps(content), "utf-8")
    assert main([str(file), "--json"]) in (0, 1)
    with suppress(SourceError, UnsupportedError):
        load_template(file, "eu-west-1", tmp_path)


def stack(template: str) -> dict[str, object]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": template}}


ASSETS = {"type": "cdk:asset-manifest", "properties": {"file": "a.json"}}


def nested(*keys: str) -> dict[str, Any]:
    """Return a template with nested stacks."""
    return {
        "Resources": {
            f"N{number}": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": f"https://b/{key}"},
            }
            for number, key in enumerate(keys)
        }
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("artifacts", "says"),
    [
        ({"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}, "it is in itself"),
        ({"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "gone"}}}, "No such file"),
        ({"S": stack("t\x00.json")}, "null"),
        ({"S": stack(".")}, "directory"),
        ({"S": stack("/dev/null")}, "must be an object"),
        (
            {"S": stack("0.json"), "A": {"type": "cdk:asset-manifest", "properties": {"file": "a.json"}}},
            "5000 templates",
        ),
        ({}, "no stack with resources"),
    ],
)
def test_malformed_assembly_is_refused_in_one_line(
    artifacts: dict[str, Any], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), "utf-8")
    # each template has the next one twice, so that there are 2 ** 14 of them
    names = [f"{number}.json" for number in range(14)]
    files = {name: {"source": {"path": name}, "destinations": {"d": {"objectKey": name}}} for name in names}
    (tmp_path / "a.json").write_text(json.dumps({"files": files}), "utf-8")
    for name, following in zip(names, [*names[1:], "none"], strict=True):
        (tmp_path / name).write_text(json.dumps(nested(following, following)), "utf-8")
    assert main([str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert says in printed.err
    with pytest.raises(SourceError):
        load_assembly(tmp_path, None, "eu-west-1", tmp_path)
