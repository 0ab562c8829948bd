"""Hold the templates of one app, and what they give each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .lenient_json import Json, mapping
from .resolve import Resolver
from .unsupported import UnsupportedError


@dataclass(frozen=True, eq=False)
class Template:
    """One template of an app.

    :param name: how reports call it: its path, relative to what was asked for
    :param content: the parsed template
    :param parent: for a nested stack the template and the logical id that create it. Default: - none
    :param stack: name of the stack. Default: - not known
    :param given: the properties that constructs of the CDK were given, by logical id. The same id may be in
        several stacks, and what each was given is in the list. Default: - not known
    :param metadata: what the CDK noted about the constructs of the stack, by ``/construct/path``.
        Default: - not known
    :param directory: where local paths in it begin. Default: - nothing beside it is read
    :param assets: the files of the assembly by the object key that each is published under
    :param region: the Region of the stack. Default: - not known
    :param account: the account of the stack. Default: - not known
    """

    name: str
    content: Mapping[str, Json]
    parent: tuple[Template, str] | None = None
    stack: str = ""
    given: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    directory: Path | None = None
    assets: Mapping[str, Path] = field(default_factory=dict)
    region: str | None = None
    account: str | None = None

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Json]]:
        """The section ``Resources``, without entries that are no objects."""
        section = self.content.get("Resources")
        entries = section.items() if isinstance(section, dict) else ()
        return {name: entry for name, entry in entries if isinstance(entry, dict)}

    @property
    def stack_name(self) -> str:
        """Name of the stack; of a nested one, behind that of its parent and a dot."""
        return f"{self.parent[0].stack_name}.{self.parent[1]}" if self.parent else self.stack


class App:
    """Follows what the stacks of one app give each other: parameters, outputs and exports.

    :param templates: all of them, those of nested stacks included
    :param resolver: makes the resolver of a template, from the values that its parent gives it and from the
        outputs of the other stacks
    """

    def __init__(
        self,
        templates: Sequence[Template],
        resolver: Callable[[Template, Mapping[str, Json], StackOutputs], Resolver],
    ) -> None:
        self.templates = templates
        self._make = resolver
        self._resolvers: dict[int, Resolver | None] = {}
        self._followed: set[tuple[int, str]] = set()
        self._outputs: dict[tuple[int, str], Json] = {}

    def resolver(self, template: Template) -> Resolver:
        """Return the resolver of a template.

        :raises KeyError: when it needs a value that needs the template itself
        """
        if id(template) not in self._resolvers:
            self._resolvers[id(template)] = None
            given = self._arguments(template)
            self._resolvers[id(template)] = self._make(template, given, StackOutputs(self, template))
        found = self._resolvers[id(template)]
        if found is None:
            raise KeyError(template.name)
        return found

    def exported(self, name: str) -> Json:
        """Return what was exported under a name; KeyError when nothing was."""
        for template in self.templates:
            for output, content in mapping(template.content.get("Outputs")).items():
                export = mapping(mapping(content).get("Export")).get("Name")
                where = f"Outputs.{output}.Export"
                if export is not None and self.resolver(template).text(export, where) == name:
                    return self._output(template, output)
        raise KeyError(name)

    def output(self, stack: str, name: str) -> Json:
        """Return an output of a stack by the stack's name; KeyError when there is none."""
        for template in self.templates:
            if stack and template.stack_name == stack:
                return self._output(template, name)
        raise KeyError(stack)

    def nested(self, parent: Template, logical_id: str, name: str) -> Json:
        """Return an output of a nested stack; KeyError when there is none."""
        for template in self.templates:
            if template.parent and template.parent[0] is parent and template.parent[1] == logical_id:
                return self._output(template, name)
        raise KeyError(logical_id)

    def _output(self, template: Template, name: str) -> Json:
        key = (id(template), name)
        if key in self._followed:
            raise KeyError(name)
        if key not in self._outputs:
            self._followed.add(key)
            try:
                value = mapping(mapping(template.content.get("Outputs"))[name]).get("Value")
                self._outputs[key] = self.resolver(template).resolve(value, f"Outputs.{name}")
            finally:
                self._followed.remove(key)
        return self._outputs[key]

    def _arguments(self, template: Template) -> dict[str, Json]:
        """Return the values that a parent gives to a nested stack, but for those that are not known."""
        if template.parent is None:
            return {}
        parent, logical_id = template.parent
        properties = mapping(parent.resources.get(logical_id, {}).get("Properties"))
        known: dict[str, Json] = {}
        for name, value in mapping(properties.get("Parameters")).items():
            try:
                known[name] = self.resolver(parent).resolve(value, name)
            except (KeyError, UnsupportedError):
                continue
        return known


class StackOutputs:
    """Gives one stack what the other stacks of its app put out."""

    def __init__(self, app: App, template: Template) -> None:
        self._app = app
        self._template = template

    def exported(self, name: str) -> Json:
        """Return what ``Fn::ImportValue`` gives; KeyError when it is not known."""
        return self._app.exported(name)

    def output(self, stack: str, name: str) -> Json:
        """Return what ``Fn::GetStackOutput`` gives; KeyError when it is not known."""
        return self._app.output(stack, name)

    def nested(self, logical_id: str, name: str) -> Json:
        """Return an output of a nested stack; KeyError when it is not known."""
        return self._app.nested(self._template, logical_id, name)
