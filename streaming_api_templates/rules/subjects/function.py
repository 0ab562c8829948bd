"""Lambda functions as the rules see them: whether they can stream, and whether they do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...template.lenient_json import Json, items, mapping, number, text
from ...template.resolve import Resources
from ...template.template import Resource

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
DEFAULT_TIMEOUT_SECONDS = 3

#: Managed runtimes whose own client posts a response as a whole:
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
_BUFFERING_RUNTIME = re.compile(r"(python|java|dotnet|dotnetcore|ruby|go)\d")
_PYTHON = re.compile(r"python\d")
#: How the layer of this package begins its description.
_STREAMING_LAYER = "lambda_streaming:"
_FUNCTION_TYPES = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_FUNCTION_ARN = re.compile(r":function:(?P<name>[\w-]+)(?P<qualifier>:[\w$-]+)?$")
_REFERENCE = re.compile(r"\$\{(?P<key>\d+#\w+)[^}]*\}(?P<qualifier>:[\w$-]+)?$")


@dataclass(frozen=True)
class Function:
    """A function of the app.

    :param resource: the ``AWS::Lambda::Function`` or ``AWS::Serverless::Function``
    :param layers: what its layers are: resources of the app, or the text that names them
    """

    resource: Resource
    layers: tuple[Resource | str, ...]

    @property
    def runtime(self) -> str:
        """The identifier of its runtime, empty for a container image."""
        return text(self.resource.properties.get("Runtime"))

    @property
    def timeout_seconds(self) -> int | None:
        """Its timeout, None where the template does not say it."""
        return number(self.resource.properties.get("Timeout", DEFAULT_TIMEOUT_SECONDS))

    @property
    def has_streaming_layer(self) -> bool:
        """Whether it has the layer with which ``lambda_streaming`` streams."""
        return any(_is_streaming_layer(layer) for layer in self.layers)

    @property
    def web_adapter(self) -> bool:
        """Whether it runs behind the Lambda Web Adapter.

        https://github.com/aws/aws-lambda-web-adapter
        """
        in_layer = any("LambdaAdapterLayer" in layer for layer in self.layers if isinstance(layer, str))
        return in_layer or "AWS_LWA_INVOKE_MODE" in self._variables

    @property
    def web_adapter_streams(self) -> bool:
        """Whether the Lambda Web Adapter streams; it buffers by default."""
        return text(self._variables.get("AWS_LWA_INVOKE_MODE")).lower() == "response_stream"

    @property
    def streams(self) -> str | None:
        """Why the function is known to stream, None if it is not known to."""
        if self.has_streaming_layer:
            return "it has the layer lambda_streaming"
        if self.web_adapter_streams:
            return "its AWS_LWA_INVOKE_MODE is response_stream"
        return None

    @property
    def cannot_stream(self) -> str | None:
        """Why the function cannot stream, None if it can or this is not known."""
        if self.runtime.startswith("nodejs") and self._inline_code:
            # https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
            streams = "streamifyResponse" in self._inline_code or "${" in self._inline_code
            return None if streams else "its code does not call awslambda.streamifyResponse"
        runtime = _BUFFERING_RUNTIME.match(self.runtime)
        if not runtime or "AWS_LAMBDA_EXEC_WRAPPER" in self._variables or self.web_adapter:
            return None
        if not _PYTHON.match(self.runtime):
            return f"the managed runtime {self.runtime} posts a response as a whole"
        # any layer whose content is not known, or the code itself, might bring a library that streams
        if self.has_streaming_layer or any(self.layers) or "lambda_streaming" in self._inline_code:
            return None
        return (
            f"the managed runtime {self.runtime} posts a response as a whole, and the function has no layer"
        )

    @property
    def _variables(self) -> Mapping[str, Json]:
        return mapping(mapping(self.resource.properties.get("Environment")).get("Variables"))

    @property
    def _inline_code(self) -> str:
        return text(mapping(self.resource.properties.get("Code")).get("ZipFile")) + text(
            self.resource.properties.get("InlineCode")
        )


@dataclass(frozen=True)
class Target:
    """What an integration or a permission names: a function, one of its aliases or versions.

    :param key: the same for the same target
    :param function: the function behind it, None when it is not in the app
    """

    key: str
    function: Function | None


class Functions:
    """Finds functions by what integrations and permissions call them."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._by_name = {
            name: resource
            for resource in resources.of(*_FUNCTION_TYPES)
            if (name := text(resource.properties.get("FunctionName")))
        }

    def target(self, named: Json, qualifier: Json = None) -> Target:
        """Return what a name or an ARN of a function means.

        :param named: name or ARN; references are followed
        :param qualifier: alias or version, when it is given apart. Default: - what the name ends in
        """
        resource, suffix = self._resource(text(named))
        suffix = suffix or (f":{text(qualifier)}" if qualifier else "")
        function = self._function(resource)
        if resource and function and resource.type == "AWS::Lambda::Alias":
            # the function's ARN with the name behind it is the same alias
            return Target(f"{function.resource.key}:{text(resource.properties.get('Name'))}", function)
        return Target(f"{resource.key if resource else text(named)}{suffix}", function)

    def _resource(self, named: str) -> tuple[Resource | None, str]:
        if reference := _REFERENCE.search(named):
            return self._resources.get(reference["key"]), reference["qualifier"] or ""
        if arn := _FUNCTION_ARN.search(named):
            return self._by_name.get(arn["name"]), arn["qualifier"] or ""
        return self._by_name.get(named), ""

    def _function(self, resource: Resource | None) -> Function | None:
        # an alias may be of a version, and a version is of a function
        for _ in range(3):
            if resource and resource.type in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
                resource, _suffix = self._resource(text(resource.properties.get("FunctionName")))
        if not resource or resource.type not in _FUNCTION_TYPES:
            return None
        layers = items(resource.properties.get("Layers"))
        return Function(resource, tuple(self._resources.referenced(layer) or text(layer) for layer in layers))


def _is_streaming_layer(layer: Resource | str) -> bool:
    if isinstance(layer, str):
        return False
    return text(layer.properties.get("Description")).startswith(_STREAMING_LAYER)
