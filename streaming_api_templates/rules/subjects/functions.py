"""Read the functions of an app: whether they can stream, and whether they do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...template.lenient_json import Json, mapping, number, text
from .application import application_of
from .inline_code import streams as streams_by_code
from .resources import Resource, Resources

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
DEFAULT_TIMEOUT_SECONDS = 3

#: Managed runtimes whose own client posts a response as a whole:
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
_BUFFERING_RUNTIME = re.compile(r"(python|java|dotnet|dotnetcore|ruby|go)\d")
_PYTHON = re.compile(r"python\d")
#: What the constructs tell the function of an MCP server, whose bodies are JSON and thus text.
_OF_MCP_SERVER = "MCP_ALLOWED_HOSTS"
#: How the layer of this package begins its description.
_STREAMING_LAYER = "lambda_streaming:"
_FUNCTION = "AWS::Lambda::Function"
_URL = "AWS::Lambda::Url"
_FUNCTION_ARN = re.compile(r":function:(?P<name>[\w-]+)(?P<qualifier>:[\w$-]+)?$")
_REFERENCE = re.compile(r"\$\{(?P<key>\d+#[\w%]+)(?P<attribute>[^}]*)\}(?P<qualifier>:[\w$-]+)?$")
# SAM's names of what it publishes, as Ref has them and as Fn::Sub does:
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
_PUBLISHED = re.compile("(?:%2e%|[.])(?P<what>Alias|Version)$")


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the app.

    :param resource: the ``AWS::Lambda::Function``
    :param timeout_seconds: its timeout, None where the template does not say it
    :param has_streaming_layer: whether it has the layer with which ``lambda_streaming`` streams
    :param web_adapter: whether it runs behind the Lambda Web Adapter,
        https://github.com/aws/aws-lambda-web-adapter
    :param web_adapter_streams: whether the Lambda Web Adapter streams; it buffers by default
    :param web_adapter_unknown: whether only a deployment knows its mode
    :param streams: why it is known to stream, None if it is not known to
    :param cannot_stream: why it cannot stream, None if it can or this is not known
    :param inline_code: its code, empty when the template does not have it
    :param application: ``asgi`` or ``wsgi`` where it runs an application that may take any body; empty where
        it does not, and where this is not known
    """

    resource: Resource
    timeout_seconds: int | None
    has_streaming_layer: bool
    web_adapter: bool
    web_adapter_streams: bool
    web_adapter_unknown: bool
    streams: str | None
    cannot_stream: str | None
    inline_code: str
    application: str


def _read(resource: Resource, layers: Sequence[Resource | str]) -> Function:
    """Return a function.

    :param layers: resources of the app, or the texts that name them
    """
    streaming_layer = any(_is_streaming_layer(layer) for layer in layers)
    in_layer = any("LambdaAdapterLayer" in layer for layer in layers if isinstance(layer, str))
    properties = resource.properties
    runtime = text(properties.get("Runtime"))
    variables = mapping(mapping(properties.get("Environment")).get("Variables"))
    code = text(mapping(properties.get("Code")).get("ZipFile"))
    timeout = number(properties.get("Timeout", DEFAULT_TIMEOUT_SECONDS))
    adapter_mode = text(variables.get("AWS_LWA_INVOKE_MODE")).lower()
    adapter = in_layer or "AWS_LWA_INVOKE_MODE" in variables
    streams = cannot = None
    if streaming_layer:
        streams = "it has the layer lambda_streaming"
    elif adapter_mode == "response_stream":
        streams = "its AWS_LWA_INVOKE_MODE is response_stream"
    elif code:
        streams = streams_by_code(code)
    if runtime.startswith("nodejs") and code:
        # https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
        if "streamifyResponse" not in code and "${" not in code:
            cannot = "its code does not call awslambda.streamifyResponse"
    elif _BUFFERING_RUNTIME.match(runtime) and "AWS_LAMBDA_EXEC_WRAPPER" not in variables and not adapter:
        cannot = f"the managed runtime {runtime} posts a response as a whole"
        if _PYTHON.match(runtime):
            # any layer whose content is not known, or the code itself, might bring a library that streams
            brought = streaming_layer or any(layers) or "lambda_streaming" in code
            cannot = None if brought else f"{cannot}, and the function has no layer"
    readable = "lambda_streaming" in code or (streaming_layer and resource.template.assets)
    takes_files = readable and _OF_MCP_SERVER not in variables
    return Function(
        resource=resource,
        timeout_seconds=timeout,
        has_streaming_layer=streaming_layer,
        web_adapter=adapter,
        web_adapter_streams=adapter_mode == "response_stream",
        web_adapter_unknown="${" in adapter_mode,
        streams=streams,
        cannot_stream=cannot,
        inline_code=code,
        application=application_of(resource) if takes_files else "",
    )


