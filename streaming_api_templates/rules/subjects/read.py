"""Read from the templates of an app everything that the rules judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...template.conditions import Outcome
from ...template.lenient_json import Json, mapping, text
from ...template.template import Template
from .cors import CorsAnswer, read_cors
from .distributions import UrlOrigin, read_origins
from .function_policies import FunctionPolicy, function_policies
from .functions import Function, Functions
from .http_apis import HttpIntegration, read_http_integrations
from .iam import Statement, statements
from .methods import Api, Method, read_rest_apis
from .permissions import Permission, read_permissions
from .resources import Resource, Resources
from .stages import Stage, read_stages
from .unread import UnreadKey, read_unread_keys
from .urls import FunctionUrl, read_urls

#: The services whose resources say something about streaming.
_OF_SERVICES = ("AWS::ApiGateway", "AWS::Lambda::", "AWS::Serverless::")
_HASHED_AS_GIVEN = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")


@dataclass(frozen=True, eq=False)
class SamEvent:
    """An event of a function of SAM, as it is written.

    :param function: the ``AWS::Serverless::Function``
    :param kind: such as ``Api`` or ``HttpApi``
    :param settings: its properties, resolved
    :param written_mode: the ``ResponseTransferMode``, with its intrinsic function
    :param place: property path of the settings
    :param label: verb and path, for messages
    """

    function: Resource
    kind: str
    settings: Mapping[str, Json]
    written_mode: Json
    place: str
    label: str


@dataclass(frozen=True, eq=False)
class Subjects:
    """The app under one outcome of its conditions.

    :param resources: all of them
    :param functions: of the app
    :param apis: the REST APIs by the key of their resources
    :param methods: of all REST APIs
    :param streams: the methods that stream
    :param mocks: the methods that API Gateway answers itself, of APIs with binary media types
    :param applications: the methods in front of an ASGI or WSGI application
    :param streaming: why a function is known to stream, by the key of its resource
    :param anything_streams: whether a method, a function or a function URL of the app streams
    :param stages: of all REST APIs
    :param http_integrations: of all HTTP APIs
    :param permissions: of API Gateway to invoke functions, by the key of the function or alias
    :param function_policies: of the functions with many permissions
    :param statements: of all policies
    :param cors: the answers that name origins
    :param sam_events: of all functions of SAM
    :param unread_keys: those that ask for a stream where nobody reads them
    :param urls: the function URLs
    :param url_origins: those that are origins of a distribution of CloudFront
    :param hashed_as_given: the resources whose properties the CDK's L2 Deployment hashes as it was given them
    """

    resources: Resources
    functions: Sequence[Function]
    apis: Mapping[str, Api]
    methods: Sequence[Method]
    streams: Sequence[Method]
    mocks: Sequence[Method]
    applications: Sequence[Method]
    streaming: Mapping[str, str]
    anything_streams: bool
    stages: Sequence[Stage]
    http_integrations: Sequence[HttpIntegration]
    permissions: Mapping[str, Sequence[Permission]]
    function_policies: Sequence[FunctionPolicy]
    statements: Sequence[Statement]
    cors: Sequence[CorsAnswer]
    sam_events: Sequence[SamEvent]
    unread_keys: Sequence[UnreadKey]
    urls: Sequence[FunctionUrl]
    url_origins: Sequence[UrlOrigin]
    hashed_as_given: Sequence[Resource]


def read_subjects(templates: Sequence[Template], outcome: Outcome) -> Subjects:
    """Return what the templates of an app say under one outcome of their conditions."""
    resources = Resources(templates, outcome)
    written = resources.written(_OF_SERVICES)
    functions = Functions(resources)
    apis, methods = read_rest_apis(resources, functions)
    streams = [method for method in methods if method.streams]
    permissions = read_permissions(resources, functions)
    urls = read_urls(functions)
    return Subjects(
        resources=resources,
        functions=list(functions.by_key.values()),
        apis=apis,
        methods=methods,
        streams=streams,
        mocks=[each for each in methods if each.type == "MOCK" and each.api and each.api.binary_media_types],
        applications=[method for method in methods if method.function and method.function.application],
        streaming=_streaming(methods),
        anything_streams=bool(streams) or any(it.streams for it in functions.by_key.values()),
        stages=read_stages(resources, streams),
        http_integrations=read_http_integrations(resources, functions),
        permissions=permissions.of_api_gateway,
        function_policies=function_policies(permissions.of_all, resources, functions),
        statements=statements(resources),
        cors=read_cors(resources, methods),
        sam_events=_sam_events(written),
        unread_keys=read_unread_keys(written),
        urls=urls,
        url_origins=read_origins(resources, functions, urls) if urls else (),
        hashed_as_given=resources.of(*_HASHED_AS_GIVEN),
    )


def _streaming(methods: Sequence[Method]) -> dict[str, str]:
    known: dict[str, str] = {}
    for method in methods:
        if method.function and (own := method.function.streams):
            known[method.function.resource.key] = own
    for method in methods:
        if method.function and method.streams:
            known.setdefault(method.function.resource.key, f"{method.label} has STREAM in front of it")
    return known


def _sam_events(resources: Sequence[Resource]) -> list[SamEvent]:
    found = []
    for function in resources:
        if function.type != "AWS::Serverless::Function":
            continue
        written = mapping(function.as_written.get("Properties"))
        for name, event in mapping(function.properties.get("Events")).items():
            settings = mapping(mapping(event).get("Properties"))
            label = f"{text(settings.get('Method')).upper()} {text(settings.get('Path'))}"
            place = f"Properties.Events.{name}.Properties"
            kind = text(mapping(event).get("Type"))
            raw = mapping(mapping(written.get("Events")).get(name)).get("Properties")
            mode = mapping(raw).get("ResponseTransferMode")
            found.append(SamEvent(function, kind, settings, mode, place, label))
    return found
