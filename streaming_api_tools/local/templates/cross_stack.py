"""Open the stacks of one assembly: each resolves its template, and gives its functions to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_api_templates.expand.template import expand
from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.partitions import partition_of
from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.template import App, StackOutputs, Template
from streaming_api_templates.template.unsupported import UnsupportedError

from ..application import Function
from .function_code import AssetCode
from .functions import FunctionReader
from .ref_values import Place, StackReferences

#: The account of a stack that names none; the same that local AWS emulators use.
LOCAL_ACCOUNT = "000000000000"


@dataclass(frozen=True)
class OpenStack:
    """A stack with what resolves its template and gives its functions.

    :param resources: in CloudFormation's words
    """

    place: Place
    resources: Mapping[str, Json]
    resolver: Resolver
    functions: FunctionReader


class Stacks:
    """The stacks of an assembly, each opened when something of it is asked for.

    :param template: the stack that is served
    :param others: those that it may refer to
    :param region: the region of a stack that names none
    :param scratch: an existing directory for code that has to be unpacked
    :param parameters: values of the parameters of the stack that is served
    """

    def __init__(
        self,
        template: Template,
        others: Sequence[Template],
        region: str,
        scratch: Path,
        parameters: Mapping[str, str],
    ) -> None:
        self._template = template
        self._region = region
        self._scratch = scratch
        self._parameters = parameters
        self._opened: dict[int, OpenStack] = {}
        self._app = App([*others, template], self._resolver)

    @property
    def served(self) -> OpenStack:
        """The stack that is served."""
        return self._open(self._template)

    def function(self, arn: str) -> Function | None:
        """Return the function with an ARN."""
        return next(filter(None, (stack.functions.own(arn) for stack in self._all())), None)

    def layer(self, arn: str) -> Path | None:
        """Return the content of the layer with an ARN."""
        return next(filter(None, (stack.functions.own_layer(arn) for stack in self._all())), None)

    def _all(self) -> Iterator[OpenStack]:
        return (self._open(template) for template in self._app.templates)

    def _open(self, template: Template) -> OpenStack:
        self._app.resolver(template)
        return self._opened[id(template)]

    def _resolver(self, template: Template, given: Mapping[str, Json], outputs: StackOutputs) -> Resolver:
        region = template.region or self._region
        account = template.account or LOCAL_ACCOUNT
        place = Place(region, account, template.stack_name, partition_of(region))
        values = {**given, **place.pseudo_parameters()}
        names: Mapping[str, str] | None = None
        scratch = self._scratch
        if template is self._template:
            values |= self._parameters
        else:
            scratch = self._scratch / f"stack-{template.stack_name}"
            scratch.mkdir()
        resources = expand(template, settled(Resolver(template.content, given=values))).resources
        if template is not self._template:
            names = distinct_names(resources, place)
        references = StackReferences(resources, place, names)
        resolver = Resolver(template.content, references, values, outputs)
        code = AssetCode(template.directory or Path(), template.assets, resolver, scratch)
        functions = FunctionReader(resources, resolver, code.of_function, code.of_layer, self)
        self._opened[id(template)] = OpenStack(place, resources, resolver, functions)
        return resolver


def settled(resolver: Resolver) -> Callable[[Json], Json]:
    """Return a function that resolves a value if it is known, and leaves it as it is otherwise."""

    def settle(value: Json) -> Json:
        try:
            return resolver.resolve(value)
        except UnsupportedError:
            return value

    return settle


def distinct_names(resources: Mapping[str, Json], place: Place) -> dict[str, str]:
    """Return the physical ids that keep functions and layers apart from those of the stack that is served."""
    names = {}
    for logical_id, resource in resources.items():
        name, properties = f"{place.stack}-{logical_id}", mapping(mapping(resource).get("Properties"))
        kind = mapping(resource).get("Type")
        if kind == "AWS::Lambda::LayerVersion":
            names[logical_id] = place.arn("lambda", f"layer:{name}:1")
        elif kind == "AWS::Lambda::Function" and not isinstance(properties.get("FunctionName"), str):
            names[logical_id] = name
    return names
