"""What the stacks of one assembly give each other: outputs, exports, functions and layers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from ..application import Function, UnsupportedError
from .functions import FunctionReader
from .intrinsics import Json, Resolver, mapping
from .ref_values import Place, Resources


@dataclass(frozen=True)
class OpenStack:
    """A template with what resolves it and gives its functions."""

    template: Mapping[str, Json]
    resolver: Resolver
    functions: FunctionReader

    def output(self, name: str) -> str:
        """Return the value of an output; KeyError when there is none."""
        return self.resolver.text(mapping(self._outputs()[name]).get("Value"), f"Outputs.{name}")

    def exports(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each export and that of its output."""
        for name, output in self._outputs().items():
            if export := mapping(mapping(output).get("Export")):
                yield self.resolver.text(export.get("Name"), f"Outputs.{name}.Export"), name

    def _outputs(self) -> Mapping[str, Json]:
        return mapping(self.template.get("Outputs"))


class Neighbours:
    """The stacks of an assembly, each opened when something of it is asked for.

    :param stacks: their names
    :param opens: opens one; it gets them all, as they may refer to each other
    """

    def __init__(self, stacks: Collection[str], opens: Callable[[str, Neighbours], OpenStack]) -> None:
        self._stacks = {name: cache(partial(opens, name, self)) for name in stacks}

    def open(self, stack: str) -> OpenStack:
        """Return a stack; KeyError when there is none."""
        return self._stacks[stack]()

    def output(self, stack: str, name: str) -> str:
        """Return an output of a stack; KeyError when there is none."""
        return self.open(stack).output(name)

    def texts(self, stack: str, values: Mapping[str, Json]) -> dict[str, str]:
        """Return the values that a stack has for a nested one, but for those that are not known locally."""
        resolver, known = self.open(stack).resolver, {}
        for name, value in values.items():
            with suppress(UnsupportedError):
                known[name] = resolver.text(value, name)
        return known

    def exported(self, name: str) -> str:
        """Return what was exported under a name; KeyError when nothing was."""
        for stack in self._all():
            for export, output in stack.exports():
                if export == name:
                    return stack.output(output)
        raise KeyError(name)

    def function(self, arn: str) -> Function | None:
        """Return the function with an ARN."""
        return next(filter(None, (stack.functions.own(arn) for stack in self._all())), None)

    def layer(self, arn: str) -> Path | None:
        """Return the content of the layer with an ARN."""
        return next(filter(None, (stack.functions.own_layer(arn) for stack in self._all())), None)

    def _all(self) -> Iterator[OpenStack]:
        return (opens() for opens in self._stacks.values())


def distinct_names(resources: Resources, place: Place) -> dict[str, str]:
    """Return the physical ids that keep functions and layers apart from those of the stack that is served."""
    names = {}
    for logical_id, resource in resources.items():
        name, properties = f"{place.stack}-{logical_id}", resource.get("Properties")
        if resource.get("Type") == "AWS::Lambda::LayerVersion":
            names[logical_id] = place.arn("lambda", f"layer:{name}:1")
        elif resource.get("Type") == "AWS::Lambda::Function" and not (
            isinstance(properties, dict) and isinstance(properties.get("FunctionName"), str)
        ):
            names[logical_id] = name
    return names
