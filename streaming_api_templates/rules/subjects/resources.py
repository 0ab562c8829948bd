"""Read the resources of an app in plain CloudFormation, with their properties in plain text.

A reference becomes ``${TEMPLATE#LOGICAL_ID}`` or ``${TEMPLATE#LOGICAL_ID.ATTRIBUTE}``, which means the same
in every template of an app: parameters of nested stacks, outputs and exports are followed to what they stand
for. What only a deployment knows stays as text that no rule takes for a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...expand.origin import Origin
from ...expand.sam import written
from ...expand.template import expand
from ...template.conditions import Outcome, decided
from ...template.lenient_json import Json, items, mapping, text
from ...template.resolve import Resolver, SymbolicReferences, symbolic
from ...template.template import App, StackOutputs, Template
from ...template.unsupported import UnsupportedError

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
    """

    template: Template
    logical_id: str
    key: str
    type: str
    properties: Mapping[str, Json]
    as_written: Mapping[str, Json]
    origin: Origin | None

    @property
    def depends_on(self) -> set[str]:
        """The logical ids in ``DependsOn``."""
        return {text(name) for name in items(self.as_written.get("DependsOn"))}

    @property
    def construct_path(self) -> str | None:
        """The path of the construct that it comes from, where the CDK wrote the template."""
        source = mapping(self.template.resources.get(self.logical_id))
        return text(mapping(source.get("Metadata")).get("aws:cdk:path")) or None

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
        self._app = App(templates, self._resolver)
        self._expansions = [
            expand(each, self._app.resolver(each).resolve, strict=False) for each in templates
        ]
        self._by_type: dict[str, list[tuple[int, str]]] = {}
        for index, expansion in enumerate(self._expansions):
            for logical_id, entry in expansion.resources.items():
                kind = text(mapping(entry).get("Type"))
                self._by_type.setdefault(kind, []).append((index, logical_id))
        self._cache: dict[tuple[int, str], Resource | None] = {}

    def of(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types, in the order of the templates."""
        found = [key for kind in types for key in self._by_type.get(kind, ())]
        for index, logical_id in found:
            if resource := self._read(index, logical_id):
                yield resource

    def get(self, key: str) -> Resource | None:
        """Return a resource that exists under this outcome.

        :param key: ``TEMPLATE#LOGICAL_ID``
        """
        index, _, name = key.partition("#")
        return self._read(int(index), re.sub("%([0-9a-f]+)%", lambda found: chr(int(found[1], 16)), name))

    def referenced(self, value: Json) -> Resource | None:
        """Return the resource that a text refers to, the last one when it names several."""
        found = _REFERENCE.findall(text(value))
        return self.get(found[-1]) if found else None

    def written_in_sam(self, kind: str) -> Iterator[Resource]:
        """Yield SAM's resources of a kind as they are written, with their globals."""
        for index, template in enumerate(self.templates):
            for logical_id, properties in written(template, kind).items():
                if self._exists(index, logical_id):
                    resolved = mapping(self._app.resolver(template).resolve(properties))
                    entry = mapping(template.resources[logical_id])
                    yield Resource(
                        template, logical_id, f"{index}#{logical_id}", f"SAM {kind}", resolved, entry, None
                    )

    def _resolver(self, template: Template, given: Mapping[str, Json], outputs: StackOutputs) -> Resolver:
        references = SymbolicReferences(self._prefixes[id(template)])
        return Resolver(template.content, references, given, outputs, symbolic, self._equals)

    def _exists(self, index: int, logical_id: str) -> bool:
        entry = mapping(self._expansions[index].resources.get(logical_id))
        try:
            condition = text(entry.get("Condition"))
            return bool(entry) and (
                not condition or self._app.resolver(self.templates[index]).condition(condition)
            )
        except UnsupportedError:
            # CloudFormation refuses a condition that is not there; the rules look at the resource
            return True

    def _read(self, index: int, logical_id: str) -> Resource | None:
        key = (index, logical_id)
        if key not in self._cache:
            self._cache[key] = self._resolved(index, logical_id) if self._exists(index, logical_id) else None
        return self._cache[key]

    def _resolved(self, index: int, logical_id: str) -> Resource:
        template, expansion = self.templates[index], self._expansions[index]
        entry, origin = mapping(expansion.resources[logical_id]), expansion.origins.get(logical_id)
        reference = text(SymbolicReferences(str(index)).ref(logical_id))
        return Resource(
            template,
            origin.logical_id if origin else logical_id,
            reference[2:-1],
            text(entry.get("Type")),
            mapping(self._app.resolver(template).resolve(entry.get("Properties"))),
            entry,
            origin,
        )
