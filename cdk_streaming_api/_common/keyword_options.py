"""Expand the keyword options that several callables share.

The options, their types and their documentation stand once, in a ``TypedDict`` that type checkers and editors
read through ``**options: Unpack[...]``. The decorators here do the same for ``inspect.signature``, ``help``
and wrong calls.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from .argument_types import check_type_of, owner_of

_Function = TypeVar("_Function", bound=Callable[..., object])


def takes_options(*options: type, defaults: Mapping[str, object]) -> Callable[[_Function], _Function]:
    """Return a decorator that fills, checks and documents ``**options``.

    An option that is left out has its default there, which is None unless ``defaults`` has another.

    :param options: the ``TypedDict`` classes, in the order in which the signature shows them.
    :param defaults: names of options to their defaults, where that is not None.
    """
    types = {name: _written(kind) for each in options for name, kind in each.__annotations__.items()}
    modules = {name: each.__module__ for each in options for name in each.__annotations__}
    filled = {name: defaults.get(name) for name in types}

    def decorate(function: _Function) -> _Function:
        own = inspect.signature(function)
        explicit = [it for it in own.parameters.values() if it.kind is not it.VAR_KEYWORD]
        added = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=filled[name], annotation=types[name]
            )
            for name in types
        ]
        signature = own.replace(parameters=[*explicit, *added])

        @wraps(function)
        def taking(*arguments: object, **given: object) -> object:
            return function(
                *arguments, **{**filled, **_checked(function, signature, modules, arguments, given)}
            )

        shown = cast(Any, taking)
        shown.__signature__ = signature
        shown.__doc__ = _documentation(function.__doc__, [each.__doc__ for each in options])
        return cast(_Function, taking)

    return decorate


def checks_arguments(function: _Function) -> _Function:
    """Check the names and types of the arguments of ``function`` before it is called."""
    signature = inspect.signature(function)

    @wraps(function)
    def checking(*arguments: object, **given: object) -> object:
        return function(*arguments, **_checked(function, signature, {}, arguments, given))

    return cast(_Function, checking)


def _checked(
    function: Callable[..., object],
    signature: inspect.Signature,
    modules: Mapping[str, str],
    arguments: tuple[object, ...],
    given: Mapping[str, object],
) -> dict[str, object]:
    """Return the keyword arguments without those that are None and have a default, as the CDK has it.

    :param modules: arguments to the modules that their types are written in, where not the function's own.
    :raises TypeError: for a name that is not known, or a value of another type.
    """
    parameters = signature.parameters
    _check_names(function, given, parameters)
    called = function.__qualname__.removesuffix(".__init__")
    if "cls" not in parameters:
        called = called.rpartition(".")[2]
    positional = dict(zip(parameters, arguments, strict=False))
    named = [value for name, value in {**positional, **given}.items() if name in ("construct_id", "path")]
    left_out = inspect.Parameter.empty
    kept = {
        it: value for it, value in given.items() if value is not None or parameters[it].default is left_out
    }
    for name, value in {**positional, **kept}.items():
        if name not in ("self", "cls"):
            module = modules.get(name, function.__module__)
            owner = owner_of(called, named[0] if named else None)
            check_type_of(name, value, str(parameters[name].annotation), module, owner)
    return kept


class InitSignature:
    """Shows the arguments of ``__init__`` as those of its class, which jsii's metaclass hides."""

    def __get__(self, _instance: object, owner: type) -> inspect.Signature:
        """Return the signature without ``self``."""
        signature = inspect.signature(cast(Any, owner).__init__)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


def _check_names(
    function: Callable[..., object], given: Mapping[str, object], names: Collection[str]
) -> None:
    for name in given:
        if name not in names:
            # what begins with it is nearer than what looks like it
            near = sorted(it for it in names if it.startswith(name)) or difflib.get_close_matches(
                name, names, n=1
            )
            meant = " or ".join(f"'{each}'" for each in near)
            hint = f"did you mean {meant}?" if near else f"it takes {', '.join(sorted({*names} - {'self'}))}"
            called = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]
            raise TypeError(f"{called}() got an unexpected keyword argument '{name}'; {hint}")


def _written(annotation: object) -> str:
    """Return a type as it is written: TypedDict keeps what is not evaluated as a reference."""
    return str(getattr(annotation, "__forward_arg__", annotation))


def _documentation(own: str | None, options: list[str | None]) -> str | None:
    """Return a docstring with the fields of the options before the errors."""
    if own is None:  # python -OO
        return None
    text, errors, reasons = inspect.cleandoc(own).partition("\n:raises")
    fields = "".join("\n" + fields_of(inspect.cleandoc(each or "")) for each in options)
    return text + fields + errors + reasons


def fields_of(docstring: str) -> str:
    """Return the fields of a docstring, which follow its text."""
    _, first, rest = docstring.partition(":param")
    return (first + rest).rstrip()
