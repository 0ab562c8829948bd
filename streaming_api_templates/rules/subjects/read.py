"""Read from the templates of an app everything that the rules judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...template.conditions import Outcome
from ...template.lenient_json import Json, mapping, text
from ...template.template import Template
from .cors import CorsAnswer, read_cors
from .functions import Functions
from .http_apis import HttpIntegration, read_http_integrations
from .iam import Statement, statements
from .methods import Api, Method, read_apis, read_methods
from .permissions import Permission, read_permissions
from .resources import Resource, Resources
from .stages import Stage, read_stages


@dataclass(frozen=True, eq=False)
class SamEvent:
    """An event of a function of SAM, as it is written.

    :param function: the ``AWS::Serverless::Function``
    :param kind: such as ``Api`` or ``HttpApi``
    :param settings: its properties
    :param place: their property path
    :param label: verb and path, for messages
    """

    function: Resource
    kind: str
    settings: Mapping[str, Json]
    place: str
    label: str


@dataclass(frozen=True, eq=False)
class Subjects:
    """The app under one outcome of its conditions.

    :param resources: all of them
    :param apis: the REST APIs by the key of their resources
    :param methods: of all REST APIs
    :param streams: the methods that stream
    :param streaming: why a function is known to stream, by the key of its resource
    :param stages: of all REST APIs
    :param http_integrations: of all HTTP APIs
    :param permissions: of API Gateway to invoke functions, by the key of the function or alias
    :param statements: of all policies
    :param cors: the answers that name origins
    :param sam_events: of all functions of SAM
    """

    resources: Resources
    apis: Mapping[str, Api]
    methods: Sequence[Method]
    streams: Sequence[Method]
    streaming: Mapping[str, str]
    stages: Sequence[Stage]
    http_integrations: Sequence[HttpIntegration]
    permissions: Mapping[str, Sequence[Permission]]
    statements: Sequence[Statement]
    cors: Sequence[CorsAnswer]
    sam_events: Sequence[SamEvent]


def read_subjects(templates: Sequence[Template], outcome: Outcome) -> Subjects:
    """Return what the templates of an app say under one outcome of their conditions."""
    resources = Resources(templates, outcome)
    functions = Functions(resources)
    apis = read_apis(resources)
    methods = read_methods(resources, apis, functions)
    streams = [method for method in methods if method.streams]
    return Subjects(
        resources=resources,
        apis=apis,
        methods=methods,
        streams=streams,
        streaming=_streaming(methods),
        stages=read_stages(resources, streams),
        http_integrations=read_http_integrations(resources, functions),
        permissions=read_permissions(resources, functions),
        statements=statements(resources),
        cors=read_cors(resources, methods),
        sam_events=_sam_events(resources),
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


def _sam_events(resources: Resources) -> list[SamEvent]:
    found = []
    for function in resources.written_in_sam("Function"):
        for name, event in mapping(function.properties.get("Events")).items():
            settings = mapping(mapping(event).get("Properties"))
            label = f"{text(settings.get('Method')).upper()} {text(settings.get('Path'))}"
            place = f"Properties.Events.{name}.Properties"
            found.append(SamEvent(function, text(mapping(event).get("Type")), settings, place, label))
    return found
