"""Check the types of arguments by the annotations of their callable, before the CDK fails on them.

The annotations are read when a value does not obviously fit, and the modules of the CDK that only type
checkers need are imported then.
"""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Collection, Mapping
from enum import Enum
from functools import cache
from importlib import import_module
from typing import NamedTuple, cast

from .tokens import without_tokens

#: aliases of the CDK's modules that are not their names
_MODULES = {"elbv2": "elasticloadbalancingv2", "lambda_": "lambda"}
_WORDS = {"str": "a text", "int": "a number", "float": "a number", "bool": "True or False"}


class _Kind(NamedTuple):
    """One alternative of an annotation: a class, or a list or mapping of others."""

    name: str
    items: tuple[_Kind, ...] = ()
    type: type | None = None


def check_type_of(argument: str, value: object, annotation: str, module: str, owner: str) -> None:
    """Refuse a value that an annotation does not allow.

    :param argument: name of the argument.
    :param annotation: its type, as it is written in the sources.
    :param module: name of the module whose names the annotation uses.
    :param owner: the callable, for the message.
    :raises TypeError: in one line that says what the argument takes.
    """
    kinds = _kinds(annotation, module)
    if any(_fits(value, kind) for kind in kinds):
        return
    wanted = " or ".join(dict.fromkeys(_described(kind) for kind in kinds if kind.name != "None"))
    raise TypeError(
        f"{argument} of {owner} must be {wanted}, got {_got(value, kinds)}{_hint(argument, value, kinds)}"
    )


@cache
def _kinds(annotation: str, module: str) -> tuple[_Kind, ...]:
    return tuple(_alternatives(ast.parse(annotation, mode="eval").body, module))


def _alternatives(node: ast.expr, module: str) -> list[_Kind]:
    if isinstance(node, ast.BinOp):
        return [*_alternatives(node.left, module), *_alternatives(node.right, module)]
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        items = [_alternatives(each, module) for each in inner]
        assert all(len(each) == 1 for each in items)
        return [_Kind(ast.unparse(node.value), tuple(each[0] for each in items))]
    name = ast.unparse(node)
    if name in (*_WORDS, "None", "object"):
        return [_Kind(name)]
    return [_Kind(name, type=_class(name, module))]


def _class(name: str, module: str) -> type:
    alias, _, attribute = name.rpartition(".")
    names = vars(sys.modules[module])
    if not alias:
        found: type = names[attribute]
        return found
    owner = names.get(alias) or import_module(f"aws_cdk.aws_{_MODULES.get(alias, alias)}")
    found = getattr(owner, attribute)
    return found


def _fits(value: object, kind: _Kind) -> bool:
    if kind.type is not None:
        return _is_instance(value, kind.type)
    if kind.name == "Sequence":
        return _is_several(value) and all(
            _fits(each, kind.items[0]) for each in cast(Collection[object], value)
        )
    if kind.name == "Mapping":
        return isinstance(value, Mapping) and all(
            _fits(key, kind.items[0]) and _fits(item, kind.items[1]) for key, item in value.items()
        )
    if kind.name in ("int", "float"):  # a token is a float
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    simple = {"str": str, "bool": bool, "None": type(None), "object": object}
    return isinstance(value, simple[kind.name])


def _is_several(value: object) -> bool:
    return isinstance(value, Collection) and not isinstance(value, (str, bytes, Mapping))


def _is_instance(value: object, expected: type) -> bool:
    if not getattr(expected, "_is_protocol", False):
        return isinstance(value, expected)
    # an interface of the CDK: what implements it has its members, whatever class jsii gives it
    if expected in getattr(type(value), "__jsii_ifaces__", ()):
        return True
    members = [name for name in dir(expected) if not name.startswith("_")]
    return all(any(hasattr(each, name) for each in _classes(value)) for name in members)


def _classes(value: object) -> list[type]:
    """Return the class of a value, or the interfaces that jsii has a proxy for."""
    return [type(each) for each in getattr(value, "_delegates", ())] or [type(value)]


def is_imported(value: object) -> bool:
    """Return whether a construct is one of another app, for which jsii has a proxy without a class."""
    return type(value).__name__.endswith("Proxy")


def _described(kind: _Kind) -> str:
    if kind.name == "Sequence":
        return f"a list of {_several(kind.items[0])}"
    if kind.name == "Mapping":
        return f"a mapping of {' to '.join(map(_several, kind.items))}"
    return _WORDS.get(kind.name) or _with_article(kind.name.rpartition(".")[2])


def _several(kind: _Kind) -> str:
    if kind.name == "Sequence":
        return f"lists of {_several(kind.items[0])}"
    words = {
        "str": "texts",
        "int": "numbers",
        "float": "numbers",
        "bool": "True or False",
        "object": "any values",
    }
    return words.get(kind.name) or kind.name.rpartition(".")[2]


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIO" else f"a {name}"


def _shown(value: object) -> str:
    if isinstance(value, Enum):
        return str(value)
    if value is None or isinstance(value, (str, int, float)):
        return repr(value)
    if isinstance(value, (list, tuple, set)):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "an imported construct" if is_imported(value) else _with_article(type(value).__name__)


def _got(value: object, kinds: tuple[_Kind, ...]) -> str:
    """Return what is wrong: of a mapping the entry, where its names are right."""
    for kind in kinds:
        if kind.name == "Mapping" and isinstance(value, Mapping):
            for key, item in value.items():
                if _fits(key, kind.items[0]) and not _fits(item, kind.items[1]):
                    return f"{_shown(item)} for {_shown(key)}"
    return _shown(value)


def _hint(argument: str, value: object, kinds: tuple[_Kind, ...]) -> str:
    classes = [cls for each in _classes(value) for cls in each.__mro__]
    if any(cls.__module__.startswith("aws_cdk.aws_apigatewayv2") for cls in classes):
        return "; HTTP APIs do not stream, use a REST API"
    if argument == "function" and _shown(value) == "an imported construct":
        return "; only a function of this app gets versions"
    if argument == "resource" and hasattr(type(value), "root"):
        return "; give its root, or a resource below that"
    for kind in kinds:
        if kind.name == "Sequence" and _fits(value, kind.items[0]):
            return (
                f"; write {argument}=[{value!r}]" if isinstance(value, str) else f"; write {argument}=[...]"
            )
    return ""


def owner_of(called: str, first: object) -> str:
    """Return how messages name a callable: with its id or path, where that is a text without tokens."""
    known = isinstance(first, str) and without_tokens(first) == first
    return f"{called} '{first}'" if known else called
