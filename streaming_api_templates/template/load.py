"""Reads the templates that the rules look at: one file, or a whole cloud assembly."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .lenient_json import Json, mapping, text
from .template import Template
from .yaml import parse

#: logical id -> properties that constructs with it were given
Given = Mapping[str, Sequence[Mapping[str, Json]]]


def load(path: Path) -> list[Template]:
    """Return the template in a file, or every template of the cloud assembly in a directory.

    The templates of nested stacks are among them, where the CDK wrote them beside their parent.

    :param path: a template in JSON or YAML, or a directory such as ``cdk.out``
    :raises ValueError: when it is neither, or cannot be read
    """
    if path.is_dir():
        return load_files(list(_templates_of(path)), path)
    found = load_files([path], path.parent)
    if not found[0].resources:
        raise ValueError(f"{path} is not a CloudFormation template: it has no Resources")
    return found


def load_files(files: list[Path], root: Path | None = None) -> list[Template]:
    """Return the templates in some files of one app, and those of their nested stacks.

    :param files: templates in JSON or YAML
    :param root: what the names of the templates are relative to. Default: - they are as given
    :raises ValueError: when one of them cannot be read
    """
    trees: dict[Path, Given] = {}
    found: list[Template] = []
    for file in files:
        tree = _tree_file(file)
        if tree and tree not in trees:
            trees[tree] = _given(mapping(_read(tree)).get("tree"))
        stack, metadata = _stack(file)
        template = Template(
            name=str(file.relative_to(root) if root else file),
            content=mapping(_read(file)),
            stack=stack,
            given=trees[tree] if tree else {},
            metadata=metadata,
        )
        found.extend(_with_nested(template, file.parent, root))
    return found


def _templates_of(directory: Path) -> Iterator[Path]:
    """Yield the templates of an assembly and of the assemblies in it, which is how the CDK writes a Stage."""
    manifest = directory / "manifest.json"
    if not manifest.is_file():
        raise ValueError(f"{directory} has no manifest.json; run 'cdk synth' first, or name a template")
    artifacts = [
        mapping(artifact) for artifact in mapping(mapping(_read(manifest)).get("artifacts")).values()
    ]
    for artifact in artifacts:
        properties = mapping(artifact.get("properties"))
        if artifact.get("type") == "cdk:cloud-assembly":
            yield from _templates_of(directory / text(properties.get("directoryName")))
        elif artifact.get("type") == "aws:cloudformation:stack":
            yield directory / text(properties.get("templateFile"))


def _with_nested(template: Template, directory: Path, root: Path | None) -> Iterator[Template]:
    yield template
    nested = {
        logical_id: json.dumps(mapping(mapping(resource).get("Properties")).get("TemplateURL"))
        for logical_id, resource in template.resources.items()
        if mapping(resource).get("Type") == "AWS::CloudFormation::Stack"
    }
    for key, file in _template_assets(directory) if nested else ():
        for logical_id, url in nested.items():
            if key in url:
                inner = replace(
                    template,
                    name=str(file.relative_to(root) if root else file),
                    content=mapping(_read(file)),
                    parent=(template, logical_id),
                    stack="",
                )
                yield from _with_nested(inner, directory, root)


def _template_assets(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield the object key of every template that an assembly uploads, and the file."""
    for manifest in sorted(directory.glob("*.assets.json")):
        for asset in mapping(mapping(_read(manifest)).get("files")).values():
            path = directory / text(mapping(mapping(asset).get("source")).get("path"))
            if path.name.endswith(".nested.template.json"):
                destinations = mapping(mapping(asset).get("destinations")).values()
                yield from {(text(mapping(each).get("objectKey")), path) for each in destinations}


def _read(file: Path) -> Json:
    try:
        content = file.read_text("utf-8-sig")
        # of .template and the like only the content tells
        is_json = file.suffix == ".json" or content.lstrip().startswith("{")
        return json.loads(content) if is_json else parse(content)
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{file} is not JSON: {error}") from None
    except ValueError as error:
        raise ValueError(f"{file} cannot be read: {error}") from None


def _tree_file(template: Path) -> Path | None:
    """Return the construct tree of the assembly that a template is in, at its root."""
    for directory in (template.parent, *template.parent.parents):
        if not (directory / "manifest.json").is_file():
            return None
        if (directory / "tree.json").is_file():
            return directory / "tree.json"
    return None


def _stack(template: Path) -> tuple[str, Mapping[str, Json]]:
    """Return the name of the stack that an assembly deploys from a template, and the CDK's notes about it."""
    manifest = template.parent / "manifest.json"
    artifacts = mapping(mapping(_read(manifest)).get("artifacts")) if manifest.is_file() else {}
    for name, artifact in artifacts.items():
        properties = mapping(mapping(artifact).get("properties"))
        if properties.get("templateFile") == template.name:
            notes = template.parent / text(mapping(artifact).get("additionalMetadataFile"))
            return text(properties.get("stackName", name)), mapping(_read(notes)) if notes.is_file() else {}
    return "", {}


def _given(tree: Json) -> Given:
    given: dict[str, list[Mapping[str, Json]]] = {}
    waiting = [mapping(tree)]
    while waiting:
        node = waiting.pop()
        attributes = mapping(node.get("attributes"))
        if text(attributes.get("aws:cdk:cloudformation:type")).startswith("AWS::ApiGateway::"):
            logical_id = text(attributes.get("aws:cdk:cloudformation:logicalId"))
            given.setdefault(logical_id, []).append(mapping(attributes.get("aws:cdk:cloudformation:props")))
        waiting.extend(map(mapping, mapping(node.get("children")).values()))
    return given
