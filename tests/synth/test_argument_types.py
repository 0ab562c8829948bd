"""Every argument of every public callable is checked for its type before anything is defined."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import Enum

import pytest

import cdk_streaming_api
from cdk_streaming_api import BudgetAmount, BudgetLimits

from .test_shared_options import PUBLIC, VALUES

#: the CDK itself calls what StreamingRules has, and the fields of the access log are names
NOT_CALLED = {"StreamingAccessLogField", "StreamingRules"}
AMOUNTS: dict[str, Callable[..., object]] = {
    each.__qualname__: each for each in (BudgetAmount, BudgetAmount.tokens, BudgetAmount.usd, BudgetLimits)
}
CALLED = {
    name: called
    for name, called in {**PUBLIC, **VALUES, **AMOUNTS}.items()
    if name.partition(".")[0] not in NOT_CALLED
}


class Stranger:
    """Something that no argument takes."""


def arguments() -> Iterator[tuple[str, str]]:
    for name, called in CALLED.items():
        for argument in inspect.signature(called).parameters:
            if argument != "self":
                yield name, argument


def test_argument_types_are_checked_of_every_public_class() -> None:
    classes = {name for name in cdk_streaming_api.__all__ if not is_enum(name)}
    assert classes - NOT_CALLED == {name.partition(".")[0] for name in CALLED}


def is_enum(name: str) -> bool:
    return issubclass(getattr(cdk_streaming_api, name), Enum)


@pytest.mark.filterwarnings("ignore:add_private_stream is deprecated")
@pytest.mark.parametrize(("name", "argument"), list(arguments()))
def test_argument_of_another_type_is_refused_in_one_line(name: str, argument: str) -> None:
    given: dict[str, object] = {argument: Stranger()}
    if "self" in inspect.signature(CALLED[name]).parameters:
        given["self"] = None
    with pytest.raises(TypeError) as refused:
        CALLED[name](**given)
    says = str(refused.value)
    assert says.startswith(f"{argument} of ")
    assert "must be " in says
    assert "got a Stranger" in says
    assert "\n" not in says
