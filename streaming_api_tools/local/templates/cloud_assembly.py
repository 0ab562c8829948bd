"""Load an application from a cloud assembly (``cdk.out``) or a template, with the function code on disk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from streaming_api_templates.template.assembly import read_assembly
from streaming_api_templates.template.file import TemplateFileError, read_template
from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.template import Template

from ..application import Application
from .cross_stack import Stacks
from .function_urls import TYPE as URL_TYPE
from .function_urls import read_urls
from .rest_apis import TemplateReader
from .secrets import read_secrets
from .tables import read_tables

API_TYPES = {"AWS::ApiGateway::RestApi", "AWS::Serverless::Api"}


class SourceError(Exception):
    """Raised when the source cannot be read as asked; the message says what to do."""


def load_assembly(
    directory: Path,
    stack: str | None,
    region: str,
    scratch: Path,
    parameters: Mapping[str, str] | None = None,
) -> Application:
    """Return what a stack of a cloud assembly serves.

    :param directory: what ``cdk synth`` wrote, usually ``cdk.out``
    :param stack: name of the stack. Default: - the only one with a REST API, else with a function URL
    :param region: the region of a stack that names none
    :param scratch: an existing directory for code that has to be unpacked
    :param parameters: values of the template's parameters. Default: - what the template says
    :raises SourceError: when there is no such assembly or stack, or when it is not clear which stack is meant
    :raises UnsupportedError: for a template that cannot be served locally
    """
    if not (directory / "manifest.json").is_file():
        raise SourceError(f"{directory} is not a cloud assembly; run 'cdk synth' first")
    try:
        stacks = read_assembly(directory)
    except TemplateFileError as error:
        raise SourceError(f"{directory} is not a cloud assembly that can be read: {error}") from error
    if stack is not None:
        chosen = [candidate for candidate in stacks if candidate.stack_name == stack]
        if not chosen:
            raise SourceError(f"no stack {stack} in {directory}; it has {_names(stacks)}")
    else:
        chosen, served = [each for each in stacks if _has(API_TYPES, each.resources)], "a REST API"
        if not chosen:
            chosen, served = [each for each in stacks if _has({URL_TYPE}, each.resources)], "a function URL"
        if not chosen:
            raise SourceError(f"no stack of {directory} has a REST API or a function URL")
        if len(chosen) > 1:
            raise SourceError(f"several stacks have {served} ({_names(chosen)}); choose one with --stack")
    others = [other for other in stacks if other is not chosen[0]]
    return _read_stack(chosen[0], region, scratch, parameters or {}, others)


def load_template(
    file: Path, region: str, scratch: Path, parameters: Mapping[str, str] | None = None
) -> Application:
    """Return what a template file serves; ``Code`` may be a path, as for ``aws cloudformation package``.

    :param file: CloudFormation or SAM, in JSON or YAML
    :param parameters: values of the template's parameters. Default: - what the template says
    :raises SourceError: when the file is not a template
    """
    try:
        content = read_template(file)
    except TemplateFileError as error:
        raise SourceError(str(error)) from error
    template = Template(file.name, content, stack=file.stem, directory=file.parent)
    return _read_stack(template, region, scratch, parameters or {}, ())


def _read_stack(
    template: Template,
    region: str,
    scratch: Path,
    parameters: Mapping[str, str],
    others: Sequence[Template],
) -> Application:
    """Return what a stack serves.

    :param others: the stacks of the same assembly, which it may refer to
    """
    declared = mapping(template.content.get("Parameters"))
    if unknown := parameters.keys() - declared.keys():
        known = ", ".join(declared) or "none"
        raise SourceError(f"stack {template.stack_name} has no parameter {min(unknown)}; it has {known}")
    opened = Stacks(template, others, region, scratch, parameters).served
    apis = TemplateReader(opened.resources, opened.resolver, opened.functions.by_arn).apis()
    urls = read_urls(opened.resources, opened.resolver, opened.functions.by_arn)
    functions = opened.functions.every()
    if not apis and not functions:
        raise SourceError(f"stack {template.stack_name} has no REST API with a stage, and no function")
    secrets = read_secrets(opened.resources, opened.resolver, functions)
    tables = read_tables(opened.resources, opened.resolver, functions)
    return Application(apis, opened.place.region, opened.place.account, functions, secrets, tables, urls)


def _has(types: Collection[str], resources: Mapping[str, Json]) -> bool:
    return any(mapping(resource).get("Type") in types for resource in resources.values())


def _names(stacks: Sequence[Template]) -> str:
    return ", ".join(sorted(stack.stack_name for stack in stacks)) or "none"
