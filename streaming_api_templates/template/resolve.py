"""CloudFormation templates as the rules see them: with the intrinsic functions written as plain text.

A reference becomes ``${TEMPLATE#LOGICAL_ID}`` or ``${TEMPLATE#LOGICAL_ID.ATTRIBUTE}``, which means the same
in every template of an app: parameters of nested stacks, outputs and exports are followed to what they stand
for. What only a deployment knows stays as text that no rule takes for a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from .conditions import Conditions, Outcome
from .lenient_json import Json, items, mapping, text
from .template import Resource, Template, with_globals

#: ``${Name}``, ``${Resource.Attribute}`` and the escape ``${!Literal}`` of Fn::Sub.
_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")
_REFERENCE = re.compile(r"\$\{(\d+)#(\w+)(?:\.([\w.]+))?\}")
_NO_VALUE = "${AWS.NoValue}"
_MAX_DEPTH = 40


class Resources:
    """The resources of all templates of an app, under one outcome of its conditions.

    :param templates: all of them; references from one to another are followed
    :param outcome: of the comparisons in the conditions
    """

    def __init__(self, templates: Sequence[Template], outcome: Outcome) -> None:
        self._templates = templates
        self._index = {id(template): index for index, template in enumerate(templates)}
        self._conditions = [Conditions(mapping(template.content.get("Conditions"))) for template in templates]
        self._outcome = outcome
        self._cache: dict[str, Resource] = {}

    def of(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types, in the order of the templates."""
        for index, template in enumerate(self._templates):
            for logical_id, entry in template.resources.items():
                if mapping(entry).get("Type") in types and (found := self.get(f"{index}#{logical_id}")):
                    yield found

    def get(self, key: str) -> Resource | None:
        """Return a resource that exists under this outcome.

        :param key: ``TEMPLATE#LOGICAL_ID``
        """
        if key in self._cache:
            return self._cache[key]
        index, _, logical_id = key.partition("#")
        template = self._templates[int(index)]
        entry = mapping(template.resources.get(logical_id))
        condition = text(entry.get("Condition"))
        if not entry or (condition and not self._conditions[int(index)].holds(condition, self._outcome)):
            return None
        kind = text(entry.get("Type"))
        properties = mapping(self.resolve(template, with_globals(template, kind, entry.get("Properties"))))
        found = Resource(template, logical_id, key, kind, properties)
        self._cache[key] = found
        return found

    def referenced(self, value: Json) -> Resource | None:
        """Return the resource that a text refers to, the last one when it names several."""
        found = _REFERENCE.findall(text(value))
        return self.get(f"{found[-1][0]}#{found[-1][1]}") if found else None

    def resolve(self, template: Template, value: Json) -> Json:
        """Return a value of a template with its intrinsic functions replaced."""
        return _Resolver(self, template, 0).resolve(value)

    def condition(self, template: Template, name: str) -> bool:
        """Say whether a condition of a template holds."""
        return self._conditions[self.index(template)].holds(name, self._outcome)

    def index(self, template: Template) -> int:
        """Return the number of a template, which begins its references."""
        return self._index[id(template)]

    def nested(self, template: Template, logical_id: str) -> Template | None:
        """Return the template of a nested stack."""
        for each in self._templates:
            if each.parent and each.parent[0] is template and each.parent[1] == logical_id:
                return each
        return None

    def output(self, stack: str, name: str) -> tuple[Template, Json] | None:
        """Return what an output of another stack stands for, and the template that it is of."""
        for template in self._templates:
            outputs = mapping(template.content.get("Outputs"))
            if stack and template.stack == stack and name in outputs:
                return template, mapping(outputs[name]).get("Value")
        return None

    def export(self, name: Json) -> tuple[Template, Json] | None:
        """Return what an exported output stands for, and the template that it is of."""
        for template in self._templates:
            for output in mapping(template.content.get("Outputs")).values():
                exported = mapping(mapping(output).get("Export")).get("Name")
                if exported is not None and exported == name:
                    return template, mapping(output).get("Value")
        return None


class _Resolver:
    """Replaces the intrinsic functions in the values of one template."""

    def __init__(self, resources: Resources, template: Template, depth: int) -> None:
        self._resources = resources
        self._template = template
        self._depth = depth
        self._functions: Mapping[str, Callable[[Json], Json]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::GetStackOutput": self._get_stack_output,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
        }

    def resolve(self, value: Json) -> Json:
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each != _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions:
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                return f"${{{name.replace('::', '.')}}}"
        members = ((key, self.resolve(member)) for key, member in value.items())
        return {key: member for key, member in members if member != _NO_VALUE}

    def _elsewhere(self, template: Template, value: Json) -> Json:
        """Resolve a value of another template; one that leads back to itself is left alone."""
        if self._depth > _MAX_DEPTH:
            return "${...}"
        return _Resolver(self._resources, template, self._depth + 1).resolve(value)

    def _ref(self, argument: Json) -> Json:
        name = text(argument)
        if name.startswith("AWS::"):
            # a colon would end a field of the ARN that it is in
            return f"${{{name.replace('::', '.')}}}"
        parameter = mapping(self._template.content.get("Parameters")).get(name)
        if parameter is None:
            return f"${{{self._resources.index(self._template)}#{name}}}"
        if self._template.parent:
            outer, logical_id = self._template.parent
            given = mapping(
                mapping(mapping(outer.resources.get(logical_id)).get("Properties")).get("Parameters")
            )
            if name in given:
                return self._elsewhere(outer, given[name])
        # the default of an SSM parameter is its name, not its value
        if "Default" in mapping(parameter) and "SSM" not in text(mapping(parameter).get("Type")):
            return mapping(parameter)["Default"]
        return f"${{{name}}}"

    def _get_att(self, argument: Json) -> Json:
        parts = (
            argument.split(".", 1) if isinstance(argument, str) else [text(part) for part in items(argument)]
        )
        logical_id, attribute = (*parts, "", "")[:2]
        nested = self._resources.nested(self._template, logical_id)
        if nested and attribute.startswith("Outputs."):
            output = mapping(nested.content.get("Outputs")).get(attribute.removeprefix("Outputs."))
            return self._elsewhere(nested, mapping(output).get("Value"))
        return f"${{{self._resources.index(self._template)}#{logical_id}.{attribute}}}"

    def _get_stack_output(self, argument: Json) -> Json:
        reference = mapping(argument)
        found = self._resources.output(text(reference.get("StackName")), text(reference.get("OutputName")))
        return self._elsewhere(*found) if found else "${Fn.GetStackOutput}"

    def _if(self, argument: Json) -> Json:
        name, yes, no = (*items(argument), None, None, None)[:3]
        return self.resolve(yes if self._resources.condition(self._template, text(name)) else no)

    def _import_value(self, argument: Json) -> Json:
        found = self._resources.export(argument)
        return self._elsewhere(*found) if found else "${Fn.ImportValue}"

    def _join(self, argument: Json) -> Json:
        separator, parts = (*items(argument), None, None)[:2]
        return text(separator).join(_plain(self.resolve(part)) for part in items(parts))

    def _sub(self, argument: Json) -> Json:
        pattern, variables = (*items(argument), None)[:2]

        def replaced(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in mapping(variables):
                return _plain(self.resolve(mapping(variables)[name]))
            return _plain(self._get_att(name) if "." in name else self._ref(name))

        return _SUBSTITUTION.sub(replaced, text(pattern))


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
