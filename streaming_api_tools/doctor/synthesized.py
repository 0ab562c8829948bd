"""Reads the policies of a cloud assembly, as far as they are known without deploying."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


def statements(cdk_out: Path, region: str, account: str, action: str) -> list[tuple[str, ...]] | None:
    """Return the resources of each statement that allows an action, or None without any template.

    References that only a deployment can resolve become ``*``: what is reported as missing is missing.
    """
    templates = sorted(cdk_out.glob("*.template.json"))
    if not templates:
        return None
    pseudo = {"AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": "aws"}
    found = []
    for path in templates:
        for statement in _allowing(json.loads(path.read_text("utf-8"))):
            if action in _listed(statement.get("Action")):
                resources = _listed(statement.get("Resource"))
                found.append(tuple(_text(each, pseudo) for each in resources))
    return found


def allows(found: Sequence[Sequence[str]], arn: str) -> bool:
    """Tell whether a statement has a resource that covers an ARN; IAM's wildcards are * and ?."""
    return any(fnmatchcase(arn, pattern.replace("[", "[[]")) for each in found for pattern in each)


def _allowing(template: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    resources = template.get("Resources", {})
    assert isinstance(resources, Mapping)
    for resource in resources.values():
        properties = resource.get("Properties", {})
        documents = [each.get("PolicyDocument", {}) for each in properties.get("Policies", [])]
        if resource.get("Type") in POLICIES:
            documents.append(properties.get("PolicyDocument", {}))
        for document in documents:
            for statement in document.get("Statement", []):
                if statement.get("Effect") == "Allow":
                    yield statement


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _text(value: object, pseudo: Mapping[str, str]) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        if "Ref" in value:
            return pseudo.get(str(value["Ref"]), "*")
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return str(separator).join(_text(part, pseudo) for part in parts)
    return "*"
