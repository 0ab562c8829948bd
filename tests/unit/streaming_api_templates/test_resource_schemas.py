"""Names and enums that the rules and the gateway read, against the resource schemas that cfn-lint ships."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cfnlint  # type: ignore[import-untyped]
import pytest

from streaming_api_templates.expand.origin import Origin
from streaming_api_templates.rules.checks import integration
from streaming_api_templates.rules.engine import find
from streaming_api_templates.rules.subjects.resources import Resource, Resources
from streaming_api_templates.template.template import Template
from streaming_api_tools.local.templates.cloud_assembly import load_template
from tests.local.serving import template
from tests.local.test_admission import METERED, authorizer, guarded, plan
from tests.unit.streaming_api_templates.rules.templates import changed
from tests.unit.streaming_api_templates.rules.test_rules import CASES, RIGHT

SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"
BY_TYPE: dict[str, str] = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text("utf-8"))
#: Names of our own in resources that OpenAPI stands for.
OWN = {("AWS::ApiGateway::Method", "UnknownSecurityScheme")}


def schema(kind: str) -> dict[str, Any]:
    """Return the schema of a type."""
    found: dict[str, Any] = json.loads((SCHEMAS / "resources" / f"{BY_TYPE[kind]}.json").read_text("utf-8"))
    return found


def described(kind: str, path: str) -> Mapping[str, Any] | None:
    """Return what a schema says about a property, {} below a free form, None when it has no such property."""
    whole = schema(kind)
    at: Mapping[str, Any] = whole
    for name in path.split("."):
        options = [at, *at.get("oneOf", []), *at.get("anyOf", [])]
        found = [
            _followed(whole, option)["properties"]
            for option in options
            if "properties" in _followed(whole, option)
        ]
        if not found:
            return {}
        names = next((each for each in found if name in each), None)
        if names is None:
            return None
        at = _followed(whole, names[name])
        if "items" in at:
            at = _followed(whole, at["items"])
    return at


def _followed(whole: Mapping[str, Any], at: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = at.get("$ref")
    return whole["definitions"][reference.rpartition("/")[2]] if reference else at


class Recorded(dict[str, Any]):
    """Properties of a resource that note the names that are asked for."""

    def __init__(self, content: Mapping[str, Any], kind: str, path: str, asked: set[tuple[str, str]]) -> None:
        super().__init__(
            {name: _recorded(value, kind, f"{path}{name}.", asked) for name, value in content.items()}
        )
        self._place, self._asked = (kind, path), asked

    def _note(self, name: str) -> None:
        kind, path = self._place
        self._asked.add((kind, f"{path}{name}"))

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - as of a dict
        """Return a member, and note its name."""
        self._note(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as of a dict
        """Return a member, and note its name."""
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        """Tell whether a member is there, and note its name."""
        self._note(str(name))
        return super().__contains__(name)


def _recorded(value: Any, kind: str, path: str, asked: set[tuple[str, str]]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_recorded(each, kind, path, asked) for each in value]
    return Recorded(value, kind, path, asked) if isinstance(value, dict) else value


def asked_by_the_rules(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Return type and property path of everything that the rules read in all of their cases."""
    asked: set[tuple[str, str]] = set()
    read = Resources._read

    def recording(resources: Resources, key: tuple[int, str]) -> Resource:
        found = read(resources, key)
        content = Recorded(found.properties, found.type, "", asked)
        origin: Origin | None = found.origin
        return Resource(
            found.template, found.logical_id, found.key, found.type, content, found.as_written, origin
        )

    monkeypatch.setattr(Resources, "_read", recording)
    for changes in [*(case.changes for case in CASES), *RIGHT.values()]:
        find([Template("0", changed(changes))])
    return asked


def unknown(asked: set[tuple[str, str]]) -> Iterator[str]:
    """Yield what was asked for and is in no schema; of types without a schema nothing is told."""
    for kind, path in sorted(asked - OWN):
        if kind in BY_TYPE and described(kind, path) is None:
            yield f"{kind}.{path}"


def test_rules_read_only_properties_of_the_resource_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_by_the_rules(monkeypatch)
    assert ("AWS::ApiGateway::Method", "Integration.ResponseTransferMode") in asked
    assert len(asked) > 50
    assert list(unknown(asked)) == []


def test_gateway_reads_only_properties_of_the_resource_schemas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[str, str]] = set()
    cors = {"AllowOrigins": ["*"], "AllowCredentials": False}
    target = {"TargetFunctionArn": {"Fn::GetAtt": ["Function0", "Arn"]}, "AuthType": "NONE", "Cors": cors}
    url = {"Type": "AWS::Lambda::Url", "Properties": target}
    more: dict[str, Any] = {**authorizer(), **plan(), "Url": url}
    content: Any = template({**guarded(), **METERED}, **more)
    for entry in content["Resources"].values():
        entry["Properties"] = Recorded(entry["Properties"], entry["Type"], "", asked)
    asked.clear()
    monkeypatch.setattr(
        "streaming_api_tools.local.templates.cloud_assembly.read_template", lambda file: content
    )
    load_template(tmp_path / "template.json", "eu-west-1", tmp_path)
    assert ("AWS::ApiGateway::Method", "Integration.Uri") in asked
    assert ("AWS::Lambda::Url", "InvokeMode") in asked
    # the name of a resource is looked for under its type's name, and may be made up
    guesses = {(kind, path) for kind, path in asked if path == f"{kind.rpartition('::')[2]}Name"}
    assert list(unknown(asked - guesses)) == []


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("AWS::ApiGateway::Method", "Integration.ResponseTransferMode", set(integration._MODES)),
        ("AWS::Lambda::Url", "InvokeMode", {"BUFFERED", "RESPONSE_STREAM"}),
        ("AWS::Lambda::Url", "AuthType", {"AWS_IAM", "NONE"}),
    ],
)
def test_enum_values_read_equal_those_of_the_schema(kind: str, path: str, words: set[str]) -> None:
    found = described(kind, path)
    assert found is not None
    assert set(found["enum"]) == words


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("AWS::ApiGateway::Method", "Integration.Type", {"AWS_PROXY", "HTTP_PROXY", "MOCK", "AWS", "HTTP"}),
        ("AWS::ApiGateway::Authorizer", "Type", {"TOKEN", "REQUEST", "COGNITO_USER_POOLS"}),
    ],
)
def test_enum_values_read_are_in_the_schema(kind: str, path: str, words: set[str]) -> None:
    found = described(kind, path)
    assert found is not None
    assert words <= set(found.get("enum", words))
