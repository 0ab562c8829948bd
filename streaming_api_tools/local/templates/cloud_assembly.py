"""Source: a cloud assembly (``cdk.out``) or a single template, with the function code on disk.

https://github.com/aws/aws-cdk/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from ...json_text import parse_json
from ..application import Application
from .cross_stack import Neighbours, OpenStack, distinct_names
from .file import TemplateFileError, read_template
from .function_code import AssetCode
from .functions import FunctionReader
from .intrinsics import Json, Resolver, mapping
from .openapi import expand_open_api
from .ref_values import Place, Resources, StackReferences, partition_of
from .rest_apis import TemplateReader
from .sam import expand_sam
from .secrets import read_secrets

#: What CDK writes for a stack without an explicit environment.
UNKNOWN = {"unknown-account", "unknown-region"}
API_TYPES = {"AWS::ApiGateway::RestApi", "AWS::Serverless::Api"}
#: The account of a stack that names none; the same that local AWS emulators use.
LOCAL_ACCOUNT = "000000000000"


class SourceError(Exception):
    """The source cannot be read as asked; the message says what to do."""


@dataclass(frozen=True)
class StackTemplate:
    """One stack of an assembly: its template and where the assets of the template are.

    :param parent: name of the stack that a nested stack is in
    :param arguments: what the parent gives for the parameters
    """

    name: str
    template: Mapping[str, Json]
    directory: Path
    assets: Mapping[str, Path]
    region: str | None = None
    account: str | None = None
    parent: str | None = None
    arguments: Mapping[str, Json] = field(default_factory=dict)

    @property
    def has_api(self) -> bool:
        """Tell whether the template defines a REST API."""
        resources = self.template.get("Resources")
        entries = resources.values() if isinstance(resources, dict) else ()
        return any(isinstance(r, dict) and r.get("Type") in API_TYPES for r in entries)


def load_assembly(
    directory: Path,
    stack: str | None,
    region: str,
    scratch: Path,
    parameters: Mapping[str, str] | None = None,
) -> Application:
    """Return what a stack of a cloud assembly serves.

    :param directory: what ``cdk synth`` wrote, usually ``cdk.out``
    :param stack: name of the stack. Default: - the only one with a REST API
    :param region: the region of a stack that names none
    :param scratch: an existing directory for code that has to be unpacked
    :param parameters: values of the template's parameters. Default: - what the template says
    :raises SourceError: when there is no such assembly or stack, or when it is not clear which stack is meant
    :raises UnsupportedError: for a template that cannot be served locally
    """
    if not (directory / "manifest.json").is_file():
        raise SourceError(f"{directory} is not a cloud assembly; run 'cdk synth' first")
    try:
        stacks = list(_stacks(directory))
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise SourceError(f"{directory} is not a cloud assembly that can be read: {reason}") from error
    if stack is not None:
        chosen = [candidate for candidate in stacks if candidate.name == stack]
        if not chosen:
            raise SourceError(f"no stack {stack} in {directory}; it has {_names(stacks)}")
    else:
        chosen = [candidate for candidate in stacks if candidate.has_api]
        if not chosen:
            raise SourceError(f"no stack of {directory} has a REST API")
        if len(chosen) > 1:
            raise SourceError(f"several stacks have a REST API ({_names(chosen)}); choose one with --stack")
    others = [other for other in stacks if other is not chosen[0]]
    return read_stack(chosen[0], region, scratch, parameters or {}, others)


def load_template(
    file: Path, region: str, scratch: Path, parameters: Mapping[str, str] | None = None
) -> Application:
    """Return what a template file serves; ``Code`` may be a path, as for ``aws cloudformation package``.

    :param file: CloudFormation or SAM, in JSON or YAML
    :param parameters: values of the template's parameters. Default: - what the template says
    :raises SourceError: when the file is not a template
    """
    try:
        template = read_template(file)
    except TemplateFileError as error:
        raise SourceError(str(error)) from error
    return read_stack(StackTemplate(file.stem, template, file.parent, {}), region, scratch, parameters or {})


def read_stack(
    stack: StackTemplate,
    region: str,
    scratch: Path,
    parameters: Mapping[str, str],
    others: Sequence[StackTemplate] = (),
) -> Application:
    """Return what a stack serves.

    :param others: the stacks of the same assembly, which it may refer to
    """
    declared = mapping(stack.template.get("Parameters"))
    if unknown := parameters.keys() - declared.keys():
        known = ", ".join(declared) or "none"
        raise SourceError(f"stack {stack.name} has no parameter {min(unknown)}; it has {known}")
    place = _place(stack, region)
    by_name = {each.name: each for each in (*others, stack)}

    def opens(name: str, stacks: Neighbours) -> OpenStack:
        if name == stack.name:
            return _open(stack, place, scratch, stacks, parameters)
        return _open_neighbour(by_name[name], region, scratch, stacks)

    opened = Neighbours(by_name, opens).open(stack.name)
    apis = TemplateReader(opened.template, opened.resolver, opened.functions.by_arn).apis()
    functions = opened.functions.every()
    if not apis and not functions:
        raise SourceError(f"stack {stack.name} has no REST API with a stage, and no function")
    secrets = read_secrets(mapping(opened.template.get("Resources")), opened.resolver)
    return Application(apis, place.region, place.account, functions, secrets)


def _place(stack: StackTemplate, region: str) -> Place:
    region = stack.region or region
    return Place(region, stack.account or LOCAL_ACCOUNT, stack.name, partition_of(region))


def _open_neighbour(stack: StackTemplate, region: str, scratch: Path, neighbours: Neighbours) -> OpenStack:
    """Open another stack; what has no name of its own has one that no resource of the served stack has."""
    place, directory = _place(stack, region), scratch / f"stack-{stack.name}"
    directory.mkdir()
    resources = cast(Resources, mapping(stack.template.get("Resources")))
    return _open(stack, place, directory, neighbours, {}, distinct_names(resources, place))


def _open(
    stack: StackTemplate,
    place: Place,
    scratch: Path,
    neighbours: Neighbours,
    parameters: Mapping[str, str],
    physical_ids: Mapping[str, str] | None = None,
) -> OpenStack:
    template = expand_open_api(expand_sam(stack.template), stack.directory)
    resources = cast(Resources, mapping(template.get("Resources")))
    references = StackReferences(resources, place, physical_ids)
    given = neighbours.texts(stack.parent, stack.arguments) if stack.parent else {}
    resolver = Resolver(template, references, place.pseudo_parameters(), {**given, **parameters}, neighbours)
    code = AssetCode(stack.directory, stack.assets, resolver, scratch)
    functions = FunctionReader(resources, resolver, code.of_function, code.of_layer, neighbours)
    return OpenStack(template, resolver, functions)


def _stacks(directory: Path) -> Iterator[StackTemplate]:
    """Yield the stacks of an assembly and of the assemblies nested in it, which is how CDK writes a Stage."""
    artifacts = _read(directory / "manifest.json").get("artifacts")
    entries = artifacts if isinstance(artifacts, dict) else {}
    assets: dict[str, Path] = {}
    for artifact in entries.values():
        if artifact["type"] == "cdk:asset-manifest":
            assets |= _assets(directory, _read(directory / artifact["properties"]["file"]))
    for name, artifact in entries.items():
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(directory / artifact["properties"]["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            stack = StackTemplate(
                name=artifact["properties"].get("stackName", name),
                template=_read(directory / artifact["properties"]["templateFile"]),
                directory=directory,
                assets=assets,
                region=None if region in UNKNOWN else region,
                account=None if account in UNKNOWN else account,
            )
            yield stack
            yield from _nested(stack)


def _nested(stack: StackTemplate) -> Iterator[StackTemplate]:
    """Yield the nested stacks, whose templates are assets, by the name of the parent and their logical id."""
    for logical_id, resource in mapping(stack.template.get("Resources")).items():
        properties = mapping(mapping(resource).get("Properties"))
        if mapping(resource).get("Type") == "AWS::CloudFormation::Stack":
            url = json.dumps(properties.get("TemplateURL"))
            for key, file in stack.assets.items():
                if f"/{key}" in url:
                    nested = replace(
                        stack,
                        name=f"{stack.name}.{logical_id}",
                        template=_read(file),
                        parent=stack.name,
                        arguments=mapping(properties.get("Parameters")),
                    )
                    yield nested
                    yield from _nested(nested)


def _assets(directory: Path, manifest: Mapping[str, Json]) -> Iterator[tuple[str, Path]]:
    """Yield the object key that each file asset is published under, and the file."""
    files = manifest.get("files")
    for asset in (files if isinstance(files, dict) else {}).values():
        path = asset["source"].get("path")
        if path is not None:
            for destination in asset["destinations"].values():
                yield destination["objectKey"], directory / path


def _read(file: Path) -> Mapping[str, Json]:
    content = parse_json(file.read_text("utf-8"))
    if not isinstance(content, dict):
        raise TypeError(f"{file} must be an object")
    return content


def _names(stacks: list[StackTemplate]) -> str:
    return ", ".join(sorted(stack.name for stack in stacks)) or "none"
