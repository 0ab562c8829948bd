"""Read a stack as it is deployed, through the AWS APIs or those of ministack."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from streaming_api_templates.expand.template import expand
from streaming_api_templates.template.file import parse_template
from streaming_api_templates.template.lenient_json import Json
from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.template import Template

from ..application import Application, Function, UnsupportedError
from .cloud_assembly import SourceError
from .cross_stack import settled
from .function_code import unpack
from .function_urls import read_urls
from .functions import FUNCTION_ARN, check_supported, logging_environment
from .ref_values import Place, StackReferences
from .rest_apis import TemplateReader
from .secrets import read_secrets

STACK_ARN = re.compile(r"arn:(?P<partition>[^:]+):cloudformation:(?P<region>[^:]+):(?P<account>\d+):")


def load_deployed(stack: str, region: str, endpoint_url: str | None, scratch: Path) -> Application:
    """Return what a deployed stack serves: its template with true ids, its functions as they are configured.

    Needs cloudformation:DescribeStacks, GetTemplate and ListStackResources, and lambda:GetFunction and
    GetLayerVersion.

    :param endpoint_url: where the AWS APIs are. Default: - AWS, or what AWS_ENDPOINT_URL says
    :param scratch: an existing directory for the downloaded code
    :raises SourceError: when the stack or its code cannot be read
    """
    session = boto3.Session(region_name=region)
    try:
        with (
            closing(session.client("cloudformation", endpoint_url=endpoint_url)) as cloudformation,
            closing(session.client("lambda", endpoint_url=endpoint_url)) as lambda_,
        ):
            source = DeployedStack(cloudformation, stack)
            functions = DeployedFunctions(lambda_, scratch)
            resolver = source.resolver()
            apis = TemplateReader(source.resources, resolver, functions.by_arn).apis()
            urls = read_urls(source.resources, resolver, functions.by_arn)
    except (BotoCoreError, ClientError, OSError, ResponseParserError) as error:
        reason = " ".join(str(error).split())[:300]
        raise SourceError(f"cannot read stack {stack}: {reason}") from error
    if not apis and not urls:
        raise SourceError(f"stack {stack} has no REST API with a stage, and no function URL")
    secrets, place = read_secrets(source.resources, resolver), source.place
    return Application(apis, place.region, place.account, functions.used(), secrets, urls=urls)


class DeployedStack:
    """The template of a stack, and the values that its resources really have."""

    def __init__(self, client: BaseClient, stack: str) -> None:
        description = client.describe_stacks(StackName=stack)["Stacks"][0]
        found = STACK_ARN.match(description["StackId"])
        if not found:
            raise SourceError(f"stack {stack} has the id {description['StackId']}, which is not an ARN")
        self.place = Place(found["region"], found["account"], description["StackName"], found["partition"])
        content = _template(client.get_template(StackName=stack)["TemplateBody"], stack)
        self._template = Template(stack, content, directory=Path())
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
        self._physical_ids = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource.get("PhysicalResourceId")
        }
        self._parameters = {
            parameter["ParameterKey"]: parameter.get("ResolvedValue") or parameter["ParameterValue"]
            for parameter in description.get("Parameters", [])
        }
        self._values = {**self.place.pseudo_parameters(), **self._parameters}
        settle = settled(Resolver(content, given=self._values))
        self.resources = expand(self._template, settle).resources

    def resolver(self) -> Resolver:
        """Return the resolver of the template."""
        references = StackReferences(self.resources, self.place, self._physical_ids)
        return Resolver(self._template.content, references, self._values)


class DeployedFunctions:
    """Gives deployed functions by ARN; their code and layers are downloaded once."""

    def __init__(self, client: BaseClient, scratch: Path) -> None:
        self._client = client
        self._scratch = scratch
        self._functions: dict[str, Function] = {}
        self._layers: dict[str, Path] = {}

    def by_arn(self, arn: str) -> Function:
        """Return a function, as of the version or alias that the ARN names."""
        if arn not in self._functions:
            self._functions[arn] = self._get(arn)
        return self._functions[arn]

    def used(self) -> tuple[Function, ...]:
        """Return what was asked for so far."""
        return tuple(self._functions.values())

    def _get(self, arn: str) -> Function:
        found = FUNCTION_ARN.search(arn)
        qualifier = {"Qualifier": found["qualifier"]} if found and found["qualifier"] else {}
        name = found["name"] if found else arn
        function = self._client.get_function(FunctionName=name, **qualifier)
        configuration = function["Configuration"]
        environment = configuration.get("Environment", {}).get("Variables", {})
        if configuration.get("PackageType", "Zip") != "Zip":
            raise UnsupportedError(f"{name}.PackageType", "container images are not supported locally")
        check_supported(name, configuration["Runtime"])
        return Function(
            name=configuration["FunctionName"],
            arn=arn,
            runtime=configuration["Runtime"],
            handler=configuration["Handler"],
            code=self._download(function["Code"]["Location"], f"function-{len(self._functions)}"),
            layers=tuple(self._layer(layer["Arn"]) for layer in configuration.get("Layers", [])),
            environment={**environment, **logging_environment(configuration.get("LoggingConfig"))},
            timeout=float(configuration["Timeout"]),
            memory=int(configuration["MemorySize"]),
            reserved_concurrency=function.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        )

    def _layer(self, arn: str) -> Path:
        if arn not in self._layers:
            content = self._client.get_layer_version_by_arn(Arn=arn)["Content"]
            self._layers[arn] = self._download(content["Location"], f"layer-{len(self._layers)}")
        return self._layers[arn]

    def _download(self, location: str, name: str) -> Path:
        archive = self._scratch / f"{name}.zip"
        url = _reachable(location, self._client.meta.endpoint_url)
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - a URL that the Lambda API gave
            archive.write_bytes(answer.read())
        return unpack(archive, self._scratch / name)


def _reachable(location: str, endpoint_url: str) -> str:
    """Return a URL with the scheme of the endpoint; ministack says http even where it serves https."""
    endpoint, parts = urlsplit(endpoint_url), urlsplit(location)
    if endpoint.netloc == parts.netloc:
        return parts._replace(scheme=endpoint.scheme).geturl()
    return location


def _template(body: Json, stack: str) -> Mapping[str, Json]:
    """Return the template; botocore has parsed it already when it is JSON, and leaves YAML as it is."""
    try:
        return parse_template(body if isinstance(body, str) else json.dumps(body))
    except ValueError as error:
        raise SourceError(f"the template of stack {stack} is {error}") from None
