"""Read from the templates of an app everything that the rules judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...template.conditions import Outcome
from ...template.lenient_json import Json, mapping, text
from ...template.template import Template
from .functions import Functions
from .iam import Statement, statements
from .methods import Api, Method, read_apis, read_methods
from .resources import Resource, Resources


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of a REST API, by itself or in the deployment that makes it.

    :param resource: the ``AWS::ApiGateway::Stage`` or ``AWS::ApiGateway::Deployment``
    :param properties: of the stage
    :param place: beginning of their property paths
    :param streams: the streaming methods of its API
    """

    resource: Resource
    properties: Mapping[str, Json]
    place: str
    streams: Sequence[Method]

    def at(self, name: str) -> str:
        """Return the property path of a property of the stage, as the template has it."""
        return self.resource.at(f"{self.place}{name}")


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
    :param functions: finds functions by what calls them
    :param apis: the REST APIs by the key of their resources
    :param methods: of all REST APIs
    :param streams: the methods that stream
    :param streaming: why a function is known to stream, by the key of its resource
    :param stages: of all REST APIs
    :param statements: of all policies
    :param sam_events: of all functions of SAM
    """

    resources: Resources
    functions: Functions
    apis: Mapping[str, Api]
    methods: Sequence[Method]
    streams: Sequence[Method]
    streaming: Mapping[str, str]
    stages: Sequence[Stage]
    statements: Sequence[Statement]
    sam_events: Sequence[SamEvent]


def read_subjects(templates: Sequence[Template], outcome: Outcome) -> Subjects:
    """Return what the templates of an app say under one outcome of their conditions."""
    resources = Resources(templates, outcome)
    functions = Functions(resources)
    apis = read_apis(resources)
    methods = read_methods(resources, apis, functions)
    streams = [method for method in methods if method.streams]
    return Subjects(
        resources,
        functions,
        apis,
        methods,
        streams,
        _streaming(methods),
        list(_stages(resources, streams)),
        list(statements(resources)),
        list(_sam_events(resources)),
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


def _stages(resources: Resources, streams: Sequence[Method]) -> Iterator[Stage]:
    by_api: dict[str, list[Method]] = {}
    for method in streams:
        if method.api:
            by_api.setdefault(method.api.resource.key, []).append(method)
    for stage in resources.of("AWS::ApiGateway::Stage"):
        api = resources.referenced(stage.properties.get("RestApiId"))
        yield Stage(stage, stage.properties, "", by_api.get(api.key, []) if api else [])
    for deployment in resources.of("AWS::ApiGateway::Deployment"):
        api = resources.referenced(deployment.properties.get("RestApiId"))
        described = mapping(deployment.properties.get("StageDescription"))
        yield Stage(deployment, described, "StageDescription.", by_api.get(api.key, []) if api else [])


def _sam_events(resources: Resources) -> Iterator[SamEvent]:
    for function in resources.written_in_sam("Function"):
        for name, event in mapping(function.properties.get("Events")).items():
            settings = mapping(mapping(event).get("Properties"))
            label = f"{text(settings.get('Method')).upper()} {text(settings.get('Path'))}"
            place = f"Properties.Events.{name}.Properties"
            yield SamEvent(function, text(mapping(event).get("Type")), settings, place, label)
