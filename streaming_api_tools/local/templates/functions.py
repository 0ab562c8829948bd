"""Read ``AWS::Lambda::Function`` resources into the application, each only when a route needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from streaming_api_templates.template.lenient_json import Json
from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.unsupported import finite_number

from ..application import Function, UnsupportedError

#: Finds the code of a resource on disk: logical id, resource -> directory.
FindCode = Callable[[str, Mapping[str, Json]], Path]
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:[^}]*\}\}")
FUNCTION_ARN = re.compile(r":function:(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?$")
SUPPORTED_RUNTIME = re.compile(r"python3\.\d+|nodejs\d+\.x|provided(\.\w+)?")


class Elsewhere(Protocol):
    """Knows what other stacks define."""

    def function(self, arn: str) -> Function | None:
        """Return the function with an ARN."""

    def layer(self, arn: str) -> Path | None:
        """Return the content of the layer with an ARN."""


class FunctionReader:
    """Gives the functions of a template by ARN.

    :param find_code: finds the code of a function
    :param find_layer: finds the content of a layer
    :param elsewhere: what is not in this template. Default: - nothing
    """

    def __init__(
        self,
        resources: Mapping[str, Json],
        resolver: Resolver,
        find_code: FindCode,
        find_layer: FindCode,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._resources = resources
        self._resolver = resolver
        self._find_code = find_code
        self._find_layer = find_layer
        self._elsewhere = elsewhere
        self._functions: dict[str, Function] = {}

    def by_arn(self, arn: str) -> Function:
        """Return the function; an alias or a version is the function itself, as there is one code on disk."""
        if own := self.own(arn):
            return own
        function = self._elsewhere.function(arn) if self._elsewhere else None
        if function is None:
            raise _not_here(arn)
        self._functions[function.name] = function
        return function

    def own(self, arn: str) -> Function | None:
        """Return the function if this template defines it."""
        found = FUNCTION_ARN.search(arn)
        name = found["name"] if found else arn
        if name not in self._functions and (resource := self._find("AWS::Lambda::Function", name)):
            self._functions[name] = self._read(*resource)
        return self._functions.get(name)

    def own_layer(self, arn: str) -> Path | None:
        """Return the content of the layer if this template defines it."""
        resource = self._find("AWS::Lambda::LayerVersion", arn)
        return self._find_layer(*resource) if resource else None

    def every(self) -> tuple[Function, ...]:
        """Return all functions that can run locally."""
        for logical_id, resource in self._resources.items():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::Lambda::Function":
                with suppress(UnsupportedError):
                    self.by_arn(self._resolver.text({"Ref": logical_id}, logical_id))
        return tuple(self._functions.values())

    def _find(self, kind: str, ref: str) -> tuple[str, Mapping[str, Json]] | None:
        for logical_id, resource in self._resources.items():
            if isinstance(resource, dict) and resource.get("Type") == kind:
                value = self._resolver.text({"Ref": logical_id}, logical_id)
                if value == ref:
                    return logical_id, resource
        return None

    def _read(self, logical_id: str, resource: Mapping[str, Json]) -> Function:
        raw = resource.get("Properties")
        # Code is looked up where it lies, and what serves no purpose locally need not resolve
        wanted = (
            "Environment",
            "Handler",
            "Layers",
            "LoggingConfig",
            "MemorySize",
            "PackageType",
            "Runtime",
            "Timeout",
        )
        properties = {
            name: self._resolver.resolve(raw.get(name), f"{logical_id}.{name}")
            for name in (wanted if isinstance(raw, dict) else ())
            if isinstance(raw, dict)
        }
        if properties.get("PackageType") == "Image":
            raise UnsupportedError(f"{logical_id}.PackageType", "container images are not supported locally")
        runtime = str(properties.get("Runtime"))
        environment = _environment(logical_id, properties.get("Environment"))
        check_supported(logical_id, runtime)
        layers = properties.get("Layers")
        return Function(
            reserved_concurrency=self._reserved_concurrency(logical_id, raw),
            name=self._resolver.text({"Ref": logical_id}, logical_id),
            arn=self._resolver.text({"Fn::GetAtt": [logical_id, "Arn"]}, logical_id),
            runtime=runtime,
            handler=str(properties.get("Handler")),
            code=self._find_code(logical_id, resource),
            layers=tuple(self._layer(str(arn)) for arn in (layers if isinstance(layers, list) else [])),
            environment={**environment, **logging_environment(properties.get("LoggingConfig"))},
            timeout=finite_number(properties.get("Timeout") or 3, f"{logical_id}.Timeout"),
            memory=int(finite_number(properties.get("MemorySize") or 128, f"{logical_id}.MemorySize")),
            qualifiers=tuple(self._qualifiers(self._resolver.text({"Ref": logical_id}, logical_id))),
        )

    def _reserved_concurrency(self, logical_id: str, properties: Json) -> int | None:
        """Return what a function reserves; one that cannot be resolved is no reason not to serve it."""
        where = f"{logical_id}.ReservedConcurrentExecutions"
        given = properties.get("ReservedConcurrentExecutions") if isinstance(properties, dict) else None
        with suppress(UnsupportedError):
            return None if given is None else int(finite_number(self._resolver.resolve(given, where), where))
        return None

    def _qualifiers(self, name: str) -> Iterator[str]:
        """Yield the versions and aliases of a function."""
        for logical_id, resource in self._resources.items():
            kind = resource.get("Type") if isinstance(resource, dict) else None
            if kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
                found = FUNCTION_ARN.search(self._resolver.text({"Ref": logical_id}, logical_id))
                if found and found["name"] == name and found["qualifier"]:
                    yield found["qualifier"]

    def _layer(self, arn: str) -> Path:
        layer = self.own_layer(arn) or (self._elsewhere.layer(arn) if self._elsewhere else None)
        if layer is None:
            raise _not_here(arn)
        return layer


def _not_here(arn: str) -> UnsupportedError:
    return UnsupportedError(
        arn.rsplit(":", 1)[-1], "not in this template, so its code is not on this machine"
    )


def check_supported(name: str, runtime: str) -> None:
    """Raise UnsupportedError for a function that cannot run locally as it runs on Lambda."""
    if not SUPPORTED_RUNTIME.fullmatch(runtime):
        reason = f"{runtime} is not supported locally, only python3.x, nodejs and provided are"
        raise UnsupportedError(f"{name}.Runtime", reason)


def logging_environment(config: Json) -> dict[str, str]:
    """Return how the runtime is told the log format and level of a ``LoggingConfig``.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-logs.html
    """
    values = config if isinstance(config, dict) else {}
    names = {"LogFormat": "AWS_LAMBDA_LOG_FORMAT", "ApplicationLogLevel": "AWS_LAMBDA_LOG_LEVEL"}
    return {variable: str(values[name]) for name, variable in names.items() if values.get(name)}


def _environment(logical_id: str, environment: Json) -> dict[str, str]:
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    values = {
        str(name): str(value) for name, value in (variables if isinstance(variables, dict) else {}).items()
    }
    for name, value in values.items():
        if DYNAMIC_REFERENCE.search(value):
            where = f"{logical_id}.Environment.Variables.{name}"
            raise UnsupportedError(where, "dynamic references are not supported locally")
    return values
