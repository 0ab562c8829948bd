"""Say where in a written template a resource comes from that SAM or OpenAPI stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..template.lenient_json import Json

#: Properties whose name in OpenAPI is another word.
_IN_OPEN_API = {"IntegrationResponses": "responses"}


@dataclass(frozen=True)
class Origin:
    """The place that a resource comes from.

    :param logical_id: of the resource that is written there
    :param paths: property of the resource, "" for all others -> property path in the written one
    :param camel_case: whether the properties are spelled there as OpenAPI does. Default: False
    """

    logical_id: str
    paths: Mapping[str, str] = field(default_factory=lambda: {"": "Properties"})
    camel_case: bool = False

    def at(self, path: str) -> str:
        """Return the written property path of a property of the resource.

        >>> origin = Origin("Api", {"Integration": "Properties.Body.paths./.get.x"}, camel_case=True)
        >>> origin.at("Integration.TimeoutInMillis")
        'Properties.Body.paths./.get.x.timeoutInMillis'
        """
        name = path
        while name and name not in self.paths:
            name = name.rpartition(".")[0]
        rest = path[len(name) :].lstrip(".")
        base = self.paths.get(name, "Properties")
        if not rest:
            return base
        if self.camel_case:
            rest = _IN_OPEN_API.get(rest, rest[:1].lower() + rest[1:])
        return f"{base}.{rest}"


@dataclass
class Expansion:
    """The resources of a template in CloudFormation's words.

    :param resources: by logical id
    :param origins: of those that are not written as they are, by logical id
    :param not_read: what the template has and is not read, with the reason
    :param written: the properties of SAM's resources by their kind, such as ``Api``, and their logical id
    """

    resources: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    not_read: list[str] = field(default_factory=list)
    written: dict[str, dict[str, Mapping[str, Json]]] = field(default_factory=dict)

    def add(
        self, logical_id: str, kind: str, properties: Mapping[str, Json], origin: Origin, **rest: Json
    ) -> None:
        """Add a resource that stands for something else.

        :param logical_id: its id
        :param kind: its type
        :param properties: its properties
        :param origin: where it comes from
        :param rest: attributes beside the properties, such as ``Condition``
        """
        self.resources[logical_id] = {**rest, "Type": kind, "Properties": properties}
        self.origins[logical_id] = origin


def add_paths(
    expansion: Expansion, api: str, path: str, origin: Origin, condition: Mapping[str, Json]
) -> Json:
    """Add the resources of a path of an API, and return the reference to the last one.

    :param api: logical id of the API
    :param path: such as ``/reports/{id}``
    :param origin: where the path comes from
    :param condition: the attribute ``Condition``, where it has one
    """
    parent: Json = {"Fn::GetAtt": [api, "RootResourceId"]}
    reached = ""
    for part in filter(None, path.split("/")):
        reached += f"/{part}"
        name = f"{api}{reached}"
        properties = {"RestApiId": {"Ref": api}, "ParentId": parent, "PathPart": part}
        if name not in expansion.resources:
            expansion.add(name, "AWS::ApiGateway::Resource", properties, origin, **condition)
        parent = {"Ref": name}
    return parent
