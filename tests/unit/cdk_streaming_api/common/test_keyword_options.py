"""Shared options: filled, checked and shown as if each callable had them by itself."""

from __future__ import annotations

import inspect
from typing import TypedDict

import pytest

from cdk_streaming_api._common.keyword_options import InitSignature, checks_arguments, takes_options


class Size(TypedDict, total=False):
    """Options of things with a size.

    :param width: in metres. Default: 2
    :param height: in metres. Default: - as high as needed
    """

    width: int
    height: float | None


class Colour(TypedDict, total=False):
    """Options of things with a colour.

    :param colour: its name. Default: - none
    """

    colour: str | None


@takes_options(Size, Colour, defaults={"width": 2})
def paint(name: str, *, times: int = 1, **options: object) -> object:
    """Paint.

    :param name: what.
    :param times: how often. Default: 1
    :raises ValueError: never.
    """
    return name, times, options


class Thing:
    """A thing."""

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(self, name: str, *, size: int = 0) -> None:
        """Make it."""
        self.name, self.size = name, size


class Other(Thing):
    """Another."""

    def __init__(self, *, kind: str) -> None:
        """Make it."""
        super().__init__(kind)


def test_keyword_options_left_out_have_their_defaults() -> None:
    assert paint("a", height=1.5) == ("a", 1, {"width": 2, "height": 1.5, "colour": None})


def test_keyword_options_signature_shows_every_option_with_type_and_default() -> None:
    assert str(inspect.signature(paint)) == (
        "(name: 'str', *, times: 'int' = 1, width: 'int' = 2, height: 'float | None' = None, "
        "colour: 'str | None' = None) -> 'object'"
    )


def test_keyword_options_docstring_lists_options_before_errors() -> None:
    fields = [line.partition(": ")[0] for line in (inspect.getdoc(paint) or "").splitlines()[2:]]
    assert fields == [
        ":param name",
        ":param times",
        ":param width",
        ":param height",
        ":param colour",
        ":raises ValueError",
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"heigth": 1}, "paint() got an unexpected keyword argument 'heigth'; did you mean 'height'?"),
        ({"tims": 1}, "paint() got an unexpected keyword argument 'tims'; did you mean 'times'?"),
        (
            {"zzz": 1},
            "paint() got an unexpected keyword argument 'zzz'; it takes colour, height, name, times, width",
        ),
    ],
)
def test_keyword_options_unknown_option_is_type_error_with_nearest_name(
    given: dict[str, object], says: str
) -> None:
    with pytest.raises(TypeError) as refused:
        paint("a", **given)  # type: ignore[arg-type]
    assert str(refused.value) == says


def test_keyword_options_unknown_constructor_keyword_names_the_class() -> None:
    with pytest.raises(TypeError, match=r"^Thing\(\) got an unexpected .* 'sise'; did you mean 'size'\?$"):
        Thing("a", sise=1)  # type: ignore[call-arg]


def test_keyword_options_class_signature_is_that_of_its_own_init() -> None:
    assert str(inspect.signature(Thing)) == "(name: 'str', *, size: 'int' = 0) -> 'None'"
    assert str(inspect.signature(Other)) == "(*, kind: 'str') -> 'None'"
