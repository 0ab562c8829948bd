"""A small resolver of CloudFormation's intrinsic functions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from ..application import UnsupportedError

Json = object
#: ``${Name}``, ``${Resource.Attribute}`` and the escape ``${!Literal}`` of Fn::Sub.
SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")
_NO_VALUE = object()


class References(Protocol):
    """Knows the values that a resource has once it is deployed."""

    def ref(self, logical_id: str) -> str:
        """Return what ``Ref`` gives; KeyError when it is not known."""

    def get_att(self, logical_id: str, attribute: str) -> str:
        """Return what ``Fn::GetAtt`` gives; KeyError when it is not known."""


class Outputs(Protocol):
    """Knows what other stacks give to this one."""

    def exported(self, name: str) -> str:
        """Return what ``Fn::ImportValue`` gives; KeyError when it is not known."""

    def output(self, stack: str, name: str) -> str:
        """Return what ``Fn::GetStackOutput`` gives; KeyError when it is not known.

        :param stack: name of the stack; of a nested one, behind that of its parent and a dot
        """


class Resolver:
    """Turns the properties of a template into plain values.

    :param template: the parsed template
    :param references: values of resources
    :param pseudo: values of the pseudo parameters, such as ``AWS::Region``
    :param parameters: values of parameters. Default: - what the template gives as ``Default``
    :param outputs: values of other stacks. Default: - none is known
    :raises UnsupportedError: for what it cannot resolve, with the resource and the property

    >>> from streaming_api_tools.local.templates.ref_values import Place, StackReferences
    >>> place = Place("eu-west-1", "111122223333", "Demo")
    >>> resolver = Resolver({}, StackReferences({}, place), place.pseudo_parameters())
    >>> resolver.resolve({"Fn::Sub": "chat-${AWS::Region}"}, "Fn.FunctionName")
    'chat-eu-west-1'
    """

    def __init__(
        self,
        template: Mapping[str, Json],
        references: References,
        pseudo: Mapping[str, str],
        parameters: Mapping[str, str] | None = None,
        outputs: Outputs | None = None,
    ) -> None:
        self._references = references
        self._outputs = outputs
        self._pseudo = pseudo
        self._mappings = mapping(template.get("Mappings"))
        self._conditions = mapping(template.get("Conditions"))
        self._parameters = {**_defaults(mapping(template.get("Parameters"))), **(parameters or {})}
        self._functions: Mapping[str, Callable[[Json, str], Json]] = {
            "Ref": self._ref,
            "Condition": self._named_condition,
            "Fn::And": lambda a, w: all([self._is_true(c, w) for c in _list(a, w)]),
            "Fn::Equals": self._equals,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::GetStackOutput": self._stack_output,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Not": lambda a, w: not self._is_true(_list(a, w)[0], w),
            "Fn::Or": lambda a, w: any([self._is_true(c, w) for c in _list(a, w)]),
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }

    def resolve(self, value: Json, where: str) -> Json:
        """Return ``value`` with every intrinsic function replaced; ``where`` names it in errors."""
        resolved = self._resolve(value, where)
        return None if resolved is _NO_VALUE else resolved

    def text(self, value: Json, where: str) -> str:
        """Return ``value`` as text, as CloudFormation does with numbers and booleans."""
        resolved = self.resolve(value, where)
        if isinstance(resolved, bool):
            return str(resolved).lower()
        if isinstance(resolved, (str, int, float)):
            return str(resolved)
        raise UnsupportedError(where, f"expected text, got {resolved!r}")

    def condition(self, name: str) -> bool:
        """Return whether the named condition holds."""
        if name not in self._conditions:
            raise UnsupportedError(f"Conditions.{name}", "the template has no such condition")
        return self._is_true(self._conditions[name], f"Conditions.{name}")

    def _resolve(self, value: Json, where: str) -> Json:
        if isinstance(value, list):
            items = [self._resolve(item, f"{where}[{index}]") for index, item in enumerate(value)]
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions and (name != "Condition" or isinstance(argument, str)):
                return self._call(name, argument, where)
            if isinstance(name, str) and name.startswith("Fn::"):
                raise UnsupportedError(where, f"{name} is not supported locally")
        members = {key: self._resolve(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not _NO_VALUE}

    def _call(self, name: str, argument: Json, where: str) -> Json:
        try:
            return self._functions[name](argument, where)
        except UnsupportedError:
            raise
        except (ValueError, IndexError, RecursionError) as error:
            raise UnsupportedError(where, f"{name} cannot be resolved: {error}") from error

    def _ref(self, argument: Json, where: str) -> Json:
        name = str(argument)
        if name == "AWS::NoValue":
            return _NO_VALUE
        for known in (self._pseudo, self._parameters):
            if name in known:
                return known[name]
        try:
            return self._references.ref(name)
        except KeyError:
            raise UnsupportedError(where, f"the value of Ref {name} is not known locally") from None

    def _get_att(self, argument: Json, where: str) -> str:
        parts = argument.split(".", 1) if isinstance(argument, str) else _list(argument, where)
        logical_id, attribute = map(str, parts)
        try:
            return self._references.get_att(logical_id, attribute)
        except KeyError:
            # what a nested stack puts out
            stack = f"{self._pseudo.get('AWS::StackName')}.{logical_id}"
            name = attribute.removeprefix("Outputs.")
            what = f"Fn::GetAtt {logical_id}.{attribute}"
            return self._of_another(what, where, lambda outputs: outputs.output(stack, name))

    def _import_value(self, argument: Json, where: str) -> str:
        name = self.text(argument, where)
        return self._of_another(f"Fn::ImportValue {name}", where, lambda outputs: outputs.exported(name))

    def _stack_output(self, argument: Json, where: str) -> str:
        stack, name = (self.text(mapping(argument).get(key), where) for key in ("StackName", "OutputName"))
        what = f"Fn::GetStackOutput {stack}.{name}"
        return self._of_another(what, where, lambda outputs: outputs.output(stack, name))

    def _of_another(self, what: str, where: str, value: Callable[[Outputs], str]) -> str:
        try:
            if self._outputs is not None:
                return value(self._outputs)
        except KeyError:
            pass
        raise UnsupportedError(where, f"the value of {what} is not known locally")

    def _join(self, argument: Json, where: str) -> str:
        separator, items = _list(argument, where)
        return str(separator).join(self.text(i, where) for i in _list(self.resolve(items, where), where))

    def _split(self, argument: Json, where: str) -> list[str]:
        separator, text = _list(argument, where)
        return self.text(text, where).split(str(separator))

    def _select(self, argument: Json, where: str) -> Json:
        index, items = _list(argument, where)
        return _list(self.resolve(items, where), where)[int(self.text(index, where))]

    def _sub(self, argument: Json, where: str) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else _list(argument, where)
        values = mapping(variables)

        def value(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in values:
                return self.text(values[name], where)
            return self._get_att(name, where) if "." in name else self.text({"Ref": name}, where)

        return SUBSTITUTION.sub(value, str(text))

    def _find_in_map(self, argument: Json, where: str) -> Json:
        keys = [self.text(key, where) for key in _list(argument, where)[:3]]
        found: Json = self._mappings
        for key in keys:
            found = mapping(found).get(key)
        if found is None:
            raise UnsupportedError(where, f"Fn::FindInMap finds nothing for {keys}")
        return found

    def _equals(self, argument: Json, where: str) -> bool:
        left, right = _list(argument, where)
        return self.resolve(left, where) == self.resolve(right, where)

    def _if(self, argument: Json, where: str) -> Json:
        name, then, otherwise = _list(argument, where)
        return self._resolve(then if self.condition(str(name)) else otherwise, where)

    def _named_condition(self, argument: Json, where: str) -> bool:
        return self.condition(str(argument))

    def _is_true(self, value: Json, where: str) -> bool:
        return self.resolve(value, where) is True


def mapping(value: Json) -> Mapping[str, Json]:
    """Return a value that should be an object; what is none has no members."""
    return value if isinstance(value, dict) else {}


def number(value: Json, where: str) -> float:
    """Return a value that should be a number, which may be given as text.

    :raises UnsupportedError: when it is none
    """
    try:
        found = float(str(value))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UnsupportedError(where, f"expected a number, got {value!r}")
    return found


def _list(value: Json, where: str) -> list[Json]:
    if not isinstance(value, list):
        raise UnsupportedError(where, f"expected a list, got {value!r}")
    return value


def _defaults(parameters: Mapping[str, Json]) -> dict[str, str]:
    """Return the defaults that are values; a default of an SSM parameter type is a name, not its value."""
    return {
        name: str(parameter["Default"])
        for name, parameter in parameters.items()
        if isinstance(parameter, dict)
        and "Default" in parameter
        and not str(parameter.get("Type")).startswith("AWS::SSM::Parameter::Value<")
    }
