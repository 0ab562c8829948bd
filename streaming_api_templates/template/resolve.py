"""Resolve the intrinsic functions of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol

from .conditions import Conditions
from .lenient_json import Json, mapping
from .parameters import parameter_values
from .symbols import encoded
from .unsupported import UnsupportedError

#: ``${Name}``, ``${Resource.Attribute}`` and the escape ``${!Literal}`` of Fn::Sub.
_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")
#: A template has a megabyte at most.
_MAX_LENGTH = 1_000_000
_NO_VALUE = object()


class References(Protocol):
    """Knows the values that a resource has once it is deployed."""

    def ref(self, logical_id: str) -> Json:
        """Return what ``Ref`` gives; KeyError when it is not known."""

    def get_att(self, logical_id: str, attribute: str) -> Json:
        """Return what ``Fn::GetAtt`` gives; KeyError when it is not known."""


class Outputs(Protocol):
    """Knows what other stacks give to this one."""

    def exported(self, name: str) -> Json:
        """Return what ``Fn::ImportValue`` gives; KeyError when it is not known."""

    def output(self, stack: str, name: str) -> Json:
        """Return what ``Fn::GetStackOutput`` gives; KeyError when it is not known."""

    def nested(self, logical_id: str, name: str) -> Json:
        """Return an output of a nested stack; KeyError when it is not known."""


def refuse(symbol: str, error: UnsupportedError) -> NoReturn:
    """Refuse what is not known: the resource and the property are named.

    :raises UnsupportedError: always
    """
    raise error


class SymbolicReferences:
    """Gives a text for each reference to a resource, ``${TEMPLATE#LOGICAL_ID.ATTRIBUTE}``.

    It means the same in every template of an app. No rule takes it for a value.

    :param prefix: what tells the template from others
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def ref(self, logical_id: str) -> str:
        """Return the text for ``Ref``."""
        name = logical_id if logical_id.isalnum() else encoded(logical_id)
        return f"${{{self._prefix}#{name}}}"

    def get_att(self, logical_id: str, attribute: str) -> str:
        """Return the text for ``Fn::GetAtt``."""
        names = [logical_id, *attribute.split(".")]
        shown = ".".join(name if name.isalnum() else encoded(name) for name in names)
        return f"${{{self._prefix}#{shown}}}"


def symbolic(symbol: str, error: UnsupportedError) -> Json:
    """Return a text in place of what is not known, which has ``${`` in it."""
    return symbol


class Resolver:
    """Turns the values of a template into plain ones.

    :param template: the parsed template
    :param references: values of resources. Default: - none is known
    :param given: values of parameters and of pseudo parameters. Default: - what the template gives as
        ``Default``
    :param outputs: values of other stacks. Default: - none is known
    :param on_unknown: takes what is not known: a symbol for it and the error that names it; returns a value
        in its place, or raises. Default: :func:`refuse`
    :param equals: decides a comparison by the argument of ``Fn::Equals``. Default: - both sides are resolved

    >>> resolver = Resolver({}, given={"AWS::Region": "eu-west-1"})
    >>> resolver.resolve({"Fn::Sub": "chat-${AWS::Region}"}, "Fn.FunctionName")
    'chat-eu-west-1'
    >>> Resolver({}, on_unknown=symbolic).resolve({"Fn::Sub": "chat-${AWS::Region}"})
    'chat-${AWS.Region}'
    """

    def __init__(
        self,
        template: Mapping[str, Json],
        references: References | None = None,
        given: Mapping[str, Json] | None = None,
        outputs: Outputs | None = None,
        on_unknown: Callable[[str, UnsupportedError], Json] = refuse,
        equals: Callable[[Json], bool] | None = None,
    ) -> None:
        self._references = references
        self._outputs = outputs
        self._on_unknown = on_unknown
        self._mappings = template.get("Mappings")
        self._conditions = Conditions(template.get("Conditions"), equals or self._equals)
        self._given = parameter_values(template.get("Parameters"), given or {})
        self._functions: Mapping[str, Callable[[Json, str], Json]] = {
            "Ref": self._ref,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::GetStackOutput": self._stack_output,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }

    def resolve(self, value: Json, where: str = "") -> Json:
        """Return a value with every intrinsic function replaced; ``where`` names it in errors."""
        resolved = self._resolve(value, where)
        return None if resolved is _NO_VALUE else resolved

    def text(self, value: Json, where: str = "") -> str:
        """Return a value as text, as CloudFormation does with numbers and booleans."""
        resolved = self.resolve(value, where)
        if isinstance(resolved, bool):
            return str(resolved).lower()
        if not isinstance(resolved, str | int | float):
            error = UnsupportedError(where, f"expected text, got {resolved!r}")
            resolved = self._on_unknown("${...}", error)
        return str(resolved)

    def condition(self, name: str) -> bool:
        """Tell whether the named condition holds.

        :raises UnsupportedError: when there is none of that name, or it is a circle
        """
        try:
            return self._conditions.holds(name)
        except KeyError:
            raise UnsupportedError(f"Conditions.{name}", "the template has no such condition") from None

    def _resolve(self, value: Json, where: str) -> Json:
        if isinstance(value, list):
            items = [self._resolve(item, f"{where}[{index}]") for index, item in enumerate(value)]
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions or (isinstance(name, str) and name.startswith("Fn::")):
                return self._call(name, argument, where)
        members = {key: self._resolve(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not _NO_VALUE}

    def _call(self, name: str, argument: Json, where: str) -> Json:
        try:
            if name not in self._functions:
                raise UnsupportedError(where, f"{name} is not supported locally")
            return self._functions[name](argument, where)
        except UnsupportedError as error:
            unknown = error
        except (ValueError, IndexError, RecursionError) as error:
            unknown = UnsupportedError(where, f"{name} cannot be resolved: {error}")
        symbol = str(argument) if name == "Ref" else name
        # a colon would end a field of the ARN that it is in
        return self._on_unknown(f"${{{symbol.replace('::', '.')}}}", unknown)

    def _ref(self, argument: Json, where: str) -> Json:
        name = str(argument)
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._given:
            return self._given[name]
        try:
            return self._known(name).ref(name)
        except KeyError:
            raise UnsupportedError(where, f"the value of Ref {name} is not known locally") from None

    def _known(self, name: str) -> References:
        if self._references is None or name.startswith("AWS::"):
            raise KeyError(name)
        return self._references

    def _get_att(self, argument: Json, where: str) -> Json:
        parts = argument.split(".", 1) if isinstance(argument, str) else _list(argument, where)
        logical_id, attribute = (self.text(part, where) for part in parts)
        output = attribute.removeprefix("Outputs.")
        try:
            if self._outputs is not None and output != attribute:
                return self._outputs.nested(logical_id, output)
        except KeyError:
            pass
        try:
            return self._known(logical_id).get_att(logical_id, attribute)
        except KeyError:
            what = f"Fn::GetAtt {logical_id}.{attribute}"
            raise UnsupportedError(where, f"the value of {what} is not known locally") from None

    def _import_value(self, argument: Json, where: str) -> Json:
        name = self.text(argument, where)
        what = f"Fn::ImportValue {name}"
        return self._of_another(what, where, lambda outputs: outputs.exported(name))

    def _stack_output(self, argument: Json, where: str) -> Json:
        stack, name = (self.text(mapping(argument).get(key), where) for key in ("StackName", "OutputName"))
        what = f"Fn::GetStackOutput {stack}.{name}"
        return self._of_another(what, where, lambda outputs: outputs.output(stack, name))

    def _of_another(self, what: str, where: str, value: Callable[[Outputs], Json]) -> Json:
        try:
            if self._outputs is not None:
                return value(self._outputs)
        except KeyError:
            pass
        raise UnsupportedError(where, f"the value of {what} is not known locally")

    def _join(self, argument: Json, where: str) -> str:
        separator, items = _list(argument, where)
        texts = [self.text(item, where) for item in _list(self.resolve(items, where), where)]
        return _limited(str(separator).join(texts), where)

    def _split(self, argument: Json, where: str) -> Json:
        separator, text = _list(argument, where)
        return list(self.text(text, where).split(str(separator)))

    def _select(self, argument: Json, where: str) -> Json:
        index, items = _list(argument, where)
        at = int(self.text(index, where))
        if at < 0:
            raise IndexError(f"index {at} is negative")
        return _list(self.resolve(items, where), where)[at]

    def _sub(self, argument: Json, where: str) -> str:
        text, values = (argument, {}) if isinstance(argument, str) else _list(argument, where)
        if not isinstance(values, dict):
            raise UnsupportedError(where, f"expected an object, got {values!r}")

        def value(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in values:
                return self.text(values[name], where)
            return self.text({"Fn::GetAtt": name} if "." in name else {"Ref": name}, where)

        return _limited(_SUBSTITUTION.sub(value, str(text)), where)

    def _find_in_map(self, argument: Json, where: str) -> Json:
        name, first, second, *options = _list(argument, where)
        keys = [self.text(key, where) for key in (name, first, second)]
        found: Json = self._mappings
        for key in keys:
            found = mapping(found).get(key)
        if found is None and options:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap-enhancements.html
            found = self._resolve(mapping(options[0]).get("DefaultValue"), where)
        if found is None:
            raise UnsupportedError(where, f"Fn::FindInMap finds nothing for {keys}")
        return found

    def _if(self, argument: Json, where: str) -> Json:
        name, then, otherwise = _list(argument, where)
        return self._resolve(then if self.condition(str(name)) else otherwise, where)

    def _equals(self, argument: Json) -> bool:
        left, right = (self.resolve(side, "Conditions") for side in _list(argument, "Conditions"))
        return left == right


def _limited(text: str, where: str) -> str:
    """Return a text; exports that refer to each other can double it without an end."""
    if len(text) > _MAX_LENGTH:
        raise UnsupportedError(where, f"the text is longer than {_MAX_LENGTH} characters")
    return text


def _list(value: Json, where: str) -> list[Json]:
    if not isinstance(value, list):
        raise UnsupportedError(where, f"expected a list, got {value!r}")
    return value
