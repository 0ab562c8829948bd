"""Check arguments that Python accepts and would silently misread, such as a str where a list is meant."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from aws_cdk import Duration, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_


def check_several(name: str, values: Sequence[str]) -> None:
    """Refuse one text where several go: it is a sequence too, of its letters.

    :param name: name of the argument, for the message.
    :raises TypeError: with the list that is probably meant.
    """
    if isinstance(values, str):
        raise TypeError(f"{name} must be a list, got '{values}'; write {name}=['{values}']")


def check_type(name: str, value: object, wanted: type, hint: str = "") -> None:
    """Refuse a value of another type before it fails somewhere inside of the CDK.

    :param name: name of the argument and whose it is, for the message.
    :param hint: what to do. Default: - nothing to say
    :raises TypeError: that says what was given.
    """
    if not isinstance(value, wanted):
        raise TypeError(f"{name} must be a {wanted.__name__}, got {value!r}{hint and '; '}{hint}")


def check_whole(name: str, value: float, allowed: range, says: str) -> None:
    """Refuse a number that AWS would refuse, and what is none; a token may become any.

    :param name: name of the argument and whose it is, for the message.
    :param says: what it must be, for the message.
    :raises ValueError: that says what was given; a TypeError when it is no number.
    """
    is_number = isinstance(value, (int, float))
    # `value in range(...)` is O(n) unless value is an int, so compare the bounds
    if is_number and allowed.start <= value < allowed.stop and value == int(value):
        return
    if not Token.is_unresolved(value):
        raise (ValueError if is_number else TypeError)(f"{name} must be {says}, got {value!r}")


#: integrations that methods share, by the function and the timeout
Integrations = MutableMapping[tuple[lambda_.IFunction, Duration], apigateway.LambdaIntegration]


class Place(NamedTuple):
    """The API of a resource, and its path there.

    :param integrations: those of all methods in the stack of the API; None where the stack is not known
    """

    api: apigateway.IRestApi
    path: str
    integrations: Integrations | None = None


# of resources that a StreamingApi has defined: to ask the resource takes two round trips to Node
_PLACES: WeakKeyDictionary[apigateway.IResource, Place] = WeakKeyDictionary()


def note_place(
    resource: apigateway.IResource, api: apigateway.IRestApi, path: str, integrations: Integrations
) -> None:
    """Note where a resource is that is below its API, and what its methods share with others there."""
    _PLACES[resource] = Place(api, path, integrations)


def place_of(resource: apigateway.IResource, construct_id: str) -> Place:
    """Return where a resource is.

    :raises TypeError: when it is the API itself, which has no path.
    """
    if known := _PLACES.get(resource):
        return known
    if isinstance(resource, apigateway.RestApiBase):
        raise TypeError(
            f"resource of stream '{construct_id}' is a whole API; give its root, or a resource below that"
        )
    return Place(resource.api, resource.path)