@dataclass(frozen=True)
class NamedFunction:
    """A function as an integration or a permission names it: itself, one of its aliases or versions.

    :param key: the same for the same target
    :param function: the function behind it, None when it is not in the app
    """

    key: str
    function: Function | None


class Functions:
    """Finds functions by what integrations and permissions call them.

    :ivar by_key: all functions of the app by the key of their resource
    :ivar urls: the resources of their URLs
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self.by_key: dict[str, Function] = {}
        self._by_name: dict[str, Function] = {}
        self.urls: list[Resource] = []
        # the functions come first, so that each URL finds its own
        for resource in resources.of(_FUNCTION, _URL):
            if resource.type == _FUNCTION:
                self._add(resource)
            else:
                self.urls.append(resource)
                self._note_url(resource)

    def target(self, named: Json) -> NamedFunction:
        """Return what a name or an ARN of a function means.

        :param named: name or ARN; references are followed
        """
        name = named if isinstance(named, str) else ""
        reference = _REFERENCE.search(name)
        if reference is None:
            arn = _FUNCTION_ARN.search(name)
            function = self._by_name.get(arn["name"] if arn else name)
            suffix = (arn["qualifier"] or "") if arn else ""
            return NamedFunction(f"{function.resource.key if function else name}{suffix}", function)
        key, suffix = reference["key"], reference["qualifier"] or ""
        if published := _PUBLISHED.search(key + reference["attribute"]):
            key = _PUBLISHED.sub("", key)
            suffix = suffix or (self._alias(key) if published["what"] == "Alias" else "")
        if key in self.by_key:
            return NamedFunction(f"{key}{suffix}", self.by_key[key])
        resource = self._resources.get(key)
        if resource is None or resource.type not in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return NamedFunction(f"{resource.key if resource else name}{suffix}", None)
        # an alias may be of a version, and a version is of a function
        function = self._behind(resource)
        if function and resource.type == "AWS::Lambda::Alias":
            # the function's ARN with the name behind it is the same alias
            return NamedFunction(f"{function.resource.key}:{resource.properties.get('Name')}", function)
        return NamedFunction(f"{key}{suffix}", function)

    def _add(self, resource: Resource) -> None:
        named = resource.properties.get("Layers")
        layers = [
            self._resources.referenced(layer) or str(layer)
            for layer in (named if isinstance(named, list) else ())
        ]
        self.by_key[resource.key] = function = _read(resource, layers)
        name = resource.properties.get("FunctionName")
        if isinstance(name, str) and name:
            self._by_name[name] = function

    def _note_url(self, url: Resource) -> None:
        """Note that the function of a URL streams, if the URL does."""
        known = self.target(url.properties.get("TargetFunctionArn")).function
        if known and not known.streams and url.properties.get("InvokeMode") == "RESPONSE_STREAM":
            streaming = replace(known, streams="its function URL has RESPONSE_STREAM")
            self.by_key[known.resource.key] = streaming
            by_name = self._by_name.items()
            self._by_name = {name: streaming if each is known else each for name, each in by_name}

    def _alias(self, key: str) -> str:
        """Return the qualifier of the alias that SAM publishes for a function; empty when there is none."""
        function = self.by_key.get(key)
        for alias in self._resources.of("AWS::Lambda::Alias"):
            if function and self._behind(alias) is function:
                return f":{alias.properties.get('Name')}"
        return ""

    def _behind(self, resource: Resource, depth: int = 3) -> Function | None:
        named = str(resource.properties.get("FunctionName"))
        reference = _REFERENCE.search(named)
        if reference is None:
            arn = _FUNCTION_ARN.search(named)
            return self._by_name.get(arn["name"] if arn else named)
        if reference["key"] in self.by_key:
            return self.by_key[reference["key"]]
        further = self._resources.get(reference["key"])
        return self._behind(further, depth - 1) if further and depth else None


def _is_streaming_layer(layer: Resource | str) -> bool:
    if isinstance(layer, str):
        return False
    return str(layer.properties.get("Description")).startswith(_STREAMING_LAYER)
