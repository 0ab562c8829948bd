"""Read the templates of an app: one file, or a whole cloud assembly.

https://github.com/aws/aws-cdk/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

from .file import TemplateFileError, read_json, read_template
from .lenient_json import Json, mapping, text
from .template import Template

#: More are no app's; CloudFormation allows 2,000 stacks in an account.
MAX_TEMPLATES = 5_000
#: Logical id of the API that an OpenAPI document by itself stands for.
OPENAPI_DOCUMENT = "OpenApiDocument"
#: The account and the Region that the CDK writes for a stack without an explicit environment.
_UNKNOWN = {"unknown-account", "unknown-region"}


def read(path: Path) -> list[Template]:
    """Return the template in a file, or every template of the cloud assembly in a directory.

    The templates of nested stacks are among them, where the CDK wrote them beside their parent.

    :param path: a template or an OpenAPI document in JSON or YAML, or a directory such as ``cdk.out``
    :raises TemplateFileError: when it is neither, or cannot be read
    """
    if path.is_dir():
        found, what = read_assembly(path), "stack with resources"
    else:
        found, what = read_files([path], path.parent), "Resources"
    sections = [template.resources for template in found]
    if not any(sections):
        raise TemplateFileError(f"{path} has no {what}, so nothing was checked")
    return found


def read_assembly(directory: Path) -> list[Template]:
    """Return the templates of an assembly and of the assemblies in it, which is how the CDK writes a Stage.

    :param directory: what ``cdk synth`` wrote, usually ``cdk.out``
    :raises TemplateFileError: when it is not an assembly, or cannot be read
    """
    if not (directory / "manifest.json").is_file():
        raise TemplateFileError(
            f"{directory} has no manifest.json; run 'cdk synth' first, or name a template"
        )
    return [template for _, template in _bounded(directory, directory)]


def read_files(files: Sequence[Path], root: Path | None = None) -> list[Template]:
    """Return the templates in some files of one app, and those of their nested stacks.

    :param files: templates that the CDK wrote, each beside its manifest, or any others
    :param root: what the names of the templates are relative to. Default: - they are as given
    :raises TemplateFileError: when one of them cannot be read
    """
    stacks = cache(lambda directory: _bounded(directory, root))
    found: list[Template] = []
    for file in files:
        of_file = []
        if (file.parent / "manifest.json").is_file():
            of_file = [template for stack, template in stacks(file.parent) if stack == file]
        found += of_file or [
            Template(_name(file, root), _as_template(file), stack=file.stem, directory=file.parent)
        ]
    return found


def _as_template(file: Path) -> Mapping[str, Json]:
    """Return a template; an OpenAPI document by itself is the definition of a Regional API."""
    content = read_template(file)
    if "Resources" in content or not {"openapi", "swagger"} & content.keys() or "paths" not in content:
        return content
    api = {"Body": content, "EndpointConfiguration": {"Types": ["REGIONAL"]}}
    return {"Resources": {OPENAPI_DOCUMENT: {"Type": "AWS::ApiGateway::RestApi", "Properties": api}}}


def _bounded(directory: Path, root: Path | None) -> list[tuple[Path, Template]]:
    """Return what an assembly has; nested stacks can stand for any number of templates."""
    found = list(islice(_stacks(directory, root), MAX_TEMPLATES + 1))
    if len(found) > MAX_TEMPLATES:
        raise TemplateFileError(f"{directory} has more than {MAX_TEMPLATES} templates")
    return found


def _stacks(
    directory: Path, root: Path | None, around: tuple[Path, ...] = ()
) -> Iterator[tuple[Path, Template]]:
    """Yield each template with the file of the stack that it is, or is nested in.

    :param around: the assemblies that this one is in. Default: - none
    """
    if directory.resolve() in around:
        raise TemplateFileError(f"{directory} is not a cloud assembly: it is in itself")
    artifacts = _objects(read_json(directory / "manifest.json"), "artifacts", directory)
    assets: dict[str, Path] = {}
    for artifact in artifacts.values():
        if artifact.get("type") == "cdk:asset-manifest":
            assets |= _assets(directory, read_json(directory / _text(artifact, "file", directory)))
    tree = _tree_file(directory)
    given = _given(read_json(tree).get("tree")) if tree else {}
    for name, artifact in artifacts.items():
        if artifact.get("type") == "cdk:cloud-assembly":
            inner = directory / _text(artifact, "directoryName", directory)
            yield from _stacks(inner, root, (*around, directory.resolve()))
        elif artifact.get("type") == "aws:cloudformation:stack":
            file = directory / _text(artifact, "templateFile", directory)
            notes = directory / text(artifact.get("additionalMetadataFile"))
            account, region = _environment(artifact, directory)
            template = Template(
                name=_name(file, root),
                content=read_template(file),
                stack=text(mapping(artifact["properties"]).get("stackName")) or name,
                given=given,
                metadata=read_json(notes) if notes.is_file() else {},
                directory=directory,
                assets=assets,
                region=region,
                account=account,
            )
            yield from ((file, each) for each in _with_nested(template, root, (file,)))


def _name(file: Path, root: Path | None) -> str:
    return str(file.relative_to(root) if root and file.is_relative_to(root) else file)


def _with_nested(template: Template, root: Path | None, around: tuple[Path, ...]) -> Iterator[Template]:
    """Yield a template and those of its nested stacks, which are assets.

    :param around: the files of the templates that it is nested in, and its own
    """
    yield template
    for logical_id, resource in template.resources.items():
        if resource.get("Type") == "AWS::CloudFormation::Stack":
            url = json.dumps(mapping(resource.get("Properties")).get("TemplateURL"))
            for key, file in template.assets.items():
                if f"/{key}" in url and file not in around:
                    inner = replace(
                        template,
                        name=_name(file, root),
                        content=read_template(file),
                        parent=(template, logical_id),
                        stack="",
                    )
                    yield from _with_nested(inner, root, (*around, file))


def _assets(directory: Path, manifest: Mapping[str, Json]) -> Iterator[tuple[str, Path]]:
    """Yield the object key that each file asset is published under, and the file."""
    for asset in _objects(manifest, "files", directory).values():
        path = text(mapping(asset.get("source")).get("path"))
        for destination in _objects(asset, "destinations", directory).values() if path else ():
            yield text(destination.get("objectKey")), directory / path


def _objects(content: Mapping[str, Json], name: str, directory: Path) -> dict[str, Mapping[str, Json]]:
    """Return the objects in a member."""
    found: dict[str, Mapping[str, Json]] = {}
    for key, value in mapping(content.get(name)).items():
        if not isinstance(value, dict):
            raise TemplateFileError(f"{directory} is not a cloud assembly: {name}.{key} is not an object")
        found[key] = value
    return found


def _text(artifact: Mapping[str, Json], name: str, directory: Path) -> str:
    found = text(mapping(artifact.get("properties")).get(name))
    if not found:
        raise TemplateFileError(f"{directory} is not a cloud assembly: an artifact has no {name}")
    return found


def _environment(artifact: Mapping[str, Json], directory: Path) -> tuple[str | None, str | None]:
    """Return account and Region of a stack, None for what the CDK did not know."""
    environment = artifact.get("environment")
    if environment is None:
        return None, None
    account, slash, region = text(environment).removeprefix("aws://").partition("/")
    if not slash:
        raise TemplateFileError(f"{directory} is not a cloud assembly: the environment is {environment!r}")
    return None if account in _UNKNOWN else account, None if region in _UNKNOWN else region


def _tree_file(assembly: Path) -> Path | None:
    """Return the construct tree of an assembly, which is at the root of the assemblies it is in."""
    for directory in (assembly, *assembly.parents):
        if not (directory / "manifest.json").is_file():
            return None
        if (directory / "tree.json").is_file():
            return directory / "tree.json"
    return None


def _given(tree: Json) -> dict[str, list[Mapping[str, Json]]]:
    """Return the properties that constructs were given, by logical id."""
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
