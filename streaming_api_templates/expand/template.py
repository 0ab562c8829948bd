"""Turn a template into plain CloudFormation: SAM's resources first, then the definitions in OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ..template.file import TemplateFileError, read_template
from ..template.lenient_json import Json, mapping, text
from ..template.template import Template
from ..template.unsupported import UnsupportedError
from .openapi import METHODS, expand_definition
from .origin import Expansion, Origin
from .sam import Settle, expand_sam, has_sam_types, is_sam
from .sam_api import add_preflights, default_authorization

#: macros that are read, or that make no resources of an API
_READ_MACROS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen")
_INTEGRATION = "x-amazon-apigateway-integration"


def expand(template: Template, settle: Settle, *, strict: bool = True) -> Expansion:
    """Return the resources of a template in CloudFormation's words.

    :param settle: resolves a value as far as it is known
    :param strict: whether a definition that is not on this machine is refused; it is left out otherwise, and
        nothing outside of the template's directory is read. Default: True
    :raises UnsupportedError: for such a definition
    """
    # without its transform CloudFormation refuses SAM's types; the rules judge what is meant
    sam = is_sam(template) if strict else has_sam_types(template)
    expansion = expand_sam(template, settle) if sam else Expansion(dict(template.resources))
    of_sam = expansion.written.get("Api", {})
    expansion.not_read.extend(_macros(template))
    for logical_id, resource in list(expansion.resources.items()):
        kind, given = resource.get("Type"), resource.get("Properties")
        properties: Mapping[str, Json] = given if isinstance(given, dict) else {}
        if kind == "AWS::ApiGateway::RestApi":
            if {"Body", "BodyS3Location"} & set(properties):
                try:
                    body = _definition(logical_id, properties, template.directory, settle, strict)
                except UnsupportedError as error:
                    if strict:
                        raise
                    expansion.not_read.append(str(error))
                    continue
                own = default_authorization(logical_id, of_sam.get(logical_id, {}))
                expand_definition(expansion, logical_id, body, own)
            if logical_id in expansion.origins:
                add_preflights(expansion, logical_id, of_sam.get(logical_id, {}))
        elif kind == "AWS::ApiGatewayV2::Api" and "Body" in properties:
            _http_api(expansion, logical_id, mapping(settle(properties["Body"])))
    return expansion


def _macros(template: Template) -> Iterator[str]:
    """Yield what only a macro of CloudFormation makes resources of."""
    written = template.content.get("Transform")
    for macro in written if isinstance(written, list) else [written]:
        name = macro.get("Name") if isinstance(macro, dict) else macro
        if isinstance(name, str) and name not in _READ_MACROS:
            yield f"Transform: {name} is not applied"
    section = template.content.get("Resources")
    for name in section if isinstance(section, dict) else ():
        if str(name).startswith("Fn::"):
            yield f"Resources.{name}: it is not expanded"


def _definition(
    logical_id: str, properties: Mapping[str, Json], directory: Path | None, settle: Settle, strict: bool
) -> Mapping[str, Json]:
    location = properties.get("BodyS3Location")
    body = properties.get("Body")
    if isinstance(location, str):
        body = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}
    if transform := mapping(mapping(body).get("Fn::Transform")):
        path = settle(mapping(transform.get("Parameters")).get("Location"))
        where = f"{logical_id}.Body.Fn::Transform"
        known = isinstance(path, str) and "://" not in path and "${" not in path
        if transform.get("Name") != "AWS::Include" or not known or directory is None:
            raise UnsupportedError(where, "only AWS::Include of a file on this machine is supported locally")
        file = directory / text(path)
        if not strict and not (file.is_file() and file.resolve().is_relative_to(directory.resolve())):
            raise UnsupportedError(where, f"{path} is not beside the template")
        try:
            return read_template(file)
        except TemplateFileError as error:
            raise UnsupportedError(where, str(error)) from error
    settled = settle(body)
    if not isinstance(settled, dict):
        raise UnsupportedError(f"{logical_id}.BodyS3Location", "the definition is not on this machine")
    return settled


def _http_api(expansion: Expansion, logical_id: str, body: Mapping[str, Json]) -> None:
    """Add the integrations of an HTTP API that its definition has."""
    origin = expansion.origins.get(logical_id, Origin(logical_id))
    for path, item in mapping(body.get("paths")).items():
        for verb in METHODS:
            if integration := mapping(mapping(mapping(item).get(verb)).get(_INTEGRATION)):
                place = origin.at(f"Body.paths.{path}.{verb}.{_INTEGRATION}")
                written_at = Origin(origin.logical_id, {"": place, "IntegrationUri": place}, camel_case=True)
                properties = {"ApiId": {"Ref": logical_id}, "IntegrationUri": integration.get("uri")}
                name = f"{logical_id}{path} {verb}"
                expansion.add(name, "AWS::ApiGatewayV2::Integration", properties, written_at)
