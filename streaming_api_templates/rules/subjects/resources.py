"""Read the resources of an app in plain CloudFormation, with their properties in plain text.

A reference becomes ``${TEMPLATE#LOGICAL_ID}`` or ``${TEMPLATE#LOGICAL_ID.ATTRIBUTE}``, which means the same
in every template of an app: parameters of nested stacks, outputs and exports are followed to what they stand
for. What only a deployment knows stays as text that no rule takes for a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...expand.origin import Expansion, Origin
from ...expand.template import expand
from ...template.conditions import Outcome, decided
from ...template.lenient_json import Json, mapping
from ...template.resolve import Resolver, SymbolicReferences, symbolic
from ...template.symbols import PSEUDO_PARAMETERS, decoded, encoded
from ...template.template import App, StackOutputs, Template
from ...template.unsupported import UnsupportedError

#: Template by its number, and logical id.
Key = tuple[int, str]
#: The services whose resources the rules look at.
_JUDGED = ("AWS::ApiGateway", "AWS::CloudFront::", "AWS::IAM::", "AWS::Lambda::")
_REFERENCE = re.compile(r"\$\{(\d+#[\w%]+)(?:\.[^}]*)?\}")


@dataclass(frozen=True, eq=False)
class Resource:
    """A resource, with its properties in plain text.

    :param template: where it is
    :param logical_id: its name there; of one that SAM or OpenAPI stands for, that of the written resource
    :param key: the reference to it, ``TEMPLATE#LOGICAL_ID``
    :param type: such as ``AWS::ApiGateway::Method``
    :param properties: resolved
    :param as_written: with its intrinsic functions
    :param origin: where it comes from, None when it is written as it is
    :param construct_path: the path of the construct that it comes from, where the CDK wrote the template
    """

    template: Template
    logical_id: str
    key: str
    type: str
    properties: Mapping[str, Json]
    as_written: Mapping[str, Json]
    origin: Origin | None
    construct_path: str | None = None

    def at(self, path: str) -> str:
        """Return the property path of a property, as the template has it."""
        return self.origin.at(path) if self.origin else f"Properties.{path}"


class Resources:
    """The resources of all templates of an app, under one outcome of its conditions.

    :param templates: all of them; references from one to another are followed
    :param outcome: of the comparisons in the conditions
    """

    def __init__(self, templates: Sequence[Template], outcome: Outcome) -> None:
        self.templates = templates
        self._prefixes = {id(template): str(index) for index, template in enumerate(templates)}
        self._equals = decided(outcome)
        app = App(templates, self._make_resolver)
        self._resolvers = [app.resolver(template) for template in templates]
        self._expansions = [
            expand(template, self._resolvers[index].resolve, strict=False)
            for index, template in enumerate(templates)
        ]
        self._by_type: dict[str, list[Key]] = {}
        self._properties: dict[Key, Mapping[str, Json]] = {}
        self._known: dict[Key, Resource | None] = {}
        self._read_all()
        #: what is in the templates and is not read, with the reason
        self.not_read = list(_not_read(templates, self._expansions))

    def of(self, *types: str) -> list[Resource]:
        """Return the resources of some types, in the order of the templates."""
        found = (self._resource(key) for kind in types for key in self._by_type.get(kind, ()))
        return [resource for resource in found if resource]

    def get(self, key: str) -> Resource | None:
        """Return a resource that exists under this outcome.

        :param key: ``TEMPLATE#LOGICAL_ID``
        """
        index, _, name = key.partition("#")
        return self._resource((int(index), decoded(name) if "%" in name else name))

    def referenced(self, value: Json) -> Resource | None:
        """Return the resource that a text refers to, the last one when it names several."""
        found = _REFERENCE.findall(value) if isinstance(value, str) else None
        return self.get(found[-1]) if found else None

    def path(self, resource_id: Json) -> str | None:
        """Return the path of a resource of an API, from its parents; the root's reference is the API's."""
        parts: list[str] = []
        # deeper than any path that API Gateway takes, and an end for templates that go round in circles
        for _ in range(64):
            resource = self.referenced(resource_id)
            if resource is None:
                return None
            if resource.type == "AWS::ApiGateway::RestApi":
                return "/" + "/".join(reversed(parts))
            parts.append(str(resource.properties.get("PathPart", "")))
            resource_id = resource.properties.get("ParentId")
        return None

    def waited_for(self, resource: Resource) -> set[str]:
        """Return the logical ids that a resource depends on, directly or not, by DependsOn or a reference."""
        template, _, own = resource.key.partition("#")
        waited, new = set[str](), {own}
        while new:
            waited |= new
            found = [self.get(f"{template}#{name}") for name in new]
            new = {name for each in found if each for name in _waits_for(each, template)} - waited
        return waited

    def written(self, kinds: tuple[str, ...]) -> list[Resource]:
        """Return the resources as they are written, SAM's with their globals, and not what they stand for.

        :param kinds: beginnings of their types
        """
        found = []
        for index, template in enumerate(self.templates):
            of_sam = self._expansions[index].written
            for logical_id, entry in template.resources.items():
                kind = str(entry.get("Type"))
                if kind.startswith(kinds) and self._exists((index, logical_id)):
                    resolved = self._properties.get((index, logical_id), {})
                    if self._expansions[index].resources[logical_id] is not entry:
                        own = of_sam.get(kind.rpartition("::")[2], {}).get(logical_id)
                        properties = self._resolvers[index].resolve(own or entry.get("Properties"))
                        resolved = properties if isinstance(properties, dict) else {}
                    key = f"{index}#{logical_id}"
                    found.append(Resource(template, logical_id, key, kind, resolved, entry, None))
        return found

    def _make_resolver(
        self, template: Template, given: Mapping[str, Json], outputs: StackOutputs
    ) -> Resolver:
        references = SymbolicReferences(self._prefixes[id(template)])
        values = {**PSEUDO_PARAMETERS, **given}
        return Resolver(template.content, references, values, outputs, symbolic, self._equals)

    def _read_all(self) -> None:
        """Sort the resources by their types, and resolve those that the rules look at."""
        for index, expansion in enumerate(self._expansions):
            for logical_id, entry in expansion.resources.items():
                kind = entry.get("Type")
                if isinstance(kind, str):
                    self._by_type.setdefault(kind, []).append((index, logical_id))
                    if kind.startswith(_JUDGED):
                        properties = self._resolvers[index].resolve(entry.get("Properties"))
                        self._properties[index, logical_id] = (
                            properties if isinstance(properties, dict) else {}
                        )

    def _exists(self, key: Key) -> bool:
        index, logical_id = key
        entry = self._expansions[index].resources.get(logical_id)
        if entry is None:
            return False
        condition = entry.get("Condition")
        try:
            return not isinstance(condition, str) or self._resolvers[index].condition(condition)
        except UnsupportedError:
            # CloudFormation refuses a condition that is not there; the rules look at the resource
            return True

    def _resource(self, key: Key) -> Resource | None:
        if key not in self._known:
            self._known[key] = self._read(key) if self._exists(key) else None
        return self._known[key]

    def _read(self, key: Key) -> Resource:
        index, logical_id = key
        expansion = self._expansions[index]
        entry, origin = expansion.resources[logical_id], expansion.origins.get(logical_id)
        if key not in self._properties:
            self._properties[key] = mapping(self._resolvers[index].resolve(entry.get("Properties")))
        name = logical_id if logical_id.isalnum() else encoded(logical_id)
        source = origin.logical_id if origin else logical_id
        notes = self.templates[index].resources.get(source, {}).get("Metadata")
        return Resource(
            self.templates[index],
            source,
            f"{index}#{name}",
            str(entry.get("Type")),
            self._properties[key],
            entry,
            origin,
            str(notes["aws:cdk:path"]) if isinstance(notes, dict) and "aws:cdk:path" in notes else None,
        )


#: types of nested stacks
_STACKS = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")


def _not_read(templates: Sequence[Template], expansions: Sequence[Expansion]) -> Iterator[str]:
    nested = {(id(it.parent[0]), it.parent[1]) for it in templates if it.parent}
    for template, expansion in zip(templates, expansions, strict=True):
        yield from (f"{template.name}: {reason}" for reason in expansion.not_read)
        for logical_id, resource in template.resources.items():
            if resource.get("Type") in _STACKS and (id(template), logical_id) not in nested:
                yield f"{template.name}: {logical_id}: the template of the nested stack is not beside it"


def _waits_for(resource: Resource, template: str) -> set[str]:
    declared = resource.as_written.get("DependsOn")
    names = declared if isinstance(declared, list) else [declared]
    referenced = re.findall(rf"[$]\{{{template}#([\w%]+)", json.dumps(resource.properties, default=str))
    return {name for name in names if isinstance(name, str)} | set(referenced)
