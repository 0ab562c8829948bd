"""Template files: what is read, what is refused, and that refusing is one line for every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_api_templates.check import main
from streaming_api_templates.template.file import (
    MAX_DEPTH,
    MAX_VALUES,
    TemplateFileError,
    parse_template,
    read_json,
    read_template,
)
from streaming_api_tools.local.templates.cloud_assembly import SourceError, load_template

TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 10)}]}}\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
#: Name of the file, content, what the refusal has in it.
REFUSED = {
    "deep JSON": ("t.json", '{"Resources": ' + "[" * 3000 + "]" * 3000 + "}", "nested too deeply"),
    "JSON deeper than Python reads": ("t.json", "[" * 200_000, "nested too deeply"),
    "JSON a level too deep": ("t.json", '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH, "nested too deeply"),
    "deep YAML": ("t.yaml", "a: " + "[" * 3000 + "]" * 3000, "nested too deeply"),
    "deep JSON of a YAML file": ("t.yaml", "[" * 20_000, "nested too deeply"),
    "an alias bomb": ("t.yaml", BOMB, "aliases stand for more than 200000 values"),
    "an alias of itself": ("t.yaml", "a: &a [*a]\n", "nested too deeply"),
    "an object of Python": ("t.yaml", "a: !!python/name:os.system x\n", "is not YAML"),
    "bytes": ("t.yaml", "a: !!binary aGk=\n", "holds a bytes"),
    "a set": ("t.yaml", "a: !!set {x, y}\n", "holds a set"),
    "a number that Python does not read": ("t.yaml", f"a: {'9' * 5000}\n", "is not YAML"),
    "a key that is no text": ("t.yaml", "? [a]\n: b\n", "is not YAML"),
    "a control character": ("t.yaml", "a: \x07\n", "is not YAML"),
    "two documents": ("t.yaml", "a: 1\n---\nb: 2\n", "is not YAML"),
    "an array": ("t.json", "[]", "must be an object"),
    "no text": ("t.json", "\xff", "utf-8"),
    "nothing": ("t.yaml", "", "must be an object"),
}


@pytest.mark.parametrize(("name", "content", "says"), REFUSED.values(), ids=REFUSED)
def test_template_file_without_template_is_refused_by_check_and_local(
    name: str, content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(content, "latin-1")
    assert main([str(tmp_path / name)]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert says in printed.err
    with pytest.raises(SourceError, match=says) as error:
        load_template(tmp_path / name, "eu-west-1", tmp_path)
    assert "\n" not in str(error.value)


def test_template_yaml_merge_keys_are_bounded() -> None:
    assert parse_template(MERGE_BOMB)["i"] == {"x": 1}


def test_template_yaml_merge_key_is_overridden_by_own_key() -> None:
    template = parse_template("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n")
    assert template["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize("name", ["template.json", "template.yaml", "template"])
def test_template_byte_order_mark_is_skipped(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(json.dumps(TEMPLATE), "utf-8-sig")
    assert read_template(tmp_path / name) == TEMPLATE


def test_template_yaml_flow_style_is_read() -> None:
    assert parse_template("{Resources: {Topic: {Type: AWS::SNS::Topic}}}") == TEMPLATE


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref X", {"Ref": "X"}),
        ("!Condition X", {"Condition": "X"}),
        ("!GetAtt X.Y.Z", {"Fn::GetAtt": ["X", "Y.Z"]}),
        ("!GetAtt [X, Y]", {"Fn::GetAtt": ["X", "Y"]}),
        ("!Sub '${X}'", {"Fn::Sub": "${X}"}),
        ("!Join ['', [a, !Ref X]]", {"Fn::Join": ["", ["a", {"Ref": "X"}]]}),
        ("!FindInMap [A, !Ref B, c]", {"Fn::FindInMap": ["A", {"Ref": "B"}, "c"]}),
        ("!Transform {Name: N}", {"Fn::Transform": {"Name": "N"}}),
        ("2012-10-17", "2012-10-17"),
        ("=", "="),
        ("30", 30),
        ("true", True),
        ("", None),
        ("{200: a, on: b}", {"200": "a", "on": "b"}),
    ],
)
def test_template_yaml_scalar_is_the_json_value(written: str, value: object) -> None:
    assert parse_template(f"a: {written}") == {"a": value}


def test_template_unreadable_assembly_json_is_named(tmp_path: Path) -> None:
    for content in ("[", "[]", "[" * 20_000):
        (tmp_path / "manifest.json").write_text(content, "utf-8")
        with pytest.raises(TemplateFileError, match=r"manifest.json is not"):
            read_json(tmp_path / "manifest.json")


@pytest.mark.parametrize("innermost", ["1", "{}", "[]"])
def test_template_file_of_the_greatest_depth_is_read(innermost: str) -> None:
    outer = 149
    assert parse_template('{"a":' * outer + innermost + "}" * outer, is_json=True)
    with pytest.raises(ValueError, match=f"more than {MAX_DEPTH} levels"):
        parse_template('{"a":' * MAX_DEPTH + innermost + "}" * MAX_DEPTH, is_json=True)


def test_template_file_of_the_most_values_is_read() -> None:
    # the object and its list are two of them
    values = ["1"] * (MAX_VALUES - 2)
    assert parse_template(f'{{"a":[{",".join(values)}]}}', is_json=True)
    with pytest.raises(ValueError, match=f"more than {MAX_VALUES} values"):
        parse_template(f'{{"a":[{",".join([*values, "1"])}]}}', is_json=True)
