"""Source: a cloud assembly (``cdk.out``) or a single template, with the function code on disk.

https://github.com/aws/aws-cdk/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .intrinsics import Json, Resolver
from .model import Application, UnsupportedError
from .open_api import expand_open_api
from .references import Place, StackReferences, partition_of
from .sam import expand_sam
from .template import TemplateReader
from .template_file import TemplateFileError, read_template
from .template_functions import FunctionReader

#: What CDK writes for a stack without an explicit environment.
UNKNOWN = {"unknown-account", "unknown-region"}
API_TYPES = {"AWS::ApiGateway::RestApi", "AWS::Serverless::Api"}
#: The account of a stack that names none; the same that local AWS emulators use.
LOCAL_ACCOUNT = "000000000000"


class SourceError(Exception):
    """The source cannot be read as asked; the message says what to do."""


@dataclass(frozen=True)
class StackTemplate:
    """One stack of an assembly: its template and where the assets of the template are."""

    name: str
    template: Mapping[str, Json]
    directory: Path
    assets: Mapping[str, Path]
    region: str | None = None
    account: str | None = None

    @property
    def has_api(self) -> bool:
        """Tell whether the template defines a REST API."""
        resources = self.template.get("Resources")
        entries = resources.values() if isinstance(resources, dict) else ()
        return any(isinstance(r, dict) and r.get("Type") in API_TYPES for r in entries)


def load_assembly(directory: Path, stack: str | None, region: str, scratch: Path) -> Application:
    """Return what a stack of a cloud assembly serves.

    :param directory: what ``cdk synth`` wrote, usually ``cdk.out``
    :param stack: name of the stack. Default: - the only one with a REST API
    :param region: the region of a stack that names none
    :param scratch: an existing directory for code that has to be unpacked
    :raises SourceError: when there is no such assembly or stack, or when it is not clear which stack is meant
    :raises UnsupportedError: for a template that cannot be served locally
    """
    if not (directory / "manifest.json").is_file():
        raise SourceError(f"{directory} is not a cloud assembly; run 'cdk synth' first")
    stacks = list(_stacks(directory))
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
    return read_stack(chosen[0], region, scratch)


def load_template(file: Path, region: str, scratch: Path) -> Application:
    """Return what a template file serves; ``Code`` may be a path, as for ``aws cloudformation package``.

    :param file: CloudFormation or SAM, in JSON or YAML
    :raises SourceError: when the file is not a template
    """
    try:
        template = read_template(file)
    except TemplateFileError as error:
        raise SourceError(str(error)) from error
    return read_stack(StackTemplate(file.stem, template, file.parent, {}), region, scratch)


def read_stack(stack: StackTemplate, region: str, scratch: Path) -> Application:
    """Return what a stack serves."""
    stack = replace(stack, template=expand_open_api(expand_sam(stack.template), stack.directory))
    region = stack.region or region
    place = Place(region, stack.account or LOCAL_ACCOUNT, stack.name, partition_of(region))
    resources = stack.template.get("Resources")
    resources = resources if isinstance(resources, dict) else {}
    resolver = Resolver(stack.template, StackReferences(resources, place), place.pseudo_parameters())
    code = AssetCode(stack, resolver, scratch)
    functions = FunctionReader(resources, resolver, code.of_function, code.of_layer)
    apis = TemplateReader(stack.template, resolver, functions.by_arn).apis()
    every = functions.every()
    if not apis and not every:
        raise SourceError(f"stack {stack.name} has no REST API with a stage, and no function")
    return Application(apis, place.region, place.account, every)


class AssetCode:
    """Finds the code of functions and layers on disk.

    :param scratch: where archives and inline code are unpacked
    """

    def __init__(self, stack: StackTemplate, resolver: Resolver, scratch: Path) -> None:
        self._stack = stack
        self._resolver = resolver
        self._scratch = scratch

    def of_function(self, logical_id: str, resource: Mapping[str, Json]) -> Path:
        """Return the directory with the code of a function."""
        return self._directory(logical_id, resource, "Code")

    def of_layer(self, logical_id: str, resource: Mapping[str, Json]) -> Path:
        """Return the directory with the content of a layer."""
        return self._directory(logical_id, resource, "Content")

    def _directory(self, logical_id: str, resource: Mapping[str, Json], name: str) -> Path:
        where = f"{logical_id}.{name}"
        properties = resource.get("Properties")
        code = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(code, dict) and "ZipFile" in code:
            runtime = properties.get("Runtime") if isinstance(properties, dict) else None
            runtime = self._resolver.resolve(runtime, f"{logical_id}.Runtime")
            return self._inline(logical_id, self._resolver.text(code["ZipFile"], f"{where}.ZipFile"), runtime)
        path = self._path(resource, code, where)
        if path.is_dir():
            return path.resolve()
        if zipfile.is_zipfile(path):
            return unpack(path, self._scratch / logical_id)
        raise UnsupportedError(where, f"{path} is neither a directory nor a zip archive")

    def _path(self, resource: Mapping[str, Json], code: Json, where: str) -> Path:
        if isinstance(code, str):
            return self._stack.directory / code
        if isinstance(code, dict) and "S3Key" in code:
            key = self._resolver.text(code["S3Key"], f"{where}.S3Key")
            if key in self._stack.assets:
                return self._stack.assets[key]
        metadata = resource.get("Metadata")
        if isinstance(metadata, dict) and "aws:asset:path" in metadata:
            return self._stack.directory / str(metadata["aws:asset:path"])
        raise UnsupportedError(where, "the code is not on this machine")

    def _inline(self, logical_id: str, source: str, runtime: Json) -> Path:
        directory = self._scratch / logical_id
        directory.mkdir(exist_ok=True)
        name = "index.js" if str(runtime).startswith("nodejs") else "index.py"
        (directory / name).write_text(source, "utf-8")
        return directory


def unpack(archive: Path, directory: Path) -> Path:
    """Unpack a zip archive and return where it is; ``extract`` keeps every member inside the directory."""
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            path = Path(members.extract(member, directory))
            # an executable stays one, which zipfile itself forgets
            if member.external_attr >> 16 & stat.S_IXUSR and not member.is_dir():
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return directory


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
            yield StackTemplate(
                name=artifact["properties"].get("stackName", name),
                template=_read(directory / artifact["properties"]["templateFile"]),
                directory=directory,
                assets=assets,
                region=None if region in UNKNOWN else region,
                account=None if account in UNKNOWN else account,
            )


def _assets(directory: Path, manifest: Mapping[str, Json]) -> Iterator[tuple[str, Path]]:
    """Yield the object key that each file asset is published under, and the file."""
    files = manifest.get("files")
    for asset in (files if isinstance(files, dict) else {}).values():
        path = asset["source"].get("path")
        if path is not None:
            for destination in asset["destinations"].values():
                yield destination["objectKey"], directory / path


def _read(file: Path) -> Mapping[str, Json]:
    content = json.loads(file.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def _names(stacks: list[StackTemplate]) -> str:
    return ", ".join(sorted(stack.name for stack in stacks)) or "none"
